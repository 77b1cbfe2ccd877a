"""How a value of a type is written: in words, and as an example. What is shown here can be typed."""

from __future__ import annotations

import enum
import json
import typing
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from typing import Any

from flyte.types.annotations import bare
from flyte_cli.inputs import kinds, records
from flyte_cli.inputs.choices import is_choice, names_of
from flyte_cli.inputs.data import data_kind
from flyte_cli.inputs.scalars import PATHS

_WORDS: dict[Any, str] = {
    datetime: "ISO, or now - 1 day",
    date: "2025-01-31, or today",
    time: "09:30",
    timedelta: "90s, 1h30m, 1:24 or ISO",
    bytes: "text, @file or base64:...",
    range: "10, 0:10 or 0:10:2",
    complex: "1+2j",
}
_SAMPLES: dict[Any, str] = {
    int: "3",
    float: "0.5",
    str: "abc",
    bool: "true",
    bytes: "abc",
    datetime: "2025-01-31T09:00",
    date: "2025-01-31",
    time: "09:30",
    timedelta: "1h30m",
    range: "0:10",
    complex: "1+2j",
    type(None): "none",
    **dict.fromkeys(PATHS, "data/in.txt"),
}
_BY_NAME = {"Decimal": "1.50", "UUID": "7a5ab2e5-6c4e-4c0e-9c5b-1f2d3e4a5b6c"}
_DATA = {"File": "data.csv", "Dir": "data", "DataFrame": "data.parquet"}
_QUOTED = (str, bytes, datetime, date, time, timedelta, range, complex, *PATHS)
DEEPEST = 4


def how_to_give(kind: Any) -> str:
    """How a value is written, when that is not obvious."""
    for each in kinds.members(kind):
        words = _words(each)
        if words:
            return words
    return ""


def _words(kind: Any) -> str:
    if kinds.is_list(kind):
        return "repeat or JSON"
    if data_kind(kind):
        return "a path or URI"
    if kinds.is_record(kind):
        return "JSON, a file, or its fields"
    if kinds.is_dict(kind):
        return "JSON, a file, or its keys"
    if kinds.is_tuple(kind):
        return "JSON or a file"
    if kind in _WORDS:
        return _WORDS[kind]
    is_plain = kind in _SAMPLES or is_choice(kind) or kinds.is_anything(kind) or kind.__name__ in _BY_NAME
    return "" if is_plain or hasattr(kind, "model_validate") else "module:attribute"


def sample(option: str, kind: Any) -> str:
    """An example of the option on a command line."""
    first = kinds.members(kind)[0] if kinds.members(kind) else kind
    if kinds.is_flag(first):
        return option
    if kinds.is_list(first):
        item = kinds.item_of(first)
        one = (_shell(_sample(item)), "b") if item is str else (_shell(_sample(item)),) * 2
        return f"{option} {'a' if item is str else one[0]} {option} {one[1]}"
    record = kinds.record_of(kind)
    if record is not None:
        return _record_sample(option, record)
    if kinds.is_dict(first):
        return f"{option}.{_key_sample(first)} {_shell(_sample(kinds.entry_of(first)[1]))}"
    return f"{option} {_shell(_sample(first))}"


def spelled(value: Any) -> str:
    """A value as one would type it, where that is short."""
    if value is None:
        return "none"
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (timedelta, complex, PurePath)) or getattr(type(value), "__name__", "") in _BY_NAME:
        return str(value)
    return value if isinstance(value, str) and value else repr(value)


def _record_sample(option: str, record: Any) -> str:
    """The fields that must be given, or the first one."""
    fields = list(records.fields_of(record).values())
    needed = [each for each in fields if each.required] or fields[:1]
    if not needed:
        return f"{option} '{{}}'"
    if any(kinds.is_many(each.type) or kinds.record_of(each.type) for each in needed):
        return f"{option} {_shell(json.dumps(_plain(record)))}"
    return " ".join(f"{option}.{each.name} {_shell(_sample(each.type))}" for each in needed)


def _sample(kind: Any) -> str:
    """What stands after the option."""
    kind = kinds.members(kind)[0] if kinds.members(kind) else bare(kind)
    if is_choice(kind):
        return next(iter(names_of(kind)), "NAME")
    if kinds.is_list(kind) or kinds.is_tuple(kind) or kinds.is_dict(kind) or kinds.is_record(kind):
        return json.dumps(_plain(kind))
    known = data_kind(kind)
    if known:
        return _DATA[known]
    if kind in _SAMPLES:
        return _SAMPLES[kind]
    return _BY_NAME.get(getattr(kind, "__name__", ""), "abc" if kinds.is_anything(kind) else "module:attribute")


def _key_sample(kind: Any) -> str:
    key = kinds.entry_of(kind)[0]
    return "key" if key is str else _sample(key)


def _plain(kind: Any, depth: int = 0) -> Any:
    """A value as JSON holds it; recursive types end somewhere."""
    kind = kinds.members(kind)[0] if kinds.members(kind) else bare(kind)
    for fits, make in _MAKERS:
        if fits(kind):
            return make(kind, depth + 1) if depth < DEEPEST else None
    text = _sample(kind)
    return text if kind in _QUOTED or kind not in _SAMPLES else json.loads(text.replace("none", "null"))


def _plain_record(kind: Any, depth: int) -> dict[str, Any]:
    return {name: _plain(each.type, depth) for name, each in records.fields_of(kind).items() if each.required}


def _plain_tuple(kind: Any, depth: int) -> list[Any]:
    return [_plain(each, depth) for each in typing.get_args(kind)]


_MAKERS: tuple[tuple[Callable[[Any], bool], Callable[[Any, int], Any]], ...] = (
    (kinds.is_record, _plain_record),
    (kinds.is_tuple, _plain_tuple),
    (kinds.is_list, lambda kind, depth: [_plain(kinds.item_of(kind), depth)]),
    (kinds.is_dict, lambda kind, depth: {_key_sample(kind): _plain(kinds.entry_of(kind)[1], depth)}),
)


def _shell(text: str) -> str:
    """Quoted as a shell wants it."""
    import shlex  # deferred: only help and mistakes need it

    return shlex.quote(text)
