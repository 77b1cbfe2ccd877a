"""Values whose bytes must equal those of PyPI `flyte`; imported by that client's interpreter too, so it knows neither.

`record_peer_values.py` writes down what that client makes of them. Maps are written with sorted keys, as that client
sorts them and ours keeps their order.
"""

# ruff: noqa: UP007, UP045  (both spellings of unions must work)

import enum
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, Optional, TypedDict, TypeVar, Union
from uuid import UUID

from pydantic import BaseModel, Field
from typing_extensions import NotRequired

UTC = timezone.utc
EAST = timezone(timedelta(hours=2))
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 6)
T = TypeVar("T")


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Mode(str, enum.Enum):
    FAST = "fast"
    SLOW = "slow"


class Number(enum.Enum):
    ONE = 1
    TWO = 2


class Pair(NamedTuple):
    count: int
    name: str = "q"


class Rich(NamedTuple):
    color: Color
    span: timedelta
    level: Level = Level.LOW
    when: Optional[datetime] = None
    by_name: dict[str, Color] = {}  # noqa: RUF012  (the default of an item)


class Movie(TypedDict):
    title: str
    year: int


class Draft(TypedDict):
    title: str
    year: NotRequired[int]
    color: NotRequired[Color]


class Part(TypedDict, total=False):
    title: str
    year: int


class Point(BaseModel):
    x: int
    label: str = "z"
    when: Optional[datetime] = None


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str


class Zoo(BaseModel):
    pets: list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]]
    home: Point
    color: Color = Color.RED
    tags: set[int] = set()
    span: timedelta = timedelta(0)


class Box(BaseModel, Generic[T]):
    content: T


@dataclass
class Times:
    when: datetime
    day: date
    span: timedelta
    clock: time


@dataclass
class Enums:
    color: Color
    level: Level
    mode: Mode
    number: Number
    maybe: Optional[Color] = None
    colors: list[Color] = field(default_factory=list)
    by_color: dict[Color, int] = field(default_factory=dict)
    default: Color = Color.BLUE


@dataclass
class Texts:
    price: Decimal
    key: UUID
    place: Path
    choice: Literal["a", 1, None]


@dataclass
class Sets:
    numbers: set[int]
    names: frozenset[str]
    by_name: dict[str, set[int]]
    pair: tuple[Color, time]


@dataclass
class Named:
    pair: Pair
    movie: Movie
    draft: Draft
    part: Part


@dataclass
class Either:
    of: Union[datetime, Color, None, int]  # noqa: RUF036  (None is in the middle on purpose)


@dataclass
class Daily:
    of: Union[date, datetime, str]


TIMES = Times(MOMENT, date(2026, 1, 2), timedelta(seconds=90.5), time(1, 2, 3))
ENUMS = Enums(Color.RED, Level.HIGH, Mode.FAST, Number.ONE, Color.BLUE, [Color.RED], {Color.RED: 1})

