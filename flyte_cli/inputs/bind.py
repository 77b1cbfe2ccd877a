"""From what was typed to keyword arguments, or every problem at once. Pure."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from flyte_cli.errors import WrongInputs
from flyte_cli.inputs import kinds
from flyte_cli.inputs.interface import Input, Interface
from flyte_cli.inputs.values import BadValue, from_text, gathered, record
from flyte_cli.inputs.words import Given, Sorted


def bind(interface: Interface, words: Sorted, help: Sequence[str] = ()) -> dict[str, Any]:
    """The keyword arguments; inputs that were not given and have a default are left out."""
    problems = list(words.problems)
    arguments: dict[str, Any] = {}
    for each in interface.inputs:
        mine = [given for given in words.given if given.input is each]
        try:
            if mine:
                arguments[each.name] = value_of(each, mine)
            elif each.required and not any(already_reported(each, option) for option, _ in words.problems):
                problems.append((each.option, _missing(each)))
        except BadValue as problem:
            problems.append((each.option, str(problem)))
    if problems:
        raise WrongInputs(interface.task, problems, help)
    return arguments


def already_reported(each: Input, option: str) -> bool:
    """Whether a problem is already about this input."""
    return option.removeprefix("--").partition(".")[0].replace("-", "_") == each.name


def value_of(each: Input, given: Sequence[Given]) -> Any:
    """The value of one input, from all that was given for it; fields win over the document."""
    whole = [one.text for one in given if not one.path]
    fields = [(one.path, one.text) for one in given if one.path]
    value = _whole(each, whole) if whole else None
    if not fields:
        return value
    base = value if whole else copy.deepcopy(each.default) if not each.required else None
    return _with_fields(base, each.type, fields, each.option)


def _whole(each: Input, texts: list[str]) -> Any:
    if not each.many:
        return from_text(texts[-1], each.type)
    kind = next(one for one in kinds.members(each.type) if kinds.is_list(one))
    if len(texts) == 1 and kinds.takes_none(each.type) and texts[0].lower() == "none":
        return None
    if len(texts) == 1 and texts[0].lstrip().startswith("["):
        return from_text(texts[0], kind)
    return gathered([from_text(text, kinds.item_of(kind)) for text in texts], kind)


def _with_fields(base: Any, kind: Any, fields: list[tuple[tuple[str, ...], str]], where: str) -> Any:
    target = kinds.record_of(kind)
    if target is None:
        return _with_keys(base, kind, fields, where)
    grouped: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for (name, *rest), text in fields:
        grouped.setdefault(name.replace("-", "_"), []).append((tuple(rest), text))
    hints = kinds.field_types(target)
    values = {}
    for name, inner in grouped.items():
        kept = getattr(base, name, None) if base is not None else None
        values[name] = _field(kept, hints.get(name, Any), inner, f"{where}.{name}")
    return record(target, values, lambda value, _: value, base)


def _field(kept: Any, kind: Any, given: list[tuple[tuple[str, ...], str]], where: str) -> Any:
    whole = [text for path, text in given if not path]
    deeper = [(path, text) for path, text in given if path]
    value = kept
    if whole:
        try:
            value = _whole(Input("field", kind), whole)
        except BadValue as problem:
            raise BadValue(f"{where}: {problem}") from problem
    return _with_fields(value, kind, deeper, where) if deeper else value


def _with_keys(base: Any, kind: Any, fields: list[tuple[tuple[str, ...], str]], where: str) -> Any:
    target = next((each for each in kinds.members(kind) if kinds.is_dict(each)), None)
    if target is None:
        raise BadValue(f"{kinds.type_name(kind)} has no fields, got {where}.{'.'.join(fields[0][0])}")
    key, item = getattr(target, "__args__", None) or (str, Any)
    changed = dict(base or {})
    for path, text in fields:
        if len(path) == 1:
            changed[from_text(path[0], key)] = from_text(text, item)
        else:
            inner = changed.get(path[0])
            changed[path[0]] = _with_fields(inner, item, [(path[1:], text)], f"{where}.{path[0]}")
    return changed


def _missing(each: Input) -> str:
    if each.flag:
        return f"missing: {each.option} or --no-{each.option[2:]}"
    how = kinds.how_to_give(each.type)
    name = kinds.type_name(each.type).removesuffix(" ...")
    return f"missing: {name}{', ' + how if how else ''}, for example {kinds.sample(each.option, each.type)}"
