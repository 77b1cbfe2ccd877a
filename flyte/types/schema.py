"""JSON schemas of dataclasses and tuples, which are part of their types on the wire and so of interface hashes.

There are two dialects because backends and other clients know these two: one for dataclasses, one for tuples.
"""

from __future__ import annotations

import typing
from typing import Any

from flyte.types.annotations import bare, name_of
from flyte.types.dialects import RecordDialect, Schema, TupleDialect
from flyte.types.fields import named_tuple_fields, typed_dict_fields


def record_schema(cls: type) -> Schema:
    """Describe a dataclass, with the dataclasses in it spelled out in place."""
    dialect = RecordDialect()
    schema = dialect.schema(cls)
    return {**schema, "$defs": dialect.definitions} if dialect.definitions else schema


def tuple_schema(annotation: Any) -> Schema:
    """Describe a tuple of fixed length, with the dataclasses in it under `$defs`."""
    dialect = TupleDialect()
    items = {f"item_{index}": item for index, item in enumerate(typing.get_args(annotation))}
    schema: Schema = {
        "title": f"TupleWrapper_{annotation.__name__}",
        "type": "object",
        "properties": {name: dialect.titled(name, item) for name, item in items.items()},
    }
    if items:
        schema["required"] = list(items)
    return {**schema, "$defs": dialect.definitions} if dialect.definitions else schema


def named_tuple_schema(annotation: Any) -> Schema:
    """Describe a NamedTuple by the names of its items; a value always has all of them."""
    dialect = TupleDialect()
    fields = list(named_tuple_fields(annotation))
    schema: Schema = {
        "title": f"NamedTupleWrapper_{name_of(annotation)}",
        "type": "object",
        "properties": {name: dialect.titled(name, hint) for name, hint, *_ in fields},
    }
    if fields:
        schema["required"] = [name for name, *_ in fields]
    return {**schema, "$defs": dialect.definitions} if dialect.definitions else schema


def typed_dict_schema(annotation: Any) -> Schema:
    """Describe a TypedDict; a key that it may lack may be null."""
    dialect = TupleDialect()
    fields = list(typed_dict_fields(annotation))
    schema: Schema = {"title": f"TypedDictWrapper_{name_of(annotation)}", "type": "object", "properties": {}}
    for name, hint, *_, is_required in fields:
        part = dialect.titled(name, hint if is_required else typing.Optional[bare(hint)])  # noqa: UP045
        schema["properties"][name] = part if is_required else {**part, "default": None}
    required = [name for name, *_, is_required in fields if is_required]
    if required:
        schema["required"] = required
    return {**schema, "$defs": dialect.definitions} if dialect.definitions else schema
