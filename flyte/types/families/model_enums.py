"""Enums in pydantic models travel by name, as everywhere on the wire; pydantic itself dumps and reads their values.

So names are put in the place of values after a dump, and members in the place of names before a validation.
"""

from __future__ import annotations

import enum
import typing
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from flyte.types.annotations import bare, is_union


class EnumsByName(GenerateJsonSchema):
    """Describes an enum by the names of its members."""

    def enum_schema(self, schema: Any) -> dict[str, Any]:
        """The schema with names in the place of values."""
        described = dict(super().enum_schema(schema))
        names = [member.name for member in schema["members"]]
        if "const" in described:
            described["const"] = names[0]
        return {**described, "enum": names} if "enum" in described else described


def names_for_members(value: Any, dumped: Any) -> Any:
    """What was dumped, with the names of the members that the value holds there."""
    if isinstance(value, enum.Enum) and not isinstance(value, enum.Flag):
        return value.name if dumped == value.value else dumped
    if isinstance(value, BaseModel) and isinstance(dumped, dict):
        fields = type(value).model_fields
        return {
            key: names_for_members(getattr(value, key), part) if key in fields else part for key, part in dumped.items()
        }
    if isinstance(value, dict) and isinstance(dumped, dict) and len(value) == len(dumped):
        pairs = zip(value.items(), dumped.items(), strict=True)
        return {names_for_members(key, one): names_for_members(part, other) for (key, part), (one, other) in pairs}
    if isinstance(value, (list, tuple, set, frozenset)) and isinstance(dumped, list) and len(value) == len(dumped):
        return [names_for_members(part, other) for part, other in zip(value, dumped, strict=True)]
    return dumped


def members_for_names(annotation: Any, data: Any) -> Any:
    """Data for a validation, with members where the annotation asks for an enum and a name is given."""
    annotation = bare(annotation)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, enum.EnumMeta):
        return annotation.__members__.get(data, data) if isinstance(data, str) else data
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _fields(annotation, data) if isinstance(data, dict) else data
    if is_union(annotation):
        return _of_union(arguments, data)
    if origin is dict and isinstance(data, dict):
        key, value = arguments
        return {members_for_names(key, each): members_for_names(value, part) for each, part in data.items()}
    if origin in (list, set, frozenset) and isinstance(data, list):
        return [members_for_names(arguments[0], each) for each in data]
    if origin is tuple and isinstance(data, list):
        items = arguments[:1] * len(data) if Ellipsis in arguments else arguments
        return [members_for_names(item, each) for item, each in zip(items, data, strict=False)] + data[len(items) :]
    return data


def _fields(model: type[BaseModel], data: dict[Any, Any]) -> dict[Any, Any]:
    hints = {name: field.annotation for name, field in model.model_fields.items()}
    return {key: members_for_names(hints[key], part) if key in hints else part for key, part in data.items()}


def _of_union(members: tuple[Any, ...], data: Any) -> Any:
    """As the first member that takes the data with its names replaced; a model among others must validate."""
    for member in map(bare, members):
        replaced = members_for_names(member, data)
        if replaced != data and (not isinstance(data, dict) or _is_of(member, replaced)):
            return replaced
    return data


def _is_of(member: Any, data: dict[Any, Any]) -> bool:
    if not (isinstance(member, type) and issubclass(member, BaseModel)):
        return True
    try:
        member.model_validate(data)
    except ValueError:
        return False
    return True
