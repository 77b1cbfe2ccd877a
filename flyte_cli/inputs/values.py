"""Turn text or JSON into a value of a type. It raises `BadValue`, and knows nothing of options."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import json
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from flyte_cli.inputs import kinds
from flyte_cli.near_miss import listed, nearest

_YES = {"true", "yes", "on", "1"}
_NO = {"false", "no", "off", "0"}
_JSON_NAMES = {bool: "true or false", int: "an int", float: "a number", str: "a text"}


class BadValue(ValueError):
    """The text is no value of the type; the message says why."""


def from_text(text: str, kind: Any) -> Any:
    """The value that was typed."""
    convert = _SCALARS.get(kind) if isinstance(kind, type) else None
    if convert is not None:
        return convert(text)
    if kinds.takes_none(kind) and text.strip().lower() == "none":
        return None
    choices = kinds.members(kind)
    if len(choices) > 1 or kinds.takes_none(kind):
        return _first_that_fits(choices, lambda each: from_text(text, each), f"`{text}`")
    if _is_choice(kind):
        return _choice(text, kind)
    if _is_container(kind):
        return from_json(_json(text), kind)
    return _free(text, kind)


def from_json(value: Any, kind: Any) -> Any:
    """The value that a JSON document stands for."""
    if kind is Any or kind is object:
        return value
    if kinds.takes_none(kind) and value is None:
        return None
    choices = kinds.members(kind)
    if len(choices) > 1 or kinds.takes_none(kind):
        return _first_that_fits(choices, lambda each: from_json(value, each), _shown(value))
    if kinds.is_record(kind):
        return record(kind, _object(value, kind), from_json)
    if kinds.is_dict(kind):
        return _dict(_object(value, kind), kind)
    if kinds.is_list(kind) or kind is tuple or typing.get_origin(kind) is tuple:
        return _list(value, kind)
    if _is_choice(kind):
        return _choice(value if isinstance(value, str) else json.dumps(value), kind)
    return _json_scalar(value, kind)


def record(kind: Any, given: Mapping[str, Any], convert: Callable[[Any, Any], Any], base: Any = None) -> Any:
    """A dataclass from its fields, or the base with some fields replaced; unknown and missing ones are refused."""
    fields, hints = kinds.fields_of(kind), kinds.field_types(kind)
    for name in given:
        if name not in fields:
            raise BadValue(_unknown_field(name, kind, list(fields)))
    missing = [name for name, field in fields.items() if base is None and _needed(field) and name not in given]
    if missing:
        raise BadValue(f"{kind.__name__} needs {', '.join(f'`{name}`' for name in missing)}")
    values = {name: _at(name, convert, value, hints.get(name, Any)) for name, value in given.items()}
    try:
        return kind(**values) if base is None else dataclasses.replace(base, **values)
    except (TypeError, ValueError) as error:
        raise BadValue(f"{kind.__name__} refuses: {error}") from error


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _unknown_field(name: str, kind: Any, known: Sequence[str]) -> str:
    guess = nearest(name, known)
    return f"no field `{name}` in {kind.__name__}, " + (
        f"did you mean `{guess}`?" if guess else f"its fields: {listed(known)}"
    )


def _first_that_fits(choices: Sequence[Any], convert: Callable[[Any], Any], shown: str) -> Any:
    ordered = [each for each in choices if each is not str] + [each for each in choices if each is str]
    problems = []
    for each in ordered:
        try:
            return convert(each)
        except BadValue as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    raise BadValue(f"{shown} is none of {', '.join(kinds.type_name(each) for each in choices)}")


def _is_choice(kind: Any) -> bool:
    return typing.get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, enum.Enum))


def _choice(text: str, kind: Any) -> Any:
    if typing.get_origin(kind) is Literal:
        known = {str(value): value for value in typing.get_args(kind)}
    else:
        known = {str(member.value): member for member in kind} | {member.name: member for member in kind}
    if text in known:
        return known[text]
    folded = {name.lower(): value for name, value in known.items()}
    if text.lower() in folded:
        return folded[text.lower()]
    names = kinds.type_name(kind).split("|")
    guess = nearest(text, names)
    raise BadValue(f"`{text}` is not one of {listed(names)}" + (f"; did you mean `{guess}`?" if guess else ""))


def _is_container(kind: Any) -> bool:
    if kinds.is_list(kind) or kinds.is_dict(kind) or kinds.is_record(kind):
        return True
    return kind is tuple or typing.get_origin(kind) is tuple


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadValue(f"not JSON: {error}") from error


def _object(value: Any, kind: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        name = f" for {kind.__name__}" if kinds.is_record(kind) else ""
        raise BadValue(f"a JSON object is needed{name}, got {_shown(value)}")
    return value


def _dict(value: dict[str, Any], kind: Any) -> dict[Any, Any]:
    key, item = typing.get_args(kind) or (str, Any)
    return {from_text(name, key): _at(name, from_json, each, item) for name, each in value.items()}


def _list(value: Any, kind: Any) -> Any:
    if not isinstance(value, list):
        raise BadValue(f"a JSON list is needed, got {_shown(value)}")
    origin = typing.get_origin(kind) or kind
    arguments = typing.get_args(kind)
    if origin is tuple and arguments and not kinds.is_list(kind):
        if len(arguments) != len(value):
            raise BadValue(f"{len(arguments)} values are needed, got {len(value)}")
        return tuple(_at(f"[{n}]", from_json, v, k) for n, (v, k) in enumerate(zip(value, arguments, strict=True)))
    item = kinds.item_of(kind)
    return gathered([_at(f"[{n}]", from_json, v, item) for n, v in enumerate(value)], kind)


def gathered(values: list[Any], kind: Any) -> Any:
    """The values as the list, tuple or set that the type is."""
    origin = typing.get_origin(kind) or kind
    return origin(values) if origin in (tuple, set, frozenset) else values


def _json_scalar(value: Any, kind: Any) -> Any:
    fits = isinstance(value, kind) if isinstance(kind, type) else True
    if isinstance(value, bool) and kind is not bool:
        fits = kind not in (int, float) and fits
    if fits:
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is bytes and isinstance(value, str):
        return value.encode()
    if isinstance(value, str) and ":" in value:
        return _attribute(value, kind)
    raise BadValue(f"{_JSON_NAMES.get(kind, kinds.type_name(kind))} is needed, got {_shown(value)}")


def _free(text: str, kind: Any) -> Any:
    """A value of a type we cannot spell: JSON, or `module:attribute`."""
    anything = kind is Any or kind is object or not isinstance(kind, type)
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if anything:
        return _attribute(text, kind) if _names_attribute(text) else value
    if isinstance(value, kind):
        return value
    if _names_attribute(text):
        return _attribute(text, kind)
    raise BadValue(f"a {kinds.type_name(kind)} is given as `module:attribute`, got `{text}`")


def _names_attribute(text: str) -> bool:
    module, _, name = text.partition(":")
    dotted = [*module.split("."), *name.split(".")]
    return all(part.isidentifier() for part in dotted)


def _attribute(text: str, kind: Any) -> Any:
    module, _, name = text.partition(":")
    try:
        value: Any = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
    except (ImportError, AttributeError) as error:
        raise BadValue(f"cannot get `{text}`: {error}") from error
    if isinstance(kind, type) and not isinstance(value, kind):
        raise BadValue(f"`{text}` is a {type(value).__name__}, not a {kinds.type_name(kind)}")
    return value


def _at(place: str, convert: Callable[[Any, Any], Any], value: Any, kind: Any) -> Any:
    try:
        return convert(value, kind)
    except BadValue as problem:
        if str(problem).startswith("no field"):
            raise
        raise BadValue(f"at `{place}`: {problem}") from problem


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


def _bool(text: str) -> bool:
    word = text.strip().lower()
    if word in _YES | _NO:
        return word in _YES
    raise BadValue(f"true or false is needed, got `{text}`")


def _int(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise BadValue(f"an int is needed, got `{text}`") from error


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadValue(f"a number is needed, got `{text}`") from error


def _none(text: str) -> None:
    if text.strip().lower() != "none":
        raise BadValue(f"only `none` is possible, got `{text}`")


_SCALARS: dict[Any, Callable[[str], Any]] = {
    str: lambda text: text,
    int: _int,
    float: _float,
    bool: _bool,
    bytes: lambda text: text.encode(),
    type(None): _none,
}
