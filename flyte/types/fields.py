"""The fields of dataclasses, NamedTuples and TypedDicts, in one form. Compiles and converts nothing."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from flyte.types.annotations import given, record_hints, required_keys

Field: TypeAlias = tuple[str, Any, bool, bool, tuple[Any, ...], Any, bool]
"""Name, annotation, is an argument, is keyword-only, default or (), default factory or None, is required."""

FieldsOf: TypeAlias = Callable[[Any], Iterator[Field]]


def record_fields(annotation: Any) -> Iterator[Field]:
    """The fields of a dataclass."""
    hints = record_hints(annotation)
    for field in dataclasses.fields(typing.get_origin(annotation) or annotation):
        values: tuple[Any, ...] = (field.default,) if given(field.default) else ()
        factory: Any = field.default_factory if given(field.default_factory) else None
        is_required = not values and factory is None
        yield (field.name, hints[field.name], field.init, bool(field.kw_only), values, factory, is_required)


def named_tuple_fields(annotation: Any) -> Iterator[Field]:
    """The items of a NamedTuple; those of `collections.namedtuple` may be anything."""
    cls = typing.get_origin(annotation) or annotation
    hints = record_hints(annotation)
    for name in cls._fields:
        values = (cls._field_defaults[name],) if name in cls._field_defaults else ()
        yield (name, hints.get(name, Any), True, False, values, None, not values)


def typed_dict_fields(annotation: Any) -> Iterator[Field]:
    """The keys of a TypedDict."""
    required = required_keys(annotation)
    for name, hint in record_hints(annotation).items():
        yield (name, hint, True, False, (), None, name in required)
