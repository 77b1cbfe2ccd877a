"""Containers kept warm between tasks: a declaration for a backend, inert on one machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

_SHORTEST = timedelta(seconds=30)


@dataclass(frozen=True)
class ReusePolicy:
    """How many containers an environment keeps, for how long, and how many tasks each takes at once."""

    replicas: int | tuple[int, int] = 2
    idle_ttl: int | timedelta = 30
    concurrency: int = 1
    scaledown_ttl: int | timedelta = 30
    scope: Literal["global", "run"] = "global"

    def __post_init__(self) -> None:
        object.__setattr__(self, "replicas", _replicas(self.replicas))
        object.__setattr__(self, "idle_ttl", _time_to_live("idle_ttl", self.idle_ttl))
        object.__setattr__(self, "scaledown_ttl", _time_to_live("scaledown_ttl", self.scaledown_ttl))
        if not _is_int(self.concurrency) or self.concurrency < 1:
            raise ValueError(f"concurrency must be at least 1, got {self.concurrency!r}")
        if self.scope not in ("global", "run"):
            raise ValueError(f"scope must be 'global' or 'run', got {self.scope!r}")

    @property
    def min_replicas(self) -> int:
        """How many containers stay even when idle."""
        return self._bounds[0]

    @property
    def max_replicas(self) -> int:
        """How many containers there can be."""
        return self._bounds[1]

    @property
    def _bounds(self) -> tuple[int, int]:
        assert isinstance(self.replicas, tuple)  # __post_init__ turned a number into a pair
        return self.replicas

    def get_scaledown_ttl(self) -> timedelta | None:
        """How long a container must be idle before it is taken away."""
        return self.scaledown_ttl if isinstance(self.scaledown_ttl, timedelta) else None


def container_reuse(enable: bool = True, max_idle_seconds: int = 30) -> ReusePolicy | None:
    """Say the same in the words of `flyte.ContainerReuse`."""
    return ReusePolicy(idle_ttl=max_idle_seconds) if enable else None


def _replicas(value: object) -> tuple[int, int]:
    bounds = (value, value) if _is_int(value) else value
    if not isinstance(bounds, tuple) or len(bounds) != 2 or not all(map(_is_int, bounds)):
        raise ValueError(f"replicas must be an int or a tuple of two ints, got {value!r}")
    low, high = bounds
    if low < 0:
        raise ValueError(f"replicas min must be greater than or equal to 0, got {low}")
    if low > high:
        raise ValueError(f"replicas min ({low}) must be less than or equal to max ({high})")
    return low, high


def _time_to_live(name: str, value: object) -> timedelta:
    if isinstance(value, int) and not isinstance(value, bool):
        value = timedelta(seconds=value)
    if not isinstance(value, timedelta):
        raise ValueError(f"{name} must be an int (seconds) or a timedelta, got {value!r}")
    if value < _SHORTEST:
        raise ValueError(f"{name} must be at least 30 seconds, got {value.total_seconds():g}")
    return value


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
