"""Turn text, or what a document holds, into a value of a type. It raises `BadValue`, and knows nothing of options."""

from __future__ import annotations

import importlib
import json
import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flyte.types.annotations import bare
from flyte.types.containers import container_of
from flyte_cli.inputs import kinds, records, scalars, times
from flyte_cli.inputs.choices import chosen, chosen_value, is_choice
from flyte_cli.inputs.data import data_from_text, data_kind
from flyte_cli.inputs.documents import document, from_json
from flyte_cli.inputs.problem import BadValue, UnknownField, all_of
from flyte_cli.inputs.surroundings import Surroundings

_JSON_NAMES = {bool: "true or false", int: "an int", float: "a number", str: "a text"}
_EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")


@dataclass(frozen=True)
class Reader:
    """Reads values, with the surroundings they may refer to."""

    around: Surroundings = field(default_factory=Surroundings)

    def from_text(self, text: str, kind: Any, base: Any = None) -> Any:
        """The value that was typed; what is given of a record or a dict is laid over the base."""
        kind = bare(kind)
        if kinds.takes_none(kind) and text.strip().lower() == "none":
            return None
        choices = kinds.members(kind)
        if len(choices) > 1 or (kinds.takes_none(kind) and choices[0] is not kind):
            return _first_that_fits(choices, lambda each: self.from_text(text, each, base), _quoted(text))
        if data_kind(kind):
            return data_from_text(text, kind, self.around)
        convert = self._converter(kind)
        if convert is not None:
            return convert(text)
        if is_choice(kind):
            return chosen(text, kind)
        if _is_container(kind):
            return self.from_json(document(text, self.around), kind, base)
        return self._free(text, kind)

    def from_json(self, value: Any, kind: Any, base: Any = None) -> Any:
        """The value that a part of a document stands for."""
        kind = bare(kind)
        if kind is Any or kind is object or (value is None and kinds.takes_none(kind)):
            return value
        choices = kinds.members(kind)
        if len(choices) > 1 or (kinds.takes_none(kind) and choices[0] is not kind):
            return _first_that_fits(choices, lambda each: self.from_json(value, each, base), _shown(value))
        if data_kind(kind):
            return data_from_text(_text(value, kind), kind, self.around)
        if kinds.is_record(kind):
            return self.record(kind, _by_name(value, kind), base)
        if kinds.is_dict(kind):
            return self._dict(_object(value, kind), kind, base)
        if kinds.is_list(kind) or kinds.is_tuple(kind):
            return self._list(value, kind)
        return chosen_value(value, kind) if is_choice(kind) else self._json_scalar(value, kind)

    def record(self, kind: Any, given: Mapping[str, Any], base: Any = None, given_as: Any = None) -> Any:
        """A record from its fields, or the base with some of them replaced; unknown and missing ones are refused."""
        fields = records.fields_of(kind)
        named = {records.key_of(kind, name): value for name, value in given.items()}
        base = base if records.is_base(base, kind) else None
        wrong = _misfits(kind, fields, named, is_whole=base is None)
        convert = given_as or (self._model_field if records.shape_of(kind) is records.Shape.MODEL else self.from_json)
        known = {name: fields[name].type if name in fields else Any for name in named if _takes(kind, fields, name)}
        values = all_of(((name, named[name], hint) for name, hint in known.items()), convert, wrong)
        return records.made(kind, dict(zip(known, values, strict=True)), base)

    def _model_field(self, value: Any, kind: Any) -> Any:
        """pydantic converts what is inside by its own rules; names are checked, since it would drop unknown ones."""
        target = kinds.record_of(kind)
        if target is not None and isinstance(value, dict):
            return self.record(target, value) if len(kinds.members(kind)) == 1 else value
        if kinds.is_list(kind) and isinstance(value, list):
            return all_of(_numbered(value, kinds.item_of(kind)), self._model_field)
        return value

    def gathered(self, values: list[Any], kind: Any) -> Any:
        """The values as the list, tuple or set that the type is."""
        origin = typing.get_origin(kinds.plain(kind)) or kind
        try:
            return container_of(kind, _GATHERED.get(origin, list)(values))
        except TypeError as error:  # lists cannot be in a set
            raise BadValue(f"cannot be in a {origin.__name__}: {error}") from error

    def _converter(self, kind: Any) -> Callable[[str], Any] | None:
        kind = type(None) if kind is None else kind
        if not isinstance(kind, type):
            return None
        return scalars.converter_of(kind, self.around) or {
            datetime: lambda text: times.moment(text, self.around.now),
            date: lambda text: times.day(text, self.around.now),
            time: times.time_of_day,
            timedelta: times.length,
        }.get(kind)

    def _dict(self, value: dict[str, Any], kind: Any, base: Any) -> Any:
        key, item = kinds.entry_of(kind)
        kept = base if isinstance(base, dict) else {}
        names = all_of(((str(name), name, key) for name in value), self.key)
        values = all_of(((str(name), each, item) for name, each in value.items()), self.from_json)
        return container_of(kind, {**kept, **dict(zip(names, values, strict=True))})

    def key(self, spelled: Any, kind: Any) -> Any:
        """A key of a dict as it is spelled in JSON."""
        if not isinstance(spelled, str):
            return self.from_json(spelled, kind)  # YAML has keys of other types
        key = self.from_text(spelled, kind) if not _is_container(kind) else self.from_json(from_json(spelled), kind)
        try:
            hash(key)
        except TypeError as error:
            raise BadValue(f"cannot be a key: {error}") from error
        return key

    def _list(self, value: Any, kind: Any) -> Any:
        if not isinstance(value, list):
            raise BadValue(f"a JSON list is needed, got {_shown(value)}")
        if kinds.is_tuple(kind):
            items = typing.get_args(kind)
            if items == ((),) or (not items and kind is not tuple):
                items = ()  # tuple[()]
            elif not items:
                return tuple(value)
            if len(items) != len(value):
                raise BadValue(f"{len(items)} values are needed, got {len(value)}")
            pairs = enumerate(zip(value, items, strict=True))
            return tuple(all_of(((f"[{n}]", each, item) for n, (each, item) in pairs), self.from_json))
        item = kinds.item_of(kind)
        if item in _JSON_NAMES and all(type(each) is item for each in value):
            return self.gathered(value, kind)  # nothing to convert: a million numbers would take 6 s
        return self.gathered(all_of(_numbered(value, item), self.from_json), kind)

    def _json_scalar(self, value: Any, kind: Any) -> Any:
        if _fits(value, kind):
            return value
        if kind is float and (type(value) is int or (isinstance(value, str) and _EXPONENT.fullmatch(value))):
            return _float(value)  # YAML reads `1e-3` as a text
        if kind is datetime and type(value) is date:
            return datetime.combine(value, time())
        if kind is range and isinstance(value, list):
            value = ",".join(str(each) for each in value)
        convert = self._converter(kind)
        if convert is not None and kind not in _JSON_NAMES:
            if isinstance(value, str):
                return convert(value)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and kind not in (bytes, *scalars.PATHS):
                return convert(repr(value))
        if convert is None and isinstance(value, str) and _names_attribute(value):
            return _attribute(value, kind)
        if convert is None and hasattr(kind, "model_validate"):
            return _validated(value, kind)
        raise BadValue(f"{_JSON_NAMES.get(kind, _article(kinds.type_name(kind)))} is needed, got {_shown(value)}")

    def _free(self, text: str, kind: Any) -> Any:
        """A value of a type we cannot spell: JSON, or `module:attribute`."""
        if hasattr(kind, "model_validate"):
            return _validated(document(text, self.around), kind)
        if _names_attribute(text):
            return _attribute(text, kind)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = text
        if kinds.is_anything(kind) or _fits(value, kind):
            return value
        raise BadValue(f"a {kinds.type_name(kind)} is given as `module:attribute`, got {_quoted(text)}")


