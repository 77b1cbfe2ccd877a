"""How annotations are described as JSON schemas, in three dialects: of dataclasses, of tuples, and of a task's inputs.

Two because backends and other clients know these two, one for people. What is described as a whole is in `schema`.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import typing
from collections.abc import Callable
from typing import Any, TypeAlias

from flyte.types.annotations import (
    bare,
    check_end,
    given,
    is_dataclass_alias,
    is_enumeration,
    is_named_tuple,
    is_record,
    is_typed_dict,
    is_union,
    name_of,
    record_hints,
)
from flyte.types.fields import named_tuple_fields, typed_dict_fields

Schema: TypeAlias = dict[str, Any]

_SCALARS: dict[Any, str] = {
    int: "integer",
    float: "number",
    str: "string",
    bool: "boolean",
    None: "null",
    type(None): "null",
    list: "array",
    dict: "object",
}

_MOMENTS: dict[Any, str] = {datetime.datetime: "date-time", datetime.date: "date"}


class Dialect:
    """What the two dialects share; `definitions` collects what `$ref` points to."""

    bytes_format = ""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._open: list[Any] = []
        self._recursive: set[Any] = set()

    def in_place(self, annotation: Any, describe: Callable[[Any], Schema]) -> Schema:
        """Describe a class where it is met; one that holds itself becomes a definition."""
        name = name_of(annotation)
        reference = {"$ref": f"#/$defs/{name}"}
        if annotation in self._open:
            self._recursive.add(annotation)
            return reference
        check_end(annotation, self._open)
        self._open.append(annotation)
        schema = describe(annotation)
        self._open.pop()
        if annotation not in self._recursive or name in self.definitions:
            return schema
        self.definitions[name] = schema
        return reference

    def schema(self, annotation: Any) -> Schema:
        annotation = bare(annotation)
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if annotation is None or (isinstance(annotation, type) and annotation in _SCALARS):
            return self.plain(annotation)
        if annotation is bytes:
            return {"type": "string", "format": self.bytes_format}
        if isinstance(annotation, type) and annotation in _MOMENTS:
            return {"type": "string", "format": _MOMENTS[annotation]}
        if annotation is datetime.timedelta:
            return self.span()
        if is_union(annotation):
            return {"anyOf": [self.schema(each) for each in arguments]}
        if origin is list:
            return self.array(arguments[0])
        if (origin or annotation) in (set, frozenset):
            return {**self.array(arguments[0] if arguments else Any), "uniqueItems": True}
        if origin is tuple:
            return self._tuple(arguments)
        if origin is dict:
            return self.mapping(arguments[0], arguments[1])
        if origin is typing.Literal:
            return {"enum": [plain_default(each) for each in arguments]}
        return self._class(annotation)

    def _class(self, annotation: Any) -> Schema:
        if is_record(annotation) or is_dataclass_alias(annotation):
            return self.record(annotation)
        if is_enumeration(annotation):
            return self.enumeration(annotation)
        if is_named_tuple(annotation):
            return self.in_place(annotation, self.named_tuple)
        if is_typed_dict(annotation):
            return self.typed_dict(annotation)
        if annotation in (Any, object) or isinstance(annotation, typing.TypeVar):
            return {}
        return self._extension(annotation)

    def _extension(self, annotation: Any) -> Schema:
        from flyte.types.registry import extension_for  # deferred: most types are plain

        extension = extension_for(annotation)
        return {} if extension is None else self.extended(dict(extension.json_schema))

    def extended(self, schema: Schema) -> Schema:
        return schema

    def span(self) -> Schema:
        raise NotImplementedError

    def enumeration(self, cls: type[enum.Enum]) -> Schema:
        raise NotImplementedError

    def typed_dict(self, annotation: Any) -> Schema:
        raise NotImplementedError

    def named_tuple(self, annotation: Any) -> Schema:
        items = []
        for _, hint, _, _, values, *_ in named_tuple_fields(annotation):
            default = {"default": plain_default(values[0])} if values else {}
            items.append({**self.schema(hint), **default})
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}

    def plain(self, annotation: Any) -> Schema:
        return {"type": _SCALARS[annotation]}

    def array(self, item: Any) -> Schema:
        raise NotImplementedError

    def mapping(self, key: Any, value: Any) -> Schema:
        raise NotImplementedError

    def record(self, annotation: Any) -> Schema:
        raise NotImplementedError

    def _tuple(self, items: tuple[Any, ...]) -> Schema:
        if len(items) == 2 and items[1] is Ellipsis:
            return self.array(items[0])
        schemas = [self.schema(item) for item in items]
        return {"type": "array", "prefixItems": schemas, "minItems": len(items), "maxItems": len(items)}


class RecordDialect(Dialect):
    """Dataclasses in place; only one that holds itself is defined by name, where it is met first."""

    bytes_format = "base64"

    def span(self) -> Schema:
        return {"type": "number", "format": "time-delta"}

    def enumeration(self, cls: type[enum.Enum]) -> Schema:
        return {"enum": [plain_default(each.value) for each in cls]}

    def typed_dict(self, annotation: Any) -> Schema:
        return self.in_place(annotation, self._typed_dict)

    def _typed_dict(self, annotation: Any) -> Schema:
        fields = list(typed_dict_fields(annotation))
        schema: Schema = {"type": "object", "additionalProperties": False}
        if fields:
            schema["properties"] = {name: self.schema(hint) for name, hint, *_ in fields}
        required = [name for name, *_, is_required in fields if is_required]
        return {**schema, "required": required} if required else schema

    def array(self, item: Any) -> Schema:
        items = self.schema(item)
        return {"type": "array", "items": items} if items else {"type": "array"}

    def mapping(self, key: Any, value: Any) -> Schema:
        parts = {"additionalProperties": self.schema(value), "propertyNames": self.schema(key)}
        return {"type": "object", **{name: part for name, part in parts.items() if part}}

    def record(self, annotation: Any) -> Schema:
        return self.in_place(annotation, self._record)

    def _record(self, annotation: Any) -> Schema:
        hints = record_hints(annotation)
        fields = [field for field in dataclasses.fields(typing.get_origin(annotation) or annotation) if field.init]
        return self._object_of(name_of(annotation), {field: self._property(field, hints) for field in fields})

    def _object_of(self, name: str, properties: dict[dataclasses.Field[Any], Schema]) -> Schema:
        schema: Schema = {"type": "object", "title": name, "additionalProperties": False}
        if properties:
            schema["properties"] = {field.name: part for field, part in properties.items()}
        required = [field.name for field in properties if _is_required(field)]
        return {**schema, "required": required} if required else schema

    def _property(self, field: dataclasses.Field[Any], hints: dict[str, Any]) -> Schema:
        schema = self.schema(hints[field.name])
        if not given(field.default):
            return schema
        return {**schema, "default": plain_default(field.default)}


class InputDialect(RecordDialect):
    """As in a dataclass, and enums by name, as people write them; a deque is written as a list."""

    def schema(self, annotation: Any) -> Schema:
        from flyte.types.containers import is_container, plain_form  # deferred: most types are plain

        annotation = bare(annotation)
        return super().schema(plain_form(annotation) if is_container(annotation) else annotation)

    def enumeration(self, cls: type[enum.Enum]) -> Schema:
        return {"type": "string", "enum": [each.name for each in cls], "title": cls.__name__}

    def span(self) -> Schema:
        return {"type": "string", "format": "duration"}

    def extended(self, schema: Schema) -> Schema:
        """The references in a model's schema point to the definitions of the whole."""
        self.definitions.update(schema.pop("$defs", {}))
        return schema


