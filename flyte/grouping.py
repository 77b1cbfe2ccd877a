"""`flyte.group`: a name over the calls made inside it. It changes how a run is shown, not what it does."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast

from flyte.context import ActionContext, current

F = TypeVar("F", bound=Callable[..., Any])


class group:
    """Put the calls in a `with` block, or in a decorated function, under one name."""

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"a group's name must be a string, got {name!r}: write flyte.group('name')")
        self.name = name
        self._before: list[ActionContext | None] = []

    def __enter__(self) -> None:
        action = current.get()
        self._before.append(action)
        if action is not None:
            current.set(action.grouped(self.name))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        current.set(self._before.pop())

    def __call__(self, func: F) -> F:
        if inspect.iscoroutinefunction(func):

            @functools.wraps(func)
            async def grouped_async(*args: Any, **kwargs: Any) -> Any:
                with group(self.name):
                    return await func(*args, **kwargs)

            return cast("F", grouped_async)

        @functools.wraps(func)
        def grouped(*args: Any, **kwargs: Any) -> Any:
            with group(self.name):
                return func(*args, **kwargs)

        return cast("F", grouped)
