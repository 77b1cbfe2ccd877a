"""How many at once, and how often: the same for both executors."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

import flyte
from flyte import Throttle

Executor = Any
Span = tuple[float, float]

plain = flyte.TaskEnvironment("flow_plain")
narrow = flyte.TaskEnvironment("flow_narrow", max_concurrency=2)
heavy = flyte.TaskEnvironment("flow_heavy", resources=flyte.Resources(cpu=64, memory="9000Ti"))

A_MOMENT = 0.02


def most_at_once(spans: list[Span]) -> int:
    """How many of them overlap at most; one that ends as another begins does not."""
    changes = sorted(
        [(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans], key=lambda at: (at[0], at[1])
    )
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


async def a_moment() -> Span:
    start = time.monotonic()
    await asyncio.sleep(A_MOMENT)
    return start, time.monotonic()


@narrow.task
async def in_environment() -> Span:
    return await a_moment()


@narrow.task
async def in_environment_too() -> Span:
    return await a_moment()


@plain.task(max_concurrency=1)
async def alone() -> Span:
    return await a_moment()


@plain.task(max_concurrency=1)
def alone_and_sync() -> Span:
    start = time.monotonic()
    time.sleep(A_MOMENT)
    return start, time.monotonic()


@plain.task
async def free() -> Span:
    return await a_moment()


@plain.task(throttle=Throttle("api", concurrency=2))
async def throttled() -> Span:
    return await a_moment()


@plain.task
async def in_its_body() -> Span:
    async with Throttle("body", concurrency=2):
        return await a_moment()


@plain.task
def in_its_sync_body() -> Span:
    with Throttle("body", concurrency=1):
        start = time.monotonic()
        time.sleep(A_MOMENT)
        return start, time.monotonic()


@plain.task(throttle=Throttle("rate", rate="2/200ms"))
async def rated() -> float:
    return time.monotonic()


@plain.task(max_concurrency=1)
async def factorial(n: int) -> int:
    return 1 if n == 0 else n * await factorial(n - 1)


@plain.task
async def all_of(name: str, count: int) -> list[Span]:
    tasks = {task.short_name: task for task in (alone, free, throttled, in_its_body)}
    return list(await asyncio.gather(*(tasks[name]() for _ in range(count))))


@plain.task
async def both_of_the_environment() -> list[Span]:
    calls = [task() for _ in range(4) for task in (in_environment, in_environment_too)]
    return list(await asyncio.gather(*calls))


@plain.task
async def all_sync(in_body: bool) -> list[Span]:
    task = in_its_sync_body if in_body else alone_and_sync
    return list(await asyncio.gather(*(task.aio() for _ in range(3))))


@plain.task
async def starts_of_rated(count: int) -> list[float]:
    return sorted(await asyncio.gather(*(rated() for _ in range(count))))


@plain.task
async def one_fails_inside_a_throttle() -> int:
    @plain.task
    async def breaks() -> None:
        async with Throttle("breaking", concurrency=1):
            raise ValueError("inside")

    results = await asyncio.gather(*(breaks() for _ in range(3)), return_exceptions=True)
    return sum(isinstance(result, ValueError) for result in results)


@heavy.task
async def big() -> Span:
    return await a_moment()


@plain.task
async def three_big() -> list[Span]:
    return list(await asyncio.gather(big(), big(), big()))


@plain.task
async def devices() -> list[str]:
    env = flyte.TaskEnvironment("flow_gpu", resources=flyte.Resources(gpu=1))

    @env.task
    def visible() -> str:
        return os.environ["CUDA_VISIBLE_DEVICES"]

    return sorted(await asyncio.gather(visible.aio(), visible.aio()))


@pytest.fixture(params=["process", "inline"])
def executor(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Executor:
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path))
    return request.param


def outputs(executor: Executor, task: Any, **inputs: Any) -> Any:
    return flyte.with_runcontext(executor=executor).run(task, **inputs).outputs()[0]


@pytest.mark.parametrize(("name", "most"), [("alone", 1), ("throttled", 2), ("in_its_body", 2)])
def test_no_more_at_once_than_was_said(executor: Executor, name: str, most: int) -> None:
    assert most_at_once(outputs(executor, all_of, name=name, count=6)) <= most


def test_what_is_not_limited_runs_at_once(executor: Executor) -> None:
    assert most_at_once(outputs(executor, all_of, name="free", count=6)) > 2


def test_an_environment_counts_all_its_tasks(executor: Executor) -> None:
    assert most_at_once(outputs(executor, both_of_the_environment)) <= 2


@pytest.mark.parametrize("in_body", [False, True])
def test_sync_tasks_are_limited_too(executor: Executor, in_body: bool) -> None:
    assert most_at_once(outputs(executor, all_sync, in_body=in_body)) == 1


def test_a_run_may_limit_all_its_actions(executor: Executor) -> None:
    run = flyte.with_runcontext(executor=executor, max_action_concurrency=2).run(all_of, name="free", count=6)
    assert most_at_once(run.outputs()[0]) <= 2


def test_a_task_that_calls_itself_does_not_wait_for_itself(executor: Executor) -> None:
    assert outputs(executor, factorial, n=5) == 120


def test_a_rate_is_kept(executor: Executor) -> None:
    starts = outputs(executor, starts_of_rated, count=5)
    # From the third on, each comes a window after the one two before it; half of that leaves room for busy machines.
    assert all(later - earlier >= 0.1 for earlier, later in zip(starts, starts[2:], strict=False))


def test_a_failure_gives_its_permit_back(executor: Executor) -> None:
    assert outputs(executor, one_fails_inside_a_throttle) == 3


def test_what_asks_for_more_than_the_machine_has_runs_alone_with_all_of_it(executor: Executor) -> None:
    assert most_at_once(outputs(executor, three_big)) == 1


def test_gpus_are_assigned_one_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert outputs("process", devices) == ["3", "5"]


def test_a_throttle_in_a_loop_says_how_to_wait_there(executor: Executor) -> None:
    env = flyte.TaskEnvironment("flow_wrong")

    @env.task
    async def wrong() -> None:
        with Throttle("x", concurrency=1):
            pass

    with pytest.raises(RuntimeError, match="use `async with`"):
        flyte.with_runcontext(executor=executor).run(wrong)
