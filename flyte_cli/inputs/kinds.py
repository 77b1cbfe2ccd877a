"""What kind of thing a type annotation asks for, and its name in help and messages. It converts nothing."""

from __future__ import annotations

import types
import typing
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Union

from flyte.types.annotations import bare
from flyte.types.containers import is_container, plain_form
from flyte_cli.inputs.choices import is_choice, names_of
from flyte_cli.inputs.data import data_kind
from flyte_cli.inputs.records import Field, fields_of, shape_of
from flyte_cli.inputs.scalars import PATHS

_LISTS = (list, set, frozenset)


def members(kind: Any) -> tuple[Any, ...]:
    """The members of a union, None left out; any other type alone."""
    kind = bare(kind)
    if typing.get_origin(kind) in (Union, types.UnionType):
        return tuple(bare(each) for each in typing.get_args(kind) if each is not type(None))
    return (kind,)


def takes_none(kind: Any) -> bool:
    """Whether `none` is a value of the type."""
    kind = bare(kind)
    if kind in (None, type(None)):
        return True
    return typing.get_origin(kind) in (Union, types.UnionType) and type(None) in typing.get_args(kind)


def is_flag(kind: Any) -> bool:
    """Whether the type is a plain yes or no, or neither."""
    return members(kind) == (bool,)


def is_many(kind: Any) -> bool:
    """Whether the option may be repeated."""
    return any(is_list(each) for each in members(kind))


def is_list(kind: Any) -> bool:
    """Whether it is a list, a set, `tuple[T, ...]`, or anything that is written as one of these."""
    kind = plain(kind)
    origin = typing.get_origin(kind) or kind
    if origin is tuple:
        return typing.get_args(kind)[1:] == (Ellipsis,)
    return origin in _LISTS


def plain(kind: Any) -> Any:
    """The built-in container in whose place a type such as `deque[int]` or `Mapping[str, int]` stands."""
    return plain_form(kind) if is_container(kind) else kind


def is_tuple(kind: Any) -> bool:
    """Whether it is a tuple of certain values, or of any."""
    return (kind is tuple or typing.get_origin(kind) is tuple) and not is_list(kind)


def is_dict(kind: Any) -> bool:
    """Whether it is a dict, or written as one."""
    kind = plain(kind)
    return (typing.get_origin(kind) or kind) is dict


def is_record(kind: Any) -> bool:
    """Whether it has fields of its own, one by one."""
    return data_kind(kind) is None and shape_of(kind) is not None


def is_anything(kind: Any) -> bool:
    """Whether any value will do."""
    return kind is Any or kind is object or not isinstance(typing.get_origin(kind) or kind, type)


def takes_any_text(kind: Any) -> bool:
    """Whether every text is a value of the type."""
    return kind in (str, bytes) or kind in PATHS or is_anything(kind)


def record_of(kind: Any) -> Any | None:
    """The record a type is or may be."""
    return next((each for each in members(kind) if is_record(each)), None)


def dict_of(kind: Any) -> Any | None:
    """The dict a type is or may be."""
    return next((each for each in members(kind) if is_dict(each)), None)


def item_of(kind: Any) -> Any:
    """The type of an element of a list."""
    arguments = typing.get_args(plain(kind))
    return bare(arguments[0]) if arguments else Any


def entry_of(kind: Any) -> tuple[Any, Any]:
    """The types of a dict's keys and values."""
    arguments = typing.get_args(plain(kind))
    return (bare(arguments[0]), bare(arguments[1])) if len(arguments) == 2 else (str, Any)


def field_at(kind: Any, path: Sequence[str]) -> Any | None:
    """The type that a dotted path leads to, or None when it leads nowhere."""
    for name in path:
        record, table = record_of(kind), dict_of(kind)
        if record is not None:
            fields = fields_of(record)
            found: Field | None = fields.get(name) or fields.get(name.replace("-", "_"))
            if found is None:
                return None
            kind = found.type
        elif table is not None:
            kind = entry_of(table)[1]
        else:
            return None
    return bare(kind)


def type_name(kind: Any) -> str:
    """The type in the words of help: `int`, `text`, `text ...`, `Cfg`."""
    kind = bare(kind)
    if kind is Any or kind is object:
        return "any"
    if kind in (None, type(None)):
        return "none"
    if kind in _NAMES:
        return _NAMES[kind]
    if is_choice(kind):
        return "|".join(names_of(kind))
    if len(members(kind)) > 1 or takes_none(kind):
        return " or ".join([type_name(each) for each in members(kind)] + ["none"] * takes_none(kind))
    return _container_name(kind)


_NAMES: dict[Any, str] = {str: "text", timedelta: "duration"}


def _container_name(kind: Any) -> str:
    arguments = typing.get_args(kind)
    if is_list(kind):
        return f"{type_name(item_of(kind))} ..." if arguments else "list"
    if is_dict(kind):
        return f"{type_name(arguments[0])}:{type_name(arguments[1])} ..." if len(arguments) == 2 else "dict"
    if typing.get_origin(kind) is tuple:
        return f"[{', '.join(type_name(each) for each in arguments)}]"
    return getattr(kind, "__name__", None) or str(kind).replace("typing.", "")