_GATHERED: dict[Any, Callable[[list[Any]], Any]] = {
    tuple: tuple,
    set: set,
    frozenset: frozenset,
}


def _misfits(kind: Any, fields: Mapping[str, Any], given: Mapping[str, Any], is_whole: bool) -> list[BadValue]:
    """Names that are not known; or those that are missing, which may be the ones meant."""
    name = kinds.type_name(kind)
    unknown = [each for each in given if not _takes(kind, fields, each)]
    missing = [each for each, field in fields.items() if is_whole and field.required and each not in given]
    if unknown or not missing:
        return [UnknownField(each, name, list(fields)) for each in unknown]
    return [BadValue(f"{name} needs {', '.join(f'`{each}`' for each in missing)}")]


def _takes(kind: Any, fields: Mapping[str, Any], name: str) -> bool:
    return name in fields or records.is_open(kind)


def _numbered(values: Sequence[Any], kind: Any) -> Iterator[tuple[str, Any, Any]]:
    return ((f"[{number}]", each, kind) for number, each in enumerate(values))


def _validated(value: Any, kind: Any) -> Any:
    try:
        return kind.model_validate(value)
    except ValueError as error:
        raise BadValue(records.refusal(kind, error)) from error


def _first_that_fits(choices: Sequence[Any], convert: Callable[[Any], Any], shown: str) -> Any:
    """In order, but what takes any text comes after what does not, and text itself last."""
    problems = []
    for each in sorted(choices, key=lambda kind: (kinds.takes_any_text(kind), kind is str)):
        try:
            return convert(each)
        except BadValue as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    raise BadValue(f"{shown} is none of {', '.join(kinds.type_name(each) for each in choices)}")


