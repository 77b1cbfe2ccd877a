"""How long a task may run or wait in a queue: a declaration, checked here and enforced by the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from flyte.durations import Duration, duration


@dataclass(frozen=True)
class Timeout:
    """Limits for one task; None is no limit, and zero is refused.

    `max_runtime` counts one attempt, `max_queued_time` the wait before it, `deadline` everything from submission.
    """

    max_runtime: Duration | None = None
    max_queued_time: Duration | None = None
    deadline: Duration | None = None

    def __post_init__(self) -> None:
        for name in ("max_runtime", "max_queued_time", "deadline"):
            object.__setattr__(self, name, _limit(getattr(self, name), f"Timeout.{name}"))

    def seconds(self) -> tuple[float | None, float | None, float | None]:
        """The three limits in the order of the fields."""
        return _seconds(self.max_runtime), _seconds(self.max_queued_time), _seconds(self.deadline)


TimeoutType: TypeAlias = Timeout | timedelta | int | float | str


def timeout_limits(value: TimeoutType | None) -> Timeout | None:
    """Read what `timeout=` accepts; None is no limit at all."""
    if isinstance(value, Timeout):
        return None if value == Timeout() else value
    limit = _limit(value, "timeout")
    return None if limit is None else Timeout(max_runtime=limit)


def _limit(value: Duration | None, what: str) -> timedelta | None:
    if value is None:
        return None
    limit = duration(value, what)
    if not limit:
        raise ValueError(f"{what} must be more than 0, got {value!r}: leave it out for no limit")
    return limit


def _seconds(limit: Duration | None) -> float | None:
    return None if limit is None else duration(limit, "limit").total_seconds()
