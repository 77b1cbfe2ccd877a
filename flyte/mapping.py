"""`flyte.map`: one task over many inputs, at the same time, results in the order of the inputs.

Outside a run it is a plain map. How a call runs is the host's business.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from typing import Any

from flyte.blocking import completed
from flyte.context import current
from flyte.dual import dual
from flyte.map_async import mapped_async
from flyte.map_blocking import mapped
from flyte.map_request import MapRequest, map_request
from flyte.task import TaskTemplate


class MapResults(Iterator[Any]):
    """The results of a map, one after the other; calls start when the first is asked for."""

    def __init__(self, name: str, results: Generator[Any, None, None]) -> None:
        self._name = name
        self._results = results

    def __next__(self) -> Any:
        return next(self._results)

    def close(self) -> None:
        """Stop, and cancel what was started and not consumed."""
        self._results.close()

    def __repr__(self) -> str:
        return f"<results of flyte.map over {self._name}: iterate, or list(...)>"


def _map_aio(
    func: TaskTemplate[..., Any] | functools.partial[Any],
    *args: Iterable[Any],
    group_name: str | None = None,
    concurrency: int = 0,
    return_exceptions: bool = True,
) -> AsyncGenerator[Any, None]:
    """Map in async code: an async generator of the results."""
    request = map_request(func, args, group_name, concurrency, return_exceptions)
    action = current.get()
    return _plain_async(request) if action is None else mapped_async(request, action.grouped(request.group))


@dual(aio=_map_aio)
def map(
    func: TaskTemplate[..., Any] | functools.partial[Any],
    *args: Iterable[Any],
    group_name: str | None = None,
    concurrency: int = 0,
    return_exceptions: bool = True,
) -> MapResults:
    """Call a task once for every item of one or more iterables, and iterate over the results.

    At most `concurrency` calls are unfinished at any time; 0 is no limit. Failures come as exception objects, or are
    raised when `return_exceptions` is false.
    """
    request = map_request(func, args, group_name, concurrency, return_exceptions)
    action = current.get()
    results = _plain(request) if action is None else mapped(request, action.grouped(request.group))
    return MapResults(request.task.name, results)


# --- outside a run ------------------------------------------------------------------------------------------------


def _plain(request: MapRequest) -> Generator[Any, None, None]:
    for args in request.calls():
        try:
            result = request.task(*args, **request.kwargs)
            result = completed(result) if request.task.is_async else result
        except Exception as error:
            if not request.return_exceptions:
                raise
            result = error
        yield result


async def _plain_async(request: MapRequest) -> AsyncGenerator[Any, None]:
    for args in request.calls():
        try:
            result = await request.task.aio(*args, **request.kwargs)
        except Exception as error:
            if not request.return_exceptions:
                raise
            result = error
        yield result
