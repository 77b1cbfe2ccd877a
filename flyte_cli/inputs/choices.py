"""One of a few: members of an Enum by name or value, values of a Literal, in any case."""

from __future__ import annotations

import enum
import typing
from typing import Any, Literal

from flyte_cli.inputs.problem import BadValue
from flyte_cli.near_miss import listed, nearest


def is_choice(kind: Any) -> bool:
    """Whether it is an Enum or a Literal."""
    return typing.get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, enum.Enum))


def names_of(kind: Any) -> list[str]:
    """What help shows."""
    if typing.get_origin(kind) is Literal:
        return [_spelled(each) for each in typing.get_args(kind)]
    return [each.name for each in kind]


def chosen(text: str, kind: Any) -> Any:
    """The one that is spelled so; exactly if there is one, else in any case if there is only one."""
    spellings = _spellings(kind)
    for spelled, value in spellings:
        if spelled == text:
            return value
    near = {id(value): value for spelled, value in spellings if spelled.lower() == text.strip().lower()}
    if len(near) == 1:
        return next(iter(near.values()))
    guess = nearest(text, names_of(kind)) if not near else None
    hint = f"; did you mean `{guess}`?" if guess else "; several differ only in case" if near else ""
    raise BadValue(f"`{text}` is not one of {listed(names_of(kind))}{hint}")


def chosen_value(value: Any, kind: Any) -> Any:
    """The one that has this value, or is spelled so."""
    candidates = typing.get_args(kind) if typing.get_origin(kind) is Literal else list(kind)
    for each in candidates:
        held = each.value if isinstance(each, enum.Enum) else each
        if type(held) is type(value) and held == value:
            return each
    return chosen(_spelled(value), kind)


def _spellings(kind: Any) -> list[tuple[str, Any]]:
    if typing.get_origin(kind) is Literal:
        return [(_spelled(each), each) for each in typing.get_args(kind)]
    by_name = list(kind.__members__.items())
    return by_name + [(str(each.value), each) for each in kind]


def _spelled(value: Any) -> str:
    return value.name if isinstance(value, enum.Enum) else str(value)
