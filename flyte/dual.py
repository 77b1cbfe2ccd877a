"""Functions with two ways to call them: blocking, and `.aio` to await. It does not bridge the two by itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")


class Dual(Generic[P, R, A]):
    """A blocking function that carries its async twin as `.aio`; as a method it binds both."""

    def __init__(self, blocking: Callable[P, R], aio: Callable[..., A]) -> None:
        functools.update_wrapper(self, blocking)
        self._blocking = blocking
        self.aio = aio

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._blocking(*args, **kwargs)

    def __get__(self, owner: Any, owner_type: type | None = None) -> Dual[..., R, A]:
        if owner is None:
            return self
        return Dual(functools.partial(self._blocking, owner), functools.partial(self.aio, owner))

    def __repr__(self) -> str:
        return f"<function {getattr(self, '__name__', 'dual')}, also .aio>"


def dual(aio: Callable[..., A]) -> Callable[[Callable[P, R]], Dual[P, R, A]]:
    """Make a function the blocking form of an async one."""
    return lambda blocking: Dual(blocking, aio)