CASES: list[tuple[Any, Any]] = [
    (5, int),
    (1.5, float),
    ("ü", str),
    (True, bool),
    (None, type(None)),
    ([1, 2], list[int]),
    ({"a": 1, "b": 2}, dict[str, int]),
    ({"a": {"b": [1, None]}}, dict),
    ({1: [2]}, dict[int, list[int]]),
    (MOMENT, datetime),
    (MOMENT.replace(tzinfo=EAST), datetime),
    (datetime(1, 1, 1), datetime),
    (datetime(9999, 12, 31, 23, 59, 59, 999999), datetime),
    (datetime(1969, 12, 31, 23, 59, 59, 500000), datetime),
    (datetime(1970, 1, 1), datetime),
    (date(2026, 1, 2), date),
    (date(1, 1, 1), date),
    (timedelta(seconds=90), timedelta),
    (timedelta(0), timedelta),
    (timedelta(seconds=-1.5), timedelta),
    (timedelta(days=10**8, microseconds=3), timedelta),
    (Color.RED, Color),
    (Level.HIGH, Level),
    (Mode.FAST, Mode),
    ([Color.RED, Color.BLUE], list[Color]),
    ({"a": [date(2026, 1, 2)]}, dict[str, list[date]]),
    (Color.RED, Optional[Color]),
    (MOMENT, Optional[datetime]),
    (date(2026, 1, 2), Optional[date]),
    (timedelta(1), Union[timedelta, int]),
    ({1: MOMENT}, dict[int, datetime]),
    ({1: Color.RED}, dict[int, Color]),
    ({Color.RED: 1}, dict[Color, int]),
    (Pair(1), Pair),
    (Pair(1, "x"), Optional[Pair]),
    ([Pair(1)], list[Pair]),
    (Rich(Color.RED, timedelta(1), Level.HIGH, MOMENT, {"a": Color.RED}), Rich),
    ({"title": "Up", "year": 2009}, Movie),
    ({"title": "Up", "year": 2009}, Optional[Movie]),
    ({"title": "Up"}, Draft),
    ({"title": "Up", "year": 1, "color": Color.RED}, Draft),
    ((Color.RED, timedelta(seconds=90.5), MOMENT.replace(tzinfo=EAST)), tuple[Color, timedelta, datetime]),
    ((MOMENT.replace(tzinfo=UTC), date(2026, 1, 2), time(1, 2, 3, 4)), tuple[datetime, date, time]),
    ((timedelta(days=-1, seconds=5, microseconds=7), timedelta(days=400)), tuple[timedelta, timedelta]),
    ((timedelta(0), timedelta(days=1, hours=2, minutes=3, seconds=4.5)), tuple[timedelta, timedelta]),
    ((b"ab", 1), tuple[bytes, int]),
    ((Decimal("1.50"), UUID(int=5), Path("/a")), tuple[Decimal, UUID, Path]),
    (({1, 2}, frozenset({"a"})), tuple[set[int], frozenset[str]]),
    (("a", 1), tuple[Literal["a", 1], Literal["a", 1]]),
    ((Number.ONE, Level.LOW, Mode.SLOW), tuple[Number, Level, Mode]),
    ((None, 1), tuple[Optional[Color], Union[int, str]]),
    ((Point(x=1, when=MOMENT), 1), tuple[Point, int]),
    ((TIMES, 1), tuple[Times, int]),
    (Point(x=1), Point),
    (Point(x=1, when=MOMENT), Optional[Point]),
    ([Point(x=1)], list[Point]),
    (Zoo(pets=[Cat(), Dog(name="Rex")], home=Point(x=1), tags={3}, span=timedelta(1)), Zoo),
    (Box[int](content=1), Box[int]),
    (Box[Point](content=Point(x=1)), Box[Point]),
    (TIMES, Times),
    (Times(MOMENT.replace(tzinfo=EAST), date(2026, 1, 2), timedelta(seconds=-1), time(1, tzinfo=UTC)), Times),
    (ENUMS, Enums),
    (Texts(Decimal("1.50"), UUID(int=5), Path("/a"), 1), Texts),
    (Sets({1, 2}, frozenset({"a"}), {"a": {3}}, (Color.RED, time(1))), Sets),
    (Named(Pair(1), {"title": "Up", "year": 1}, {"title": "Up"}, {"year": 1}), Named),
    (Either(MOMENT), Either),
    (Either(Color.RED), Either),
    (Either(None), Either),
    (Either(3), Either),
    (Daily(MOMENT), Daily),
    (Daily(date(2026, 1, 2)), Daily),
]

# What that client pickles: ours reads it, and writes something that says what it is.
PICKLED: list[tuple[Any, Any]] = [
    (b"abc", bytes),
    (1j, complex),
    (Decimal("1.50"), Decimal),
    (UUID(int=5), UUID),
    (Path("/a"), Path),
    (time(1, 2, 3), time),
    (range(1, 9, 2), range),
    ({1, 2}, set[int]),
    (frozenset({"a"}), frozenset[str]),
    ({"a"}, set),
    ("a", Literal["a", 1]),
    ((1, 2), tuple[int, ...]),
    ([1, "a"], list),
    ({1}, Optional[set[int]]),
    ([UUID(int=5)], list[UUID]),
    ({"a": Decimal(1)}, dict[str, Decimal]),
]
