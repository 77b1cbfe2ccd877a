"""Enums in pydantic models travel by name, as everywhere on the wire; pydantic itself dumps and reads their values.

So names are put in the place of values after a dump, and members in the place of names before a validation. Both are
compiled from the annotations of a model, to nothing where it has no enums.
"""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from flyte.types.annotations import bare, is_union

Swap: TypeAlias = Callable[[Any, Any], Any]
"""Takes the value (None when there is none yet) and its data, and returns the data with enums exchanged."""


class EnumsByName(GenerateJsonSchema):
    """Describes an enum by the names of its members."""

    def enum_schema(self, schema: Any) -> dict[str, Any]:
        """The schema with names in the place of values."""
        described = dict(super().enum_schema(schema))
        names = [member.name for member in schema["members"]]
        if "const" in described:
            described["const"] = names[0]
        return {**described, "enum": names} if "enum" in described else described


def names_for_members(model: type[BaseModel]) -> Swap | None:
    """How to put names into what a model dumped; None when there is nothing to do."""
    return _Compiling(_name).swap(model)


def members_for_names(model: type[BaseModel]) -> Swap | None:
    """How to put members into data for a validation; None when there is nothing to do."""
    return _Compiling(_member).swap(model)


def _name(cls: type[enum.Enum]) -> Swap:
    def swap(value: Any, data: Any) -> Any:
        return value.name if isinstance(value, cls) and data == value.value else data

    return swap


def _member(cls: type[enum.Enum]) -> Swap:
    members = cls.__members__

    def swap(value: Any, data: Any) -> Any:
        return members.get(data, data) if isinstance(data, str) else data

    return swap


class _Compiling:
    """One walk through the annotations of a model, which may hold itself."""

    def __init__(self, leaf: Callable[[type[enum.Enum]], Swap]) -> None:
        self._leaf = leaf
        self._known: dict[type, dict[str, Swap]] = {}

    def swap(self, annotation: Any) -> Swap | None:
        annotation = bare(annotation)
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            return None if issubclass(annotation, enum.Flag) else self._leaf(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self._model(annotation)
        if is_union(annotation):
            return self._union(arguments)
        if origin is dict:
            return self._dict(*arguments)
        if origin in (list, set, frozenset, tuple) and arguments:
            return self._items(arguments[:1] if origin is not tuple or Ellipsis in arguments else arguments, origin)
        return None

    def _model(self, model: type[BaseModel]) -> Swap | None:
        is_open = model in self._known
        fields = self._known.setdefault(model, {})
        if not is_open:
            found = {name: self.swap(field.annotation) for name, field in model.model_fields.items()}
            fields.update({name: swap for name, swap in found.items() if swap is not None})
            if not fields:
                return None

        def swapped(value: Any, data: Any) -> Any:
            if not fields or not isinstance(data, dict):
                return data
            done = dict(data)
            for name, swap in fields.items():
                if name in done:
                    done[name] = swap(getattr(value, name, None), done[name])
            return done

        return swapped

    def _union(self, members: tuple[Any, ...]) -> Swap | None:
        swaps = [(bare(member), swap) for member in members if (swap := self.swap(member)) is not None]
        if not swaps:
            return None

        def swapped(value: Any, data: Any) -> Any:
            for member, swap in swaps:
                done = swap(value, data)
                if done != data and (value is not None or not isinstance(data, dict) or _validates(member, done)):
                    return done
            return data

        return swapped

    def _dict(self, key: Any, value: Any) -> Swap | None:
        keys, values = self.swap(key), self.swap(value)
        if keys is None and values is None:
            return None

        def swapped(value: Any, data: Any) -> Any:
            if not isinstance(data, dict):
                return data
            parts = value.items() if isinstance(value, dict) and len(value) == len(data) else [(None, None)] * len(data)
            pairs = zip(parts, data.items(), strict=True)
            return {_via(keys, k, key): _via(values, v, item) for (k, v), (key, item) in pairs}

        return swapped

    def _items(self, items: tuple[Any, ...], origin: Any) -> Swap | None:
        swaps = [self.swap(item) for item in items]
        if all(swap is None for swap in swaps):
            return None

        def swapped(value: Any, data: Any) -> Any:
            if not isinstance(data, list):
                return data
            parts = list(value) if isinstance(value, origin) and len(value) == len(data) else [None] * len(data)
            each = swaps * len(data) if len(swaps) == 1 else swaps + [None] * (len(data) - len(swaps))
            return [_via(swap, part, item) for swap, part, item in zip(each, parts, data, strict=False)]

        return swapped


def _via(swap: Swap | None, value: Any, data: Any) -> Any:
    return data if swap is None else swap(value, data)


def _validates(member: Any, data: Any) -> bool:
    if not (isinstance(member, type) and issubclass(member, BaseModel)):
        return True
    try:
        member.model_validate(data)
    except ValueError:
        return False
    return True
