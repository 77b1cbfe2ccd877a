"""How often a failed task is tried again, and how long to wait in between. The engine does the waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Backoff:
    """Waits that grow from `base` by `factor` with every retry, up to `cap`."""

    base: timedelta
    factor: float = 1.0
    cap: timedelta | None = None

    def __post_init__(self) -> None:
        _check_length("base", self.base)
        if isinstance(self.factor, bool) or not isinstance(self.factor, (int, float)):
            raise TypeError(f"Backoff.factor must be a number, got {self.factor!r}")
        if not self.factor >= 1.0:
            raise ValueError(f"Backoff.factor must be >= 1.0, got {self.factor}")
        if self.cap is not None:
            _check_length("cap", self.cap)
        elif self.factor > 1.0:
            raise ValueError("Backoff.cap is required when factor > 1.0, or the waits would grow without end")

    def compute_delay(self, n: int) -> timedelta:
        """The wait before the retry number `n`, counted from 0."""
        longest = timedelta.max if self.cap is None else self.cap
        try:
            return min(self.base * float(self.factor) ** n, longest)
        except OverflowError:
            return longest


@dataclass(frozen=True)
class RetryStrategy:
    """How many times to try again; without a backoff the waits are 0.5 s, 1 s, 2 s and so on."""

    count: int
    backoff: Backoff | None = None

    def __post_init__(self) -> None:
        if isinstance(self.count, bool) or not isinstance(self.count, int):
            raise ValueError(f"RetryStrategy.count must be an int (a retry count), got {self.count!r}")
        if self.count < 0:
            raise ValueError(f"RetryStrategy.count must be greater than or equal to 0, got {self.count}")
        if self.backoff is not None and not isinstance(self.backoff, Backoff):
            raise TypeError(f"RetryStrategy.backoff must be a flyte.Backoff, got {self.backoff!r}")


def retry_strategy(value: int | RetryStrategy) -> RetryStrategy:
    """Read what `retries=` accepts."""
    if isinstance(value, RetryStrategy):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"retries must be an int (a retry count) or a flyte.RetryStrategy, got {value!r}")
    return RetryStrategy(value)


def _check_length(name: str, value: object) -> None:
    if not isinstance(value, timedelta):
        raise TypeError(f"Backoff.{name} must be a timedelta, e.g. timedelta(seconds=1), got {value!r}")
    if value < timedelta(0):
        raise ValueError(f"Backoff.{name} must be >= 0, got {value}")
