"""`flyte.map`: one task over many inputs, at the same time, results in the order of the inputs.

It decides when to start which call; how a call runs is the host's business.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flyte.blocking import completed
from flyte.context import ActionContext, Pending, current
from flyte.dual import dual
from flyte.task import TaskTemplate

if TYPE_CHECKING:
    import asyncio

# Started and not yet consumed: enough to keep any machine busy, little enough for an endless input.
WINDOW = 4096


@dataclass(frozen=True)
class Mapping:
    """A checked request to map."""

    task: TaskTemplate[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    iterables: tuple[Iterable[Any], ...]
    group: str
    concurrency: int
    return_exceptions: bool

    def calls(self) -> Iterator[tuple[Any, ...]]:
        """The arguments of each call, up to the end of the shortest iterable."""
        return ((*self.args, *items) for items in zip(*self.iterables, strict=False))


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
    mapping = _mapping(func, args, group_name, concurrency, return_exceptions)
    action = current.get()
    return _plain_async(mapping) if action is None else _mapped_async(mapping, action.grouped(mapping.group))


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
    mapping = _mapping(func, args, group_name, concurrency, return_exceptions)
    action = current.get()
    results = _plain(mapping) if action is None else _mapped(mapping, action.grouped(mapping.group))
    return MapResults(mapping.task.name, results)


# --- checking -----------------------------------------------------------------------------------------------------


def _mapping(
    func: Any, iterables: tuple[Iterable[Any], ...], group_name: str | None, concurrency: int, return_exceptions: bool
) -> Mapping:
    partial = func if isinstance(func, functools.partial) else functools.partial(func)
    task = partial.func
    if not isinstance(task, TaskTemplate):
        raise TypeError(f"flyte.map takes a task, got {task!r}: decorate it with @env.task, or use the built-in map")
    if concurrency < 0:
        raise ValueError(f"flyte.map: concurrency must not be negative, got {concurrency}")
    if not iterables:
        raise TypeError(f"flyte.map({task.short_name}) needs something to iterate over")
    _check_arguments(task, partial, len(iterables))
    group = f"{task.name}_{group_name or 'map'}"
    return Mapping(task, partial.args, partial.keywords, iterables, group, concurrency, return_exceptions)


def _check_arguments(task: TaskTemplate[..., Any], partial: functools.partial[Any], count: int) -> None:
    names = list(inspect.signature(task.func).parameters)
    filled = names[len(partial.args) : len(partial.args) + count]
    if len(filled) < count:
        raise TypeError(f"flyte.map: `{task.short_name}` takes {len(names)} inputs, but {count} iterables were given")
    twice = [name for name in filled if name in partial.keywords]
    if twice:
        raise TypeError(f"flyte.map: `{twice[0]}` of `{task.short_name}` is filled by the partial and by an iterable")


# --- inside a run, blocking ---------------------------------------------------------------------------------------


def _mapped(mapping: Mapping, action: ActionContext) -> Generator[Any, None, None]:
    feed = _Feed(mapping, action)
    try:
        while feed.fill():
            if feed.wait():
                yield _result(mapping, feed.started.popleft())
        if feed.input_error is not None:
            raise feed.input_error
    finally:
        for pending in feed.started:
            pending.cancel()


class _Feed:
    """Starts calls as far as the window and the slots allow."""

    def __init__(self, mapping: Mapping, action: ActionContext) -> None:
        self.started: deque[_Started] = deque()
        self.input_error: Exception | None = None
        self._mapping = mapping
        self._action = action
        self._calls = mapping.calls()
        self._exhausted = False
        self._unfinished = 0
        self._lock = threading.Lock()  # answers may come in on any thread

    def fill(self) -> bool:
        """Start what may start now; false when everything is consumed."""
        room = WINDOW - len(self.started)
        if self._mapping.concurrency:
            room = min(room, self._mapping.concurrency - self._unfinished)
        for _ in range(0 if self._exhausted else room):
            args = self._next()
            if args is None:
                self._exhausted = True
                break
            self.started.append(self._start(args))
        return bool(self.started)

    def _next(self) -> tuple[Any, ...] | None:
        try:
            return next(self._calls, None)
        except Exception as error:  # the user's iterable: raised once the calls before it are consumed
            self.input_error = error
            return None

    def wait(self) -> bool:
        """Wait for the next result, or for a free slot; true when the result is there, or will be waited for."""
        if not self._mapping.concurrency:
            return True
        head = self.started[0]
        self._action.host.wait_until(lambda: head.finished or self._may_start())
        return head.finished

    def _may_start(self) -> bool:
        full = self._unfinished >= self._mapping.concurrency or len(self.started) >= WINDOW
        return not full and not self._exhausted

    def _start(self, args: tuple[Any, ...]) -> _Started:
        try:
            pending = self._action.host.start(self._action, self._mapping.task, args, self._mapping.kwargs)
        except (TypeError, ValueError) as error:  # the arguments do not fit: this item's failure, in its turn
            return _Started(None, error)
        started = _Started(pending)
        if self._mapping.concurrency:
            with self._lock:
                self._unfinished += 1
            pending.add_done_callback(lambda _: self._finish(started))
        return started

    def _finish(self, started: _Started) -> None:
        with self._lock:
            started.finished = True
            self._unfinished -= 1


class _Started:
    """A call on its way, or one that could not start."""

    def __init__(self, pending: Pending | None, error: Exception | None = None) -> None:
        self._pending = pending
        self._error = error
        self.finished = error is not None

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        assert self._pending is not None  # there is one or the other
        return self._pending.result()

    def cancel(self) -> None:
        if self._pending is not None:
            self._pending.cancel()


def _result(mapping: Mapping, started: _Started) -> Any:
    try:
        return started.result()
    except Exception as error:
        if not mapping.return_exceptions:
            raise
        return error


# --- inside a run, in async code ----------------------------------------------------------------------------------


async def _mapped_async(mapping: Mapping, action: ActionContext) -> AsyncGenerator[Any, None]:
    feed = _AsyncFeed(mapping, action)
    try:
        feed.fill()
        while feed.started:
            try:
                result = await feed.started[0]
            except Exception as error:
                if not mapping.return_exceptions:
                    raise
                result = error
            feed.started.popleft()
            feed.fill()
            yield result
        if feed.input_error is not None:
            raise feed.input_error
    finally:
        for future in feed.started:
            if not future.cancel() and not future.cancelled():
                future.exception()  # nobody will ask for it, and asyncio would complain about that


class _AsyncFeed:
    """Starts calls as far as the window and the slots allow, also while nobody asks for the next result."""

    def __init__(self, mapping: Mapping, action: ActionContext) -> None:
        self.started: deque[asyncio.Future[Any]] = deque()
        self.input_error: Exception | None = None
        self._mapping = mapping
        self._action = action
        self._calls = mapping.calls()
        self._unfinished = 0

    def fill(self, *_: object) -> None:
        limit = self._mapping.concurrency or sys.maxsize
        while self._unfinished < limit and len(self.started) < WINDOW and self.input_error is None:
            try:
                args = next(self._calls, None)
            except Exception as error:  # the user's iterable: raised once the calls before it are consumed
                self.input_error = error
                return
            if args is None:
                return
            self.started.append(self._start(args))

    def _start(self, args: tuple[Any, ...]) -> asyncio.Future[Any]:
        import asyncio  # deferred: 20 ms that sync programs never need

        try:
            call = self._action.host.submit(self._action, self._mapping.task, args, self._mapping.kwargs)
        except (TypeError, ValueError) as error:  # the arguments do not fit: this item's failure, in its turn
            refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused
        future = asyncio.ensure_future(call)
        self._unfinished += 1
        future.add_done_callback(self._finish)  # which also starts a call that waits for somebody to want it
        return future

    def _finish(self, _: object) -> None:
        self._unfinished -= 1
        self.fill()


# --- outside a run ------------------------------------------------------------------------------------------------


def _plain(mapping: Mapping) -> Generator[Any, None, None]:
    for args in mapping.calls():
        try:
            result = mapping.task(*args, **mapping.kwargs)
            result = completed(result) if mapping.task.is_async else result
        except Exception as error:
            if not mapping.return_exceptions:
                raise
            result = error
        yield result


async def _plain_async(mapping: Mapping) -> AsyncGenerator[Any, None]:
    for args in mapping.calls():
        try:
            result = await mapping.task.aio(*args, **mapping.kwargs)
        except Exception as error:
            if not mapping.return_exceptions:
                raise
            result = error
        yield result
