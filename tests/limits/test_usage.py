"""What attempts may use, what they used, and how both are told."""

from __future__ import annotations

import asyncio
import pickle
import resource
from collections.abc import Callable
from typing import Any

import pytest

import flyte
from flyte import errors
from flyte.portable_errors import attributes_of, unpack
from flyte.resources import bytes_of
from flyte.runtime.failure import exception_of, failure_of
from flyte.runtime.nested import LocalError
from flyte.runtime.references import engine_fields
from flyte.runtime.usage import (
    Bounds,
    ProcessUsage,
    as_coroutine,
    bounds_of,
    explained,
    memory_needs,
    take_step,
    take_steps,
)

env = flyte.TaskEnvironment("usage")
MIB = 1 << 20


@pytest.mark.parametrize(
    ("quantity", "size"),
    [("512Mi", 512 * MIB), ("2G", 2 * 10**9), ("1e9", 10**9), ("1.5Gi", 1536 * MIB), ("100", 100), (" 1Ki ", 1024)],
)
def test_quantities_of_memory_are_bytes(quantity: str, size: int) -> None:
    assert bytes_of(quantity) == size


@pytest.mark.parametrize(
    ("memory", "needs"),
    [
        (None, (0, 0, False)),
        ("512Mi", (512 * MIB, 512 * MIB, False)),
        (("256Mi", "1Gi"), (256 * MIB, 1024 * MIB, False)),
        ("auto", (0, 0, True)),
    ],
)
def test_the_limit_is_the_second_of_a_pair(memory: Any, needs: tuple[int, int, bool]) -> None:
    @env.task(resources=flyte.Resources(memory=memory))
    def task() -> None: ...

    assert memory_needs(task) == needs
    assert engine_fields(task, by_name=True).needs[1:4] == needs


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        (None, (0, 0, 0)),
        (3, (3, 0, 0)),
        ("1h", (3600, 0, 0)),
        (flyte.Timeout(max_runtime=1, max_queued_time="2s", deadline=3), (1, 2, 3)),
    ],
)
def test_timeouts_reach_the_engine_in_seconds(timeout: Any, seconds: tuple[float, float, float]) -> None:
    @env.task(timeout=timeout)
    def task() -> None: ...

    assert engine_fields(task, by_name=True).time == seconds


def test_most_tasks_have_no_bounds() -> None:
    @env.task
    def task() -> None: ...

    assert bounds_of(task) is None


def test_a_value_may_be_as_large_as_the_limit() -> None:
    bounds = Bounds(100, 0)
    bounds.check_size("inputs", b"x" * 100, "t")
    with pytest.raises(errors.InlineIOMaxBytesBreached, match="the inputs of task `t` have 101 bytes"):
        bounds.check_size("inputs", b"x" * 101, "t")


def test_the_limit_of_the_process_is_as_before_afterwards() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)

    def allocate() -> None:
        with Bounds(None, MIB).limiting_memory():
            bytearray(1 << 36)

    with pytest.raises(MemoryError):
        allocate()
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


# --- steps --------------------------------------------------------------------------------------------------------


def driven(function: Callable[[], Any], used: list[int]) -> Any:
    async def drive() -> Any:
        steps = as_coroutine(function())
        try:
            awaited = take_step(steps.send, None, used, None)
        except StopIteration as done:
            return done.value
        return await take_steps(steps, awaited, used, None)

    return asyncio.run(drive())


async def returns() -> int:
    return 1


async def waits_and_returns() -> int:
    for _ in range(3):
        await asyncio.sleep(0)
    return 2


async def catches() -> int:
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0)
    except TimeoutError:
        return 3
    except asyncio.TimeoutError:  # before Python 3.11
        return 3
    return 0


class Awaitable:
    def __await__(self) -> Any:
        return waits_and_returns().__await__()


@pytest.mark.parametrize(("function", "value"), [(returns, 1), (waits_and_returns, 2), (catches, 3), (Awaitable, 2)])
def test_a_coroutine_in_steps_is_the_coroutine(function: Callable[[], Any], value: int) -> None:
    used = [0]
    assert driven(function, used) == value
    assert used[0] > 0


def test_an_error_in_a_later_step_is_the_coroutines_own() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise KeyError("here")

    with pytest.raises(KeyError, match="here"):
        driven(fails, [0])


def test_cancelling_reaches_the_coroutine() -> None:
    seen = []

    async def listens() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def drive() -> None:
        steps = listens()
        task = asyncio.ensure_future(take_steps(steps, take_step(steps.send, None, [0], None), [0], None))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(drive())
    assert seen == ["cancelled"]


def test_the_peak_of_a_process_can_be_forgotten() -> None:
    usage = ProcessUsage()
    usage.begin()
    held = b"x" * (256 * MIB)
    assert len(held) == 256 * MIB
    _, with_it = usage.spent()
    del held
    usage.begin()
    _, without = usage.spent()
    assert without < with_it - 200 * MIB


# --- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [errors.MaxRuntimeExceededError, errors.MaxQueuedTimeExceededError, errors.DeadlineExceededError]
)
def test_every_timeout_is_a_timeout_error(kind: type[errors.TaskTimeoutError]) -> None:
    error = kind("too late")
    assert isinstance(error, TimeoutError)
    assert isinstance(error, errors.RuntimeUserError)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.code) == (kind, "too late", kind.__name__)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("MAX_RUNTIME_EXCEEDED", errors.MaxRuntimeExceededError),
        ("QUEUED_TIMEOUT_EXCEEDED", errors.MaxQueuedTimeExceededError),
        ("DEADLINE_EXCEEDED", errors.DeadlineExceededError),
    ],
)
def test_timeouts_that_the_engine_found_have_classes(code: str, kind: type[BaseException]) -> None:
    error = exception_of(LocalError(code, "user", "ran for long"))  # type: ignore[arg-type]
    assert (type(error), str(error)) == (kind, "ran for long")


def test_what_the_engine_knows_of_an_error_becomes_its_attributes() -> None:
    recorded = LocalError("OOMError", "user", "it took too much")
    recorded.payload = b'{"peak": 7, "limit": 5}'
    error = exception_of(recorded)  # type: ignore[arg-type]
    assert isinstance(error, errors.OOMError)
    assert isinstance(error, MemoryError)
    assert (error.peak, error.limit, error.code) == (7, 5, "OOMError")
    assert unpack(recorded.payload) is None


def test_a_pickled_exception_has_no_attributes_of_the_engines() -> None:
    assert attributes_of(pickle.dumps(ValueError())) == {}
    assert attributes_of(b"") == {}


def test_a_failed_allocation_is_told_as_out_of_memory_with_what_is_known() -> None:
    error = MemoryError()
    explained(error, 7, 5)
    fields = failure_of(error)
    assert fields.code == "OOMError"
    assert fields.message == "an allocation failed; the process had 7 bytes of memory, and its limit is 5"
    recorded = LocalError(fields.code, "user", fields.message)
    recorded.payload = fields.payload
    copy = exception_of(recorded)  # type: ignore[arg-type]
    assert isinstance(copy, errors.OOMError)
    assert (copy.peak, copy.limit, str(copy)) == (7, 5, fields.message)


def test_an_error_that_says_something_keeps_its_words() -> None:
    error = MemoryError("no room")
    explained(error, 7, 0)
    assert (str(error), error.limit) == ("no room", None)  # type: ignore[attr-defined]
