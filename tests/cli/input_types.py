"""One type of each kind that an input may have, and the ways to give it to a task."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import pydantic

from flyte_cli.inputs.bind import Before, bind
from flyte_cli.inputs.interface import Interface, interface_of
from flyte_cli.inputs.surroundings import Surroundings
from flyte_cli.inputs.words import Flags, sort_words

NOW = datetime(2025, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
OURS = Flags(valued=frozenset({"--name", "-of", "--inputs"}), bare=frozenset({"--local", "-q"}))


class Colour(enum.Enum):
    RED = "r"
    BLUE = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Point(NamedTuple):
    x: int
    y: int = 7


class Movie(TypedDict):
    title: str
    year: int


class Partly(TypedDict, total=False):
    title: str


@dataclass
class Optimizer:
    kind: str
    momentum: float = 0.9


@dataclass
class Cfg:
    """Settings.

    Attributes:
        lr: learning rate
    """

    lr: float = 0.1
    epochs: int = field(default=3, metadata={"help": "rounds"})
    debug: bool = False
    layers: list[int] = field(default_factory=list)
    optimizer: Optimizer | None = None
    options: dict[str, int] = field(default_factory=dict)
    since: date | None = None


class Model(pydantic.BaseModel):
    name: str
    size: int = pydantic.Field(3, description="how large", ge=0)
    inner: Optimizer | None = None
    when: datetime | None = None


class Nested(pydantic.BaseModel):
    models: list[Model] = []
    best: Model | None = None


class Numbers(pydantic.RootModel[list[int]]):
    pass


def of(hint: Any, default: Any = ...) -> Interface:
    """A task with one input `x` of a type."""

    def task(x: Any) -> None: ...

    task.__annotations__ = {"x": hint}
    if default is not ...:
        task.__defaults__ = (default,)
    return interface_of(task, "task")


def around(folder: Path | None = None, stdin: bytes = b"") -> Surroundings:
    """A folder, a clock that stands still, and what is on standard input."""
    return Surroundings(lambda: str(folder or "/nowhere"), lambda: NOW, lambda: stdin)


def given(
    interface: Interface, *words: str, where: Surroundings | None = None, before: Before | None = None
) -> dict[str, Any]:
    """The arguments that come of the words."""
    return bind(interface, sort_words(words, interface, OURS), (), where or around(), before)


Given = Callable[..., dict[str, Any]]
