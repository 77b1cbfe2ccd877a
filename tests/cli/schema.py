"""Just enough of JSON Schema to check our documents; a keyword it does not know is an error, not a pass."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
SILENT = {"$schema", "$defs", "title", "description", "properties"}


def problems(name: str, document: Any) -> list[str]:
    """Where a document departs from `schemas/NAME.schema.json`."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return list(_check(document, schema, schema, "$"))


def _check(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    for keyword, wanted in schema.items():
        if keyword not in SILENT:
            yield from _KEYWORDS[keyword](value, wanted, schema, root, at)
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _check(value[name], inner, root, f"{at}.{name}")


def _type(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    boolean = isinstance(value, bool) and "boolean" not in names
    if boolean or not any(isinstance(value, TYPES[name]) for name in names):
        yield f"{at}: {value!r} is not {wanted}"


def _required(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    yield from (f"{at}: {name} is missing" for name in wanted if isinstance(value, dict) and name not in value)


def _additional(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        if name in schema.get("properties", {}):
            continue
        if wanted is False:
            yield f"{at}: {name} is not in the schema"
        else:
            yield from _check(value[name], wanted, root, f"{at}.{name}")


def _items(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    for place, item in enumerate(value if isinstance(value, list) else ()):
        yield from _check(item, wanted, root, f"{at}[{place}]")


def _one_of(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if sum(not list(_check(value, each, root, at)) for each in wanted) != 1:
        yield f"{at}: {value!r} fits not exactly one of {wanted}"


def _ref(value: Any, wanted: str, schema: Any, root: Any, at: str) -> Iterator[str]:
    yield from _check(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, at)


def _const(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if value != wanted:
        yield f"{at}: {value!r} is not {wanted!r}"


def _enum(value: Any, wanted: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    if value not in wanted:
        yield f"{at}: {value!r} is none of {wanted}"


def _pattern(value: Any, wanted: str, schema: Any, root: Any, at: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(wanted, value):
        yield f"{at}: {value!r} does not match {wanted}"


_KEYWORDS = {
    "type": _type,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "oneOf": _one_of,
    "$ref": _ref,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
}