class TupleDialect(Dialect):
    """Every dataclass by name, every property with a title."""

    bytes_format = "binary"

    def plain(self, annotation: Any) -> Schema:
        if annotation is list:
            return self.array(typing.Any)
        return self.mapping(str, typing.Any) if annotation is dict else super().plain(annotation)

    def array(self, item: Any) -> Schema:
        return {"type": "array", "items": self.schema(item)}

    def mapping(self, key: Any, value: Any) -> Schema:
        return {"type": "object", "additionalProperties": self.schema(value) or True}

    def titled(self, name: str, annotation: Any) -> Schema:
        """Give a schema the title that its name makes, unless it is a reference, also an optional one."""
        schema = self.schema(annotation)
        members = [member for member in schema.get("anyOf", [schema]) if member != {"type": "null"}]
        if members and all("$ref" in member for member in members):
            return schema
        return {**schema, "title": name.replace("_", " ").title()}

    def span(self) -> Schema:
        return {"type": "string", "format": "duration"}

    def enumeration(self, cls: type[enum.Enum]) -> Schema:
        schema: Schema = {"title": cls.__name__, "enum": [each.name for each in cls]}
        types = {_SCALARS.get(type(each._value_)) for each in cls}
        self.definitions[cls.__name__] = {**schema, "type": types.pop()} if len(types) == 1 else schema
        return {"$ref": f"#/$defs/{cls.__name__}"}

    def typed_dict(self, annotation: Any) -> Schema:
        name = name_of(annotation)
        if name not in self.definitions:
            self.definitions[name] = {}
            fields = list(typed_dict_fields(annotation))
            schema: Schema = {"type": "object", "title": name}
            schema["properties"] = {key: self.titled(key, hint) for key, hint, *_ in fields}
            required = [key for key, *_, is_required in fields if is_required]
            self.definitions[name] = {**schema, "required": required} if required else schema
        return {"$ref": f"#/$defs/{name}"}

    def extended(self, schema: Schema) -> Schema:
        """A model's schema brings its definitions along; a decimal may be a number in JSON."""
        if schema.get("format") == "decimal":
            return {"anyOf": [{"type": "number"}, {"type": "string"}]}
        if "title" not in schema:
            return schema
        self.definitions.update(schema.pop("$defs", {}))
        self.definitions[schema["title"]] = schema
        return {"$ref": f"#/$defs/{schema['title']}"}

    def record(self, annotation: Any) -> Schema:
        cls, name = typing.get_origin(annotation) or annotation, name_of(annotation)
        if name not in self.definitions:
            self.definitions[name] = {}
            hints = record_hints(annotation)
            fields = {field: hints[field.name] for field in dataclasses.fields(cls)}
            self.definitions[name] = self._definition(cls, fields)
        return {"$ref": f"#/$defs/{name}"}

    def _definition(self, cls: type, hints: dict[dataclasses.Field[Any], Any]) -> Schema:
        schema: Schema = {"type": "object", "title": cls.__name__, "properties": {}}
        for field, hint in hints.items():
            part = self.titled(field.name, hint)
            if given(field.default):
                part = {**part, "default": plain_default(field.default, is_text=True)}
            schema["properties"][field.name] = part
        required = [field.name for field in hints if _is_required(field)]
        if required:
            schema["required"] = required
        if cls.__doc__ and not cls.__doc__.startswith(f"{cls.__name__}("):  # what dataclass itself wrote does not count
            schema["description"] = cls.__doc__
        return schema


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return not given(field.default) and not given(field.default_factory)


def plain_default(value: Any, is_text: bool = False) -> Any:
    """A default as JSON: bytes as base64, or as text; what has no counterpart as its repr."""
    if isinstance(value, enum.Enum):
        return plain_default(value.value, is_text)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace") if is_text else base64.encodebytes(value).decode()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_default(each, is_text) for each in value]
    if isinstance(value, dict):
        return {str(key): plain_default(each, is_text) for key, each in value.items()}
    if type(value).__module__ in ("decimal", "uuid", "pathlib"):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain_default(getattr(value, each.name), is_text) for each in dataclasses.fields(value)}
    return repr(value)
