"""What is measured: each figure with its unit, its direction, its budget and its caveat. Values only."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sides import Side


class Impossible(Exception):
    """A side cannot do this at all; the message says why."""


@dataclass(frozen=True)
class Budget:
    """What was promised: a factor over the peer, or a bound on our own figure."""

    factor: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    def __post_init__(self) -> None:
        if [self.factor, self.at_most, self.at_least].count(None) != 2:
            raise ValueError("a budget is one of factor, at_most and at_least")

    def __str__(self) -> str:
        if self.factor is not None:
            return f"≥ {self.factor:g}×"
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"

    def met(self, ours: float | None, factor: float | None) -> bool | None:
        """Whether it holds; None when the figures to tell are missing."""
        if self.factor is not None:
            return None if factor is None else factor >= self.factor
        if ours is None:
            return None
        return ours <= self.at_most if self.at_most is not None else ours >= (self.at_least or 0.0)


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    key: str
    title: str
    unit: str
    higher_is_better: bool = False
    budget: Budget | None = None


@dataclass(frozen=True)
class Measure:
    """One experiment: a function of a side that yields every figure by key."""

    name: str
    figures: tuple[Figure, ...]
    run: Callable[[Side, bool], dict[str, float]]
    """Takes the side and whether to be quick."""
    caveat: str
    rounds: int = 5


@dataclass
class Result:
    """What came out of one measure: every round of every figure, per side."""

    measure: Measure
    rounds: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)
    """Why a side has no figures: `impossible: ...` or `failed: ...`."""
