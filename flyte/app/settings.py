"""How an app is reached, scaled and timed: values that check themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal

RESERVED_PORTS = (8012, 8022, 8112, 9090, 9091)
"""What the machinery around an app listens on."""
_LONGEST_REQUEST = timedelta(hours=1)


@dataclass(frozen=True)
class Port:
    """The port an app listens on, and the protocol's name where it matters."""

    port: int
    name: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.port, bool) or not isinstance(self.port, int):
            raise TypeError(f"a port is a number, got {self.port!r}")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"a port is a number from 1 to 65535, got {self.port}")
        if self.port in RESERVED_PORTS:
            raise ValueError(f"port {self.port} is taken; others that are: {', '.join(map(str, RESERVED_PORTS))}")


@dataclass(frozen=True)
class Concurrency:
    """Aim at so many open requests per replica."""

    val: int

    def __post_init__(self) -> None:
        _check_target("Concurrency", self.val)


@dataclass(frozen=True)
class RequestRate:
    """Aim at so many requests per second and replica."""

    val: int

    def __post_init__(self) -> None:
        _check_target("RequestRate", self.val)


@dataclass(frozen=True)
class Scaling:
    """How many replicas an app has: a number, or (fewest, most); idle ones go after `scaledown_after` seconds."""

    Concurrency: ClassVar[type[Concurrency]] = Concurrency
    RequestRate: ClassVar[type[RequestRate]] = RequestRate

    replicas: int | tuple[int, int] = (0, 1)
    metric: Any = None
    scaledown_after: int | timedelta | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "replicas", _replicas(self.replicas))
        if self.metric is not None and not isinstance(self.metric, (Concurrency, RequestRate)):
            raise TypeError(f"Scaling.metric must be a Scaling.Concurrency or RequestRate, got {self.metric!r}")
        object.__setattr__(self, "scaledown_after", _length("Scaling.scaledown_after", self.scaledown_after))

    def get_replicas(self) -> tuple[int, int]:
        """The fewest and the most."""
        assert isinstance(self.replicas, tuple)  # __post_init__ turned a number into a pair
        return self.replicas


@dataclass(frozen=True)
class Timeouts:
    """How long one request may take: seconds or a timedelta, at most an hour; None is the backend's own limit."""

    request: int | timedelta | None = None

    def __post_init__(self) -> None:
        request = _length("Timeouts.request", self.request)
        if request is not None and request > _LONGEST_REQUEST:
            raise ValueError(f"Timeouts.request must not be longer than an hour (3600 seconds), got {request}")
        object.__setattr__(self, "request", request)


@dataclass(frozen=True)
class Subdomain:
    """The first part of an app's address: made of its name, or by a function of the app and its context."""

    app_name: str | None = None
    project_domain_suffix: Literal["hash", "default"] = "hash"
    function: Callable[..., str] | None = None

    def __post_init__(self) -> None:
        if (self.app_name is None) == (self.function is None):
            raise ValueError("a Subdomain is made of an app_name or of a function: give one of them")
        if self.project_domain_suffix not in ("hash", "default"):
            raise ValueError(f"project_domain_suffix must be 'hash' or 'default', got {self.project_domain_suffix!r}")

    @classmethod
    def from_app_name(cls, app_name: str, project_domain_suffix: Literal["hash", "default"] = "hash") -> Subdomain:
        """A subdomain made of a name."""
        return cls(app_name, project_domain_suffix)

    @classmethod
    def from_function(cls, function: Callable[..., str]) -> Subdomain:
        """A subdomain that a function names when the app is deployed."""
        return cls(function=function)


@dataclass(frozen=True)
class Domain:
    """Where an app is reached: below the backend's domain, or at one of its own."""

    subdomain: str | Subdomain | None = None
    custom_domain: str | None = None


@dataclass(frozen=True)
class Link:
    """A link shown beside an app; a relative one starts at the app's address."""

    path: str
    title: str
    is_relative: bool = field(default=False)


def _replicas(value: object) -> tuple[int, int]:
    bounds = (value, value) if _is_count(value) else value
    if not isinstance(bounds, tuple) or not all(_is_count(bound) for bound in bounds):
        raise TypeError(f"Scaling.replicas must be a number or a pair (fewest, most), got {value!r}")
    if len(bounds) != 2:
        raise ValueError(f"Scaling.replicas must be a pair (fewest, most), got {value!r}")
    low, high = bounds
    if low < 0:
        raise ValueError(f"Scaling.replicas must not be negative, got {value!r}")
    if high < max(1, low):
        raise ValueError(f"Scaling.replicas: the most must be at least 1 and at least the fewest, got {value!r}")
    return low, high


def _check_target(name: str, value: object) -> None:
    if not _is_count(value):
        raise TypeError(f"Scaling.{name} takes a number, got {value!r}")
    if isinstance(value, int) and value < 1:
        raise ValueError(f"Scaling.{name} must be at least 1, got {value}")


def _length(what: str, value: object) -> timedelta | None:
    if _is_count(value):
        value = timedelta(seconds=int(value))  # type: ignore[call-overload]
    if value is not None and not isinstance(value, timedelta):
        raise TypeError(f"{what} must be seconds or a timedelta, got {value!r}")
    if value is not None and value < timedelta(0):
        raise ValueError(f"{what} must not be negative, got {value}")
    return value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