def _is_container(kind: Any) -> bool:
    return kinds.is_list(kind) or kinds.is_tuple(kind) or kinds.is_dict(kind) or kinds.is_record(kind)


def _by_name(value: Any, kind: Any) -> dict[str, Any]:
    """The fields of a record; a NamedTuple may also come as a list."""
    if isinstance(value, list) and records.shape_of(kind) is records.Shape.NAMED_TUPLE:
        names = list(records.fields_of(kind))
        if len(value) > len(names):
            raise BadValue(f"{len(names)} values are needed, got {len(value)}")
        return dict(zip(names, value, strict=False))
    return _object(value, kind)


def _object(value: Any, kind: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        name = f" for {kinds.type_name(kind)}" if kinds.is_record(kind) else ""
        raise BadValue(f"a JSON object is needed{name}, got {_shown(value)}")
    return value


def _fits(value: Any, kind: Any) -> bool:
    if not isinstance(kind, type):
        return True
    if type(value) in (bool, datetime) and kind in (int, float, date):
        return False  # they are subclasses, which nobody means
    try:
        return isinstance(value, kind)
    except TypeError:  # a Protocol
        return True


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise BadValue(f"too large for a number: {_shown(value)}") from error


def _text(value: Any, kind: Any) -> str:
    path = value.get("path") if isinstance(value, dict) else value
    if not isinstance(path, str):
        raise BadValue(f"a path or URI of a {kinds.type_name(kind)} is needed, got {_shown(value)}")
    return path


def _names_attribute(text: str) -> bool:
    module, _, name = text.partition(":")
    return all(part.isidentifier() for part in [*module.split("."), *name.split(".")])


def _attribute(text: str, kind: Any) -> Any:
    module, _, name = text.partition(":")
    try:
        value: Any = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
    except (Exception, SystemExit) as error:  # importing runs code, which does what it likes
        raise BadValue(f"cannot get `{text}`: {error}") from error
    if not _fits(value, kind):
        raise BadValue(f"`{text}` is a {type(value).__name__}, not a {kinds.type_name(kind)}")
    return value


def _article(name: str) -> str:
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def _shown(value: Any) -> str:
    return _quoted(json.dumps(value, default=str, ensure_ascii=False))


def _quoted(text: str) -> str:
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"
