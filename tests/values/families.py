"""One class of each family of types that the value tests share."""

# ruff: noqa: UP007, UP045  (both spellings of unions and text as annotations must work)

import pathlib
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag, IntFlag
from typing import Generic, Literal, NamedTuple, Optional, TypedDict, TypeVar, Union

from typing_extensions import NotRequired

from tests.values.peer_table import Cat, Dog, Movie, Point, Zoo

T = TypeVar("T")


class Pair(NamedTuple):
    a: int
    b: str = "q"


class Odd(Enum):
    """Values that no packed data has, values that look like names of other members, and an alias."""

    A = "B"
    B = "A"
    NONE = None
    PAIR = (1, "x")
    BYTES = b"B"
    HALF = 0.5
    OBJECT = object()
    TRUE = True
    ALSO_A = "B"  # noqa: PIE796  (an alias)


class Permission(Flag):
    READ = 1
    WRITE = 2


class Permitted(IntFlag):
    READ = 1
    WRITE = 2


@dataclass
class Families:
    """Every family, packed."""

    when: datetime
    day: date
    span: timedelta
    clock: time
    odd: Odd
    flags: Permission
    price: Decimal
    key: uuid.UUID
    place: pathlib.Path
    number: complex
    steps: range
    numbers: set[int]
    names: frozenset[str]
    pair: Pair
    movie: Movie
    model: Zoo
    choice: Literal["a", 1, None, b"a", True]
    maybe: Optional[Union[datetime, date, Odd, timedelta, pathlib.Path, uuid.UUID, Decimal, str, int, float, bytes]]


@dataclass
class Crate(Generic[T]):
    content: T
    others: list[T]
    inner: "Optional[Crate[T]]" = None


class Linked(NamedTuple):
    value: int
    rest: "Optional[Linked]" = None


class Node(TypedDict):
    value: int
    rest: "NotRequired[Node]"


FAMILIES = Families(
    when=datetime(2026, 1, 2, 3, 4, 5, 6),
    day=date(2026, 1, 2),
    span=timedelta(seconds=90.5),
    clock=time(1, 2, 3),
    odd=Odd.PAIR,
    flags=Permission.READ | Permission.WRITE,
    price=Decimal("1.50"),
    key=uuid.UUID(int=5),
    place=pathlib.Path("/a"),
    number=1 + 2j,
    steps=range(1, 9, 2),
    numbers={1, 2},
    names=frozenset({"a"}),
    pair=Pair(1),
    movie={"title": "Up", "year": 2009},
    model=Zoo(pets=[Cat(), Dog(name="Rex")], home=Point(x=1)),
    choice="a",
    maybe="2026-01-02",
)
