"""`flyte.map` is concurrent, ordered, lazy, and stops at its limits."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest

import flyte
from flyte.context import ActionContext
from flyte.map_request import WINDOW
from flyte.task import TaskTemplate
from tests.authoring.fakes import FakeHost, ThreadHost, inside

env = flyte.TaskEnvironment("maps")


@env.task
def scaled(x: int, by: int = 10) -> int:
    return x * by


@env.task
async def scaled_async(x: int, by: int = 10) -> int:
    await asyncio.sleep(0)
    return x * by


@env.task
def picky(x: int) -> int:
    if x == 1:
        raise ValueError("one")
    return x


async def collected(results: AsyncIterator[Any]) -> list[Any]:
    return [result async for result in results]


def test_results_come_in_the_order_of_the_inputs() -> None:
    host = FakeHost()
    with inside(host):
        assert list(flyte.map(scaled, range(5))) == [0, 10, 20, 30, 40]
    assert {how for how, *_ in host.calls} == {"start"}


def test_nothing_starts_before_the_first_result_is_asked_for() -> None:
    host = FakeHost()
    with inside(host):
        flyte.map(scaled, range(3))
    assert host.calls == []


def test_an_endless_input_is_read_as_far_as_the_window() -> None:
    host = FakeHost()
    with inside(host):
        results = flyte.map(scaled, itertools.count())
        assert [next(results) for _ in range(3)] == [0, 10, 20]
    assert len(host.calls) == WINDOW + 2


def test_calls_run_at_the_same_time() -> None:
    together = threading.Barrier(6, timeout=10)

    @env.task
    def meet(x: int) -> int:
        together.wait()
        return x

    with inside(ThreadHost()):
        assert list(flyte.map(meet, range(6), return_exceptions=False)) == list(range(6))


def test_as_many_calls_as_the_limit_run_at_the_same_time_and_never_more() -> None:
    host, together = ThreadHost(), threading.Barrier(3, timeout=10)

    @env.task
    def meet(x: int) -> int:
        together.wait()
        return x

    with inside(host):
        assert list(flyte.map(meet, range(30), concurrency=3, return_exceptions=False)) == list(range(30))
    assert host.most_unfinished == 3


def test_a_slow_call_does_not_hold_up_those_behind_it() -> None:
    last_ran = threading.Event()

    @env.task
    def first_waits_for_the_last(x: int) -> int:
        if x == 9:
            last_ran.set()
        if x == 0 and not last_ran.wait(timeout=10):
            raise TimeoutError("the last call never ran")
        return x

    with inside(ThreadHost()):
        results = flyte.map(first_waits_for_the_last, range(10), concurrency=2, return_exceptions=False)
        assert list(results) == list(range(10))


def test_failures_are_values_by_default() -> None:
    with inside(FakeHost()):
        results = list(flyte.map(picky, range(3)))
    assert (results[0], repr(results[1]), results[2]) == (0, "ValueError('one')", 2)


def test_the_first_failure_is_raised_when_asked_for() -> None:
    with inside(FakeHost()):
        results = flyte.map(picky, range(3), return_exceptions=False)
        assert next(results) == 0
        with pytest.raises(ValueError, match="one"):
            next(results)
        assert list(results) == []


def test_what_was_started_is_cancelled_when_nobody_wants_it() -> None:
    host = QueueHost()
    with inside(host):
        results = flyte.map(scaled, range(5))
        host.answers[0].set_result(0)
        assert next(results) == 0
        results.close()
    assert [answer.cancelled() for answer in host.answers[:5]] == [False, True, True, True, True]


class QueueHost(FakeHost):
    """Starts calls without ever performing them: the test sets the answers."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Future[Any]] = [Future() for _ in range(10)]

    def start(self, action: ActionContext, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> Future[Any]:
        self._note("start", action, task, args, kwargs)
        return self.answers[len(self.calls) - 1]


class StrictHost(FakeHost):
    """Refuses arguments that do not fit, before anything starts."""

    def start(self, action: ActionContext, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> Future[Any]:
        self._refuse(args)
        return super().start(action, task, args, kwargs)

    def submit(self, action: ActionContext, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> Awaitable[Any]:
        self._refuse(args)
        return super().submit(action, task, args, kwargs)

    def _refuse(self, args: tuple[Any, ...]) -> None:
        if not isinstance(args[0], int):
            raise TypeError(f"`x`: expected int, got {args[0]!r}")


async def test_an_argument_that_does_not_fit_is_the_failure_of_its_item() -> None:
    with inside(StrictHost()):
        blocking = list(flyte.map(scaled, [1, "a", 3]))
        awaited = await collected(flyte.map.aio(scaled, [1, "a", 3]))
    assert repr(blocking) == repr(awaited) == """[10, TypeError("`x`: expected int, got 'a'"), 30]"""


def test_a_host_that_refuses_to_block_is_heard() -> None:
    class LoopHost(FakeHost):
        def start(self, *_: Any) -> Future[Any]:
            raise flyte.errors.SyncTaskCallInAsyncContextError("not here")

    with inside(LoopHost()), pytest.raises(flyte.errors.SyncTaskCallInAsyncContextError):
        next(flyte.map(scaled, [1]))


def test_iterables_are_zipped_to_the_shortest() -> None:
    with inside(FakeHost()):
        assert list(flyte.map(scaled, [1, 2, 3], [5, 6])) == [5, 12]
        assert list(flyte.map(scaled, [])) == []


def test_a_partial_fills_the_other_parameters() -> None:
    with inside(FakeHost()):
        assert list(flyte.map(partial(scaled, by=2), [1, 2])) == [2, 4]
        assert list(flyte.map(partial(scaled, 3), [1, 2])) == [3, 6]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((partial(scaled, x=1), [1]), "`x` of `scaled` is filled by the partial and by an iterable"),
        ((scaled, [1], [2], [3]), "`scaled` takes 2 inputs, but 3 iterables were given"),
        ((scaled,), "needs something to iterate over"),
        ((len, ["a"]), "flyte.map takes a task, got <built-in function len>"),
        ((partial(print, "a"), ["a"]), "flyte.map takes a task"),
    ],
)
def test_a_map_that_cannot_work_is_refused_at_once(arguments: tuple[Any, ...], message: str) -> None:
    for form in (flyte.map, flyte.map.aio):
        with pytest.raises(TypeError) as caught:
            form(*arguments)  # type: ignore[operator]
        assert message in str(caught.value)


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative, got -1"):
        flyte.map(scaled, [1], concurrency=-1)


async def test_calls_are_grouped_under_the_task() -> None:
    host = FakeHost()
    with inside(host):
        list(flyte.map(scaled, [1]))
        list(flyte.map(scaled, [1], group_name="mine"))
        await collected(flyte.map.aio(scaled, [1]))
    assert host.groups == ["maps.scaled_map", "maps.scaled_mine", "maps.scaled_map"]


def test_outside_a_run_it_is_a_plain_map() -> None:
    assert list(flyte.map(scaled, [1, 2], [3, 4])) == [3, 8]
    assert list(flyte.map(scaled_async, [1, 2])) == [10, 20]
    assert repr(list(flyte.map(picky, [0, 1]))) == "[0, ValueError('one')]"


async def test_outside_a_run_it_is_a_plain_map_in_async_code_too() -> None:
    assert await collected(flyte.map.aio(scaled, [1, 2])) == [10, 20]
    assert await collected(flyte.map.aio(scaled_async, [1, 2])) == [10, 20]
    assert list(flyte.map(scaled_async, [1, 2])) == [10, 20]


async def test_async_results_come_in_the_order_of_the_inputs() -> None:
    host = FakeHost()
    with inside(host):
        assert await collected(flyte.map.aio(scaled_async, range(5))) == [0, 10, 20, 30, 40]
    assert host.most_unfinished == 5


async def test_at_most_concurrency_async_calls_are_unfinished() -> None:
    host = FakeHost()
    with inside(host):
        results = await collected(flyte.map.aio(scaled_async, range(50), concurrency=3))
    assert results == [number * 10 for number in range(50)]
    assert host.most_unfinished == 3


async def test_a_slow_async_call_does_not_hold_up_those_behind_it() -> None:
    last_ran = asyncio.Event()

    @env.task
    async def first_waits_for_the_last(x: int) -> int:
        if x == 9:
            last_ran.set()
        if x == 0:
            await asyncio.wait_for(last_ran.wait(), timeout=10)
        return x

    with inside(FakeHost()):
        results = flyte.map.aio(first_waits_for_the_last, range(10), concurrency=2, return_exceptions=False)
        assert await collected(results) == list(range(10))


async def test_an_endless_input_is_read_as_far_as_the_window_in_async_code() -> None:
    host = FakeHost()
    with inside(host):
        results = flyte.map.aio(scaled_async, itertools.count())
        assert [await anext(results) for _ in range(3)] == [0, 10, 20]
        await results.aclose()
    assert len(host.calls) == WINDOW + 3


async def test_the_first_async_failure_is_raised_when_asked_for() -> None:
    host = FakeHost()
    with inside(host), pytest.raises(ValueError, match="one"):
        await collected(flyte.map.aio(picky, range(5), return_exceptions=False))


async def test_async_failures_are_values_by_default() -> None:
    with inside(FakeHost()):
        assert repr(await collected(flyte.map.aio(picky, range(3)))) == "[0, ValueError('one'), 2]"


@pytest.mark.parametrize("concurrency", [0, 2])
async def test_an_input_that_fails_is_raised_after_the_results_before_it(concurrency: int) -> None:
    def inputs() -> Iterator[int]:
        yield from range(5)
        raise OSError("file is gone")

    async def consume_async() -> None:
        async for result in flyte.map.aio(scaled_async, inputs(), concurrency=concurrency):
            awaited.append(result)

    def consume() -> None:
        for result in flyte.map(scaled, inputs(), concurrency=concurrency):
            blocking.append(result)

    awaited: list[int] = []
    blocking: list[int] = []
    with inside(FakeHost()):
        with pytest.raises(OSError, match="file is gone"):
            await consume_async()
        with pytest.raises(OSError, match="file is gone"):
            consume()
    assert awaited == blocking == [0, 10, 20, 30, 40]


async def test_async_calls_are_cancelled_when_nobody_wants_them() -> None:
    started = asyncio.Event()

    @env.task
    async def waits(x: int) -> int:
        if x > 0:
            await started.wait()
        return x

    host = FakeHost()
    with inside(host):
        results = flyte.map.aio(waits, range(4))
        assert await anext(results) == 0
        await results.aclose()
    await asyncio.sleep(0)
    assert host.cancelled == 3
