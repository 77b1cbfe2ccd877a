"""The JSON schema of a task's inputs: names, types, defaults and what the docstring says. For tools and agents.

It describes what a person would write as JSON, not what travels: an enum is one of its names.
"""

from __future__ import annotations

import datetime
import enum
import inspect
from collections.abc import Mapping
from typing import Any

from flyte.types.dialects import InputDialect, Schema, plain_default

_NOTHING: Mapping[str, str] = {}


def input_schema(inputs: Mapping[str, tuple[Any, Any]], docs: Mapping[str, str] = _NOTHING) -> Schema:
    """Describe inputs, each an annotation and a default; `inspect.Parameter.empty` stands for none."""
    dialect = InputDialect()
    properties: Schema = {}
    for name, (annotation, default) in inputs.items():
        properties[name] = dialect.schema(Any if annotation is inspect.Parameter.empty else annotation)
        if default is not inspect.Parameter.empty:
            properties[name] = {**properties[name], "default": _default(default)}
        if docs.get(name):
            properties[name] = {**properties[name], "description": " ".join(docs[name].split())}
    required = [name for name, (_, default) in inputs.items() if default is inspect.Parameter.empty]
    schema: Schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {**schema, "$defs": dialect.definitions} if dialect.definitions else schema


def _default(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, datetime.timedelta):
        return _span(value)
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump is not None else plain_default(value)


def _span(value: datetime.timedelta) -> str:
    """ISO 8601, as the schema says."""
    sign, rest = ("-", -value) if value < datetime.timedelta(0) else ("", value)
    return f"{sign}P{rest.days}DT{rest.seconds + rest.microseconds / 1e6:f}S"
