"""`@flyte.trace`: a step inside a task that is recorded, so that a task which starts again does not repeat it.

Outside a run, the function is itself. This file only decorates: `flyte.runtime.tracing` records.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flyte.context import current

if TYPE_CHECKING:
    from flyte.runtime.tracing import Step

F = TypeVar("F", bound=Callable[..., Any])


def trace(func: F) -> F:
    """Record what a function returns: sync, async, or a generator of either kind.

    In a task, the call is recorded below the task's action with its inputs, its outputs and its times. When the task
    starts again - a retry, a lost worker, `flyte rerun --recover` - a call that succeeded is answered from the record,
    and the function is not called. Calls are told apart by the function's code, the inputs, and their order.

    Raises TypeError for values that do not fit the annotations, as a task does; inside it, calls of tasks raise
    `flyte.errors.TraceDoesNotAllowNestedTasksError`. Exceptions of the function pass through unchanged.
    """
    if not callable(func):
        raise TypeError(f"@flyte.trace takes a function, got {func!r}")
    if hasattr(func, "forward") and hasattr(func, "aio"):
        raise TypeError(f"`{getattr(func, 'name', func)}` is a task, which is recorded anyway: leave @flyte.trace out")
    step: list[Step] = []

    def steps() -> Step:
        if not step:
            from flyte.runtime.tracing import Step  # deferred: outside runs nothing is recorded

            step.append(Step(func))
        return step[0]

    return cast("F", _wrapped(func, steps))


def _wrapped(func: Callable[..., Any], step: Callable[[], Step]) -> Callable[..., Any]:
    if inspect.isasyncgenfunction(func):

        @functools.wraps(func)
        async def traced_async_generator(*args: Any, **kwargs: Any) -> Any:
            action = current.get()
            items = func(*args, **kwargs) if action is None else step().items_async(action, args, kwargs)
            try:
                async for item in items:
                    yield item
            finally:
                await items.aclose()

        return traced_async_generator
    if inspect.isgeneratorfunction(func):

        @functools.wraps(func)
        def traced_generator(*args: Any, **kwargs: Any) -> Any:
            action = current.get()
            items = func(*args, **kwargs) if action is None else step().items(action, args, kwargs)
            return (yield from items)

        return traced_generator
    if inspect.iscoroutinefunction(func):

        @functools.wraps(func)
        async def traced_async(*args: Any, **kwargs: Any) -> Any:
            action = current.get()
            if action is None:
                return await func(*args, **kwargs)
            return await step().call_async(action, args, kwargs)

        return traced_async

    @functools.wraps(func)
    def traced(*args: Any, **kwargs: Any) -> Any:
        action = current.get()
        if action is None:
            return func(*args, **kwargs)
        return step().call(action, args, kwargs)

    return traced
