"""Dataclasses that the value tests share; known interface hashes include their schemas, so leave them as they are."""

# ruff: noqa: UP007, UP045  (both spellings of unions must work)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional, Union


@dataclass
class Inner:
    a: int
    b: str = "z"


@dataclass
class Twin:
    """Has the fields of `Inner`, so that only its name tells them apart."""

    a: int
    b: str = "z"


@dataclass
class Wide:
    """Doc of wide."""

    rate: float
    count: int = 3
    on: bool = True
    inner: Inner = field(default_factory=lambda: Inner(5))
    inner2: Inner = field(default_factory=lambda: Inner(7, "q"))
    numbers: list[int] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    maybe: Optional[int] = None
    either: Union[int, str] = 4
    by_number: dict[int, Inner] = field(default_factory=dict)
    inners: list[Inner] = field(default_factory=list)
    maybe_inner: Optional[Inner] = None
    pair: tuple[int, str] = (1, "x")
    raw: bytes = b"abc"
    anything: Any = None
    things: list = field(default_factory=list)  # type: ignore[type-arg]
    named: dict = field(default_factory=dict)  # type: ignore[type-arg]


@dataclass
class Tree:
    v: int
    kids: list[Tree] = field(default_factory=list)


@dataclass
class Chain:
    left: Chain | None = None
    right: Chain | None = None
    v: int = 0


@dataclass
class Ping:
    pong: Optional[Pong] = None
    n_x: int = 2


@dataclass
class Pong:
    ping: Ping
    pings: list[Ping] = field(default_factory=list)


@dataclass
class Both:
    pong: Pong
    ping: Ping


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float = 0.5
    weights: dict[str, list[Optional[float]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    start: Point = Point(1.0)


@dataclass
class Named:
    a: int = field(kw_only=True)
    b: Optional[str] = field(default="q", kw_only=True)


@dataclass
class Computed:
    width: int
    area: int = field(init=False)

    def __post_init__(self) -> None:
        self.area = self.width**2


@dataclass
class Longer(Inner):
    steps: list[tuple[int, ...]] = field(default_factory=list)


@dataclass
class Empty:
    pass


@dataclass
class Nested:
    pair: tuple[int, tuple[str, Inner]]
    grid: list[list[Inner]]
    none: None = None


@dataclass
class Choice:
    of: Union[Inner, Twin, dict[str, int], list[int], tuple[int, int], set[int], complex, None]


@dataclass
class Fork:
    next: Union[Fork, Spoon, int]


@dataclass
class Spoon:
    next: Union[Fork, Spoon, int]


@dataclass
class Choosy:
    number: int

    def __post_init__(self) -> None:
        if self.number != 7:
            raise LookupError("not my number")
