"""The JSON schema of a task's inputs tells what a person would write."""

# ruff: noqa: B008  (defaults of tasks)

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import flyte
from tests.values.peer_table import Color, Movie, Pair, Zoo
from tests.values.records import Inner, Tree

env = flyte.TaskEnvironment("schemas")


@env.task
def task(
    number: int,
    name: str | None = None,
    color: Color = Color.RED,
    colors: list[Color] = [],  # noqa: B006  (a default of a task)
    when: datetime = datetime(2026, 1, 2),
    span: timedelta = timedelta(seconds=90),
    choice: Literal["a", 1] = "a",
    pair: Pair = Pair(1),
    inner: Inner = Inner(1),
    tree: Tree = Tree(0),
    place: Path = Path("/a"),
    anything: Any = None,
) -> None:
    """Do something.

    Args:
        number: how
            many
        name: of whom
    """


@env.task
def with_models(zoo: Zoo, movie: Movie) -> None: ...


def test_a_schema_has_types_defaults_and_docs() -> None:
    names = {"type": "string", "enum": ["RED", "BLUE"], "title": "Color"}
    properties = task.json_schema["properties"]
    assert task.json_schema["required"] == ["number"]
    assert properties["number"] == {"type": "integer", "description": "how many"}
    assert properties["name"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "default": None,
        "description": "of whom",
    }
    assert properties["color"] == {**names, "default": "RED"}
    assert properties["colors"] == {"type": "array", "items": names, "default": []}
    assert properties["when"] == {"type": "string", "format": "date-time", "default": "2026-01-02T00:00:00"}
    assert properties["span"] == {"type": "string", "format": "duration", "default": "P0DT90.000000S"}
    assert properties["choice"] == {"enum": ["a", 1], "default": "a"}
    assert properties["pair"]["default"] == [1, "q"]
    assert properties["inner"]["default"] == {"a": 1, "b": "z"}
    assert properties["place"] == {"type": "string", "format": "path", "default": "/a"}
    assert properties["anything"] == {"default": None}


def test_every_reference_leads_somewhere() -> None:
    for schema in (task.json_schema, with_models.json_schema):
        text = json.dumps(schema)
        references = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
        assert references
        assert references <= set(schema["$defs"])


def test_an_interface_knows_its_schema_without_the_docs() -> None:
    schema = task.native_interface.json_schema
    assert schema["properties"]["number"] == {"type": "integer"}
    assert schema["properties"].keys() == task.json_schema["properties"].keys()
