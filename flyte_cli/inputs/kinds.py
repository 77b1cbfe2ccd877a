"""What kind of thing a type annotation asks for, in the words of help and messages. It converts nothing."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union

_LISTS = (list, set, frozenset, Sequence)


def members(kind: Any) -> tuple[Any, ...]:
    """The members of a union, None left out; any other type alone."""
    if typing.get_origin(kind) in (Union, types.UnionType):
        return tuple(each for each in typing.get_args(kind) if each is not type(None))
    return (kind,)


def takes_none(kind: Any) -> bool:
    """Whether `none` is a value of the type."""
    return kind in (None, type(None)) or type(None) in typing.get_args(kind)


def is_flag(kind: Any) -> bool:
    """Whether the type is a plain yes or no."""
    return kind is bool


def is_many(kind: Any) -> bool:
    """Whether the option may be repeated."""
    return any(is_list(each) for each in members(kind))


def is_list(kind: Any) -> bool:
    """Whether it is a list, a set, or `tuple[T, ...]`."""
    origin = typing.get_origin(kind) or kind
    if origin is tuple:
        return typing.get_args(kind)[1:] == (Ellipsis,)
    return origin in _LISTS


def is_dict(kind: Any) -> bool:
    """Whether it is a dict."""
    return (typing.get_origin(kind) or kind) in (dict, Mapping)


def is_record(kind: Any) -> bool:
    """Whether it is a dataclass."""
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def record_of(kind: Any) -> Any | None:
    """The dataclass a type is or may be."""
    return next((each for each in members(kind) if is_record(each)), None)


def fields_of(record: Any) -> dict[str, dataclasses.Field[Any]]:
    """The fields one can give."""
    return {field.name: field for field in dataclasses.fields(record) if field.init}


def field_types(record: Any) -> dict[str, Any]:
    """The type of each field."""
    try:
        return typing.get_type_hints(record)
    except (NameError, AttributeError, TypeError, SyntaxError):
        return dict.fromkeys(fields_of(record), Any)


def item_of(kind: Any) -> Any:
    """The type of an element of a list."""
    arguments = typing.get_args(kind)
    return arguments[0] if arguments else Any


def type_name(kind: Any) -> str:
    """The type in the words of help: `int`, `text`, `text ...`, `Cfg`."""
    if kind is Any or kind is object:
        return "any"
    if kind in (None, type(None)):
        return "none"
    if kind is str:
        return "text"
    if typing.get_origin(kind) is Literal:
        return "|".join(str(each) for each in typing.get_args(kind))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return "|".join(each.name for each in kind)
    if len(members(kind)) > 1 or takes_none(kind):
        return " or ".join([type_name(each) for each in members(kind)] + ["none"] * takes_none(kind))
    return _container_name(kind)


def _container_name(kind: Any) -> str:
    arguments = typing.get_args(kind)
    if is_list(kind):
        return f"{type_name(item_of(kind))} ..." if arguments else "list"
    if is_dict(kind):
        return f"{type_name(arguments[0])}:{type_name(arguments[1])} ..." if len(arguments) == 2 else "dict"
    if typing.get_origin(kind) is tuple:
        return f"[{', '.join(type_name(each) for each in arguments)}]"
    return getattr(kind, "__name__", None) or str(kind)


def how_to_give(kind: Any) -> str:
    """How a value is written, when that is not obvious."""
    if is_many(kind):
        return "repeat or JSON"
    if record_of(kind) is not None:
        return "JSON or its fields"
    if any(is_dict(each) or typing.get_origin(each) is tuple or each is tuple for each in members(kind)):
        return "JSON"
    return ""


def sample(option: str, kind: Any) -> str:
    """An example of the option on a command line."""
    first = members(kind)[0] if members(kind) else kind
    if is_flag(first):
        return option
    if is_list(first):
        if item_of(first) is str:
            return f"{option} a {option} b"
        one = _value_sample(item_of(first))
        return f"{option} {one} {option} {one}"
    record = record_of(kind)
    if record is not None and fields_of(record):
        name = next(iter(fields_of(record)))
        return f"{option}.{name} {_value_sample(field_types(record).get(name, Any))}"
    return f"{option} {_value_sample(first)}"


def _value_sample(kind: Any) -> str:
    if kind is int:
        return "3"
    if kind is float:
        return "0.5"
    if typing.get_origin(kind) is Literal:
        return str(typing.get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next((each.name for each in kind), "NAME")
    if is_dict(kind) or is_record(kind):
        return "'{}'"
    if is_list(kind) or typing.get_origin(kind) is tuple:
        return "'[]'"
    return "abc" if kind is str else "module:attribute"
