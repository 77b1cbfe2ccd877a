"""What may stand in a project file, as a JSON schema: editors complete by it, and we check by it.

`python -m flyte_cli.settings.project_schema` prints it; `schemas/project.schema.json` is what it printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flyte_cli.near_miss import nearest

Path = tuple[str, ...]


def _text(about: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": about, **more}


def _object(about: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "description": about, "additionalProperties": False, "properties": dict(properties)}


def _table(about: str, each: Mapping[str, Any] | bool) -> dict[str, Any]:
    return {"type": "object", "description": about, "additionalProperties": each}


def _texts(about: str) -> dict[str, Any]:
    return {"type": "array", "description": about, "items": {"type": "string"}}


_RESOURCES = _object(
    "as flyte.Resources takes them; what is not named stays as the code has it",
    {
        "cpu": {"type": ["number", "string", "array"], "description": "processors: 2, `500m`, or [request, limit]"},
        "memory": {"type": ["string", "array"], "description": "`4Gi`, or [request, limit]"},
        "gpu": {"type": ["integer", "string"], "description": "2, or `A100:2`"},
        "disk": _text("`10Gi`"),
        "shm": _text("shared memory: `1Gi`, or `auto`"),
    },
)
_ENVIRONMENT = _object(
    "what is different here for the TaskEnvironment of that name",
    {
        "resources": _RESOURCES,
        "env_vars": _table("variables, added to those of the code", {"type": "string"}),
        "secrets": _texts("keys of secrets, in place of those of the code"),
        "image": _text("the reference of an image"),
        "include": _texts("files that go with the code, added to those of the code"),
        "cache": _text("whether results are taken from the cache", enum=["auto", "override", "disable"]),
        "queue": _text("the queue of its tasks"),
        "interruptible": {"type": "boolean", "description": "whether machines that may go away are fine"},
        "service_account": _text("the account its tasks run under"),
        "max_concurrency": {"type": "integer", "minimum": 0, "description": "actions at the same time; 0 is no limit"},
        "description": _text("one sentence about it"),
    },
)
_ENTRY = _object(
    "a task and its inputs under a name: `flyte run NAME`",
    {
        "description": _text("one sentence about it"),
        "file": _text("the Python file, from the folder of this file; default_file when it is left out"),
        "task": _text("the task in it; its only one, or its main, when it is left out"),
        "inputs": {
            "type": ["object", "string"],
            "additionalProperties": True,
            "description": "inputs by name, or a JSON, YAML or TOML file with them; the command line wins over them",
        },
    },
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "flyte.toml, or [tool.flyte] of pyproject.toml",
    **_object(
        "How a project is laid out. Paths start at the folder of this file.",
        {
            "source_root": _text("the folder that imports start at"),
            "default_file": _text("the file that `flyte run` takes when none is named"),
            "default_task": _text("the task that `flyte run` takes when none is named"),
            "include": _texts("files that go with the code of every environment"),
            "images": _table("images by name, for Image.from_ref_name", {"type": "string"}),
            "labels": _table("labels of every run that is started here; those of --label win", {"type": "string"}),
            "inputs": _table("inputs, by name, of every task that has one of that name and is given no other", True),
            "entries": _table("tasks with a name of their own", _ENTRY),
            "environments": _table("what is different here for environments, by name", _ENVIRONMENT),
        },
    ),
}

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_ANYTHING = {"type": list(_TYPES), "additionalProperties": True}
_WORDS = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


@dataclass(frozen=True)
class Misfit:
    """Something in a project file that does not fit; `unknown` for a key that is none."""

    path: Path
    message: str
    unknown: bool = False


def misfits(value: Any, schema: Mapping[str, Any] = SCHEMA, at: Path = ()) -> Iterator[Misfit]:
    """Where a project file departs from the schema."""
    name = ".".join(at)
    if not _is_of(value, schema["type"]):
        yield Misfit(at, f"`{name}` takes {_either(schema['type'])}, got {_shown(value)}")
    elif isinstance(value, dict):
        yield from _in_table(value, schema, at)
    elif isinstance(value, list):
        for item in value:
            if "items" in schema and not _is_of(item, schema["items"]["type"]):
                yield Misfit(at, f"`{name}` takes a list of texts, got {_shown(item)} in it")
    elif value not in schema.get("enum", [value]):
        guess = nearest(str(value), schema["enum"])
        hint = f", did you mean `{guess}`?" if guess else ""
        yield Misfit(at, f"`{name}` takes {', '.join(schema['enum'])}, got `{value}`{hint}")
    elif "minimum" in schema and value < schema["minimum"]:
        yield Misfit(at, f"`{name}` is {schema['minimum']} or more, got {value}")


def _in_table(table: Mapping[str, Any], schema: Mapping[str, Any], at: Path) -> Iterator[Misfit]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, value in table.items():
        if name in known:
            yield from misfits(value, known[name], (*at, name))
        elif others is False:
            guess = nearest(name, known)
            hint = f", did you mean `{guess}`?" if guess else f": there are {', '.join(known)}"
            yield Misfit((*at, name), f"unknown key `{'.'.join((*at, name))}`{hint}", unknown=True)
        elif others is not True:
            yield from misfits(value, others, (*at, name))


def schema_at(path: Path) -> Mapping[str, Any] | None:
    """What may stand at a place; None where nothing may."""
    schema: Any = SCHEMA
    for name in path:
        schema = schema.get("properties", {}).get(name, schema.get("additionalProperties", False))
        if schema is False:
            return None
        schema = _ANYTHING if schema is True else schema
    found: Mapping[str, Any] = schema
    return found


def _is_of(value: Any, kind: str | list[str]) -> bool:
    names = _listed(kind)
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, _TYPES[name]) for name in names)


def _listed(kind: str | list[str]) -> list[str]:
    return [kind] if isinstance(kind, str) else kind


def _either(kind: str | list[str]) -> str:
    return " or ".join(_WORDS[name] for name in _listed(kind))


def _shown(value: Any) -> str:
    return f"`{value}`" if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(SCHEMA, indent=2) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
