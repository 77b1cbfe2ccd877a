"""Promises about retries, time, checkpoints and traces: what a task that starts again finds."""

from __future__ import annotations

import os

from flyte._core import ActionView
from tests.conformance.promises.promise import Kills, Noted, Promise, Runs, Says, Scene, Sees, Starts, Writes

SPELLINGS = """
from flyte import Timeout

async def endless() -> None:
    try:
        await asyncio.sleep(1000)
    finally:
        note("cancelled")

@env.task
async def main() -> list[str]:
    found = []
    for spelled in (1, 0.2, timedelta(seconds=0.2), "200ms", Timeout(max_runtime=0.2)):
        task = env.task(timeout=spelled)(endless)
        try:
            await task()
        except flyte.errors.MaxRuntimeExceededError as error:
            found.append(f"{error.code} {isinstance(error, TimeoutError)}")
    await env.task(timeout="1h")(quick)()
    return found

async def quick() -> None: ...
"""


def is_gone(scene: Scene) -> bool:
    """Whether the process that noted its number is not there any more."""
    number = int(scene.file("process").read_text())
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    return False


def actions(scene: Scene) -> list[ActionView]:
    """All actions of the latest run."""
    tree = scene.trees()[-1]
    return [tree.action(ordinal) for ordinal in range(len(tree))]


def is_asleep(scene: Scene) -> bool:
    """Whether it is recorded that the latest run sleeps."""
    if not (scene.home / "runs" / "sleeping" / "journal.db").exists():
        return False
    return any((action.short_name, action.phase) == ("sleep", "paused") for action in actions(scene))


def rests(scene: Scene) -> bool:
    """Whether the latest durable sleep was shorter than it was asked for: the rest of one that began before."""
    sleep = next(action for action in actions(scene) if action.short_name == "sleep")
    assert sleep.ended_at is not None
    return sleep.phase == "succeeded" and sleep.ended_at - sleep.queued_at < float(sleep.inputs[0][1])


STUBBORN = """
@env.task(timeout=0.2)
{keyword}def stubborn() -> None:
    with open("process", "w") as file:
        file.write(str(os.getpid()))
    {wait}

@env.task
async def main() -> str:
    try:
        await stubborn.aio()
    except flyte.errors.MaxRuntimeExceededError as error:
        return error.code
    return ""
"""
ENDED = Says("run program.py main -q --grace 0.2", "MAX_RUNTIME_EXCEEDED")
LEFT_BEHIND = "a thread cannot be killed: the action ends with its error, and its code is left behind"

RETRIES = (
    Promise(
        "retries",
        "a failed task is tried again as often as said, with the backoff that was said",
        "surface.md 2.6",
        """
        growing = flyte.Backoff(base=timedelta(seconds=0.05), factor=3.0, cap=timedelta(seconds=0.1))

        @env.task(retries=flyte.RetryStrategy(2, backoff=growing))
        async def third_time() -> int:
            note(time.monotonic())
            if flyte.ctx().attempt_number < 2:
                raise ValueError("again")
            return flyte.ctx().attempt_number

        @env.task(retries=1)
        async def never() -> None:
            raise KeyError(flyte.ctx().attempt_number)

        @env.task
        async def main() -> list[str]:
            try:
                await never()
            except KeyError as error:
                found = [str(await third_time()), str(error)]
            first, second, third = map(float, open("notes"))
            return [*found, str(second - first >= 0.05 and third - second >= 0.1)]
        """,
        (
            Runs(["2", "1", "True"]),
            Sees(lambda scene: [scene.trees()[0].action(n).attempts for n in range(3)], [1, 2, 3]),
        ),
    ),
    Promise(
        "non-recoverable",
        "`NonRecoverableError` ends the retries",
        "surface.md 2.6",
        """
        @env.task(retries=5)
        def hopeless() -> None:
            raise flyte.errors.NonRecoverableError("no use")

        @env.task
        def main() -> str:
            try:
                hopeless()
            except flyte.errors.NonRecoverableError as error:
                return str(error)
        """,
        (Runs("no use"), Sees(lambda scene: scene.trees()[0].action(1).attempts, 1)),
    ),
    Promise(
        "timeout-spellings",
        "`timeout=` takes numbers, timedeltas, texts and `Timeout`; an async action is cancelled where it waits",
        "limits.md",
        SPELLINGS,
        (Runs(["MAX_RUNTIME_EXCEEDED True"] * 5), Noted(("cancelled",) * 5)),
    ),
    Promise(
        "timeout-queue",
        "`max_queued_time` ends an action that gets no worker in time, with its own error",
        "limits.md",
        """
        @env.task
        def holds() -> None:
            while not os.path.exists("done"):
                time.sleep(0.001)

        @env.task(timeout=flyte.Timeout(max_queued_time=0.2))
        def waits() -> None: ...

        @env.task
        async def main() -> str:
            holding = asyncio.gather(*[holds.aio() for _ in range(200)])
            await asyncio.sleep(0)
            try:
                return await waits.aio() or "it ran"
            except flyte.errors.MaxQueuedTimeExceededError as error:
                return error.code
            finally:
                open("done", "w").close()
                await holding
        """,
        (Runs("QUEUED_TIMEOUT_EXCEEDED"),),
        needs_process="sync actions have threads, and one more is always to be had",
        inline=(Runs("it ran"),),
    ),
    Promise(
        "timeout-deadline",
        "`deadline` counts retries and waits too, and takes the children along",
        "limits.md",
        """
        @env.task
        async def endless() -> None:
            await asyncio.sleep(1000)

        @env.task(timeout=flyte.Timeout(deadline=0.4))
        async def parent() -> None:
            await endless()

        again = flyte.RetryStrategy(1000, flyte.Backoff(timedelta(seconds=0.05)))

        @env.task(timeout=flyte.Timeout(deadline=0.4), retries=again)
        async def failing() -> None:
            raise ValueError("again")

        @env.task
        async def main() -> list[str]:
            found = await asyncio.gather(parent(), failing(), return_exceptions=True)
            return [f"{type(error).__name__} {error.code}" for error in found]
        """,
        (
            Runs(["DeadlineExceededError DEADLINE_EXCEEDED"] * 2),
            Sees(
                lambda scene: sorted((view.short_name, view.phase) for view in actions(scene)),
                [("endless", "aborted"), ("failing", "failed"), ("main", "succeeded"), ("parent", "failed")],
            ),
        ),
    ),
    Promise(
        "timeout-kills-async",
        "an async action that does not heed its cancellation loses its process after the grace period",
        "limits.md",
        STUBBORN.format(
            keyword="async ",
            wait="""try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        while True:
            sum(range(1000))""",
        ),
        (ENDED, Sees(is_gone)),
        needs_process="the loop is that of the run: code that never yields holds it for good",
    ),
    Promise(
        "timeout-kills-sync",
        "a sync action beyond its limit loses its process",
        "limits.md",
        STUBBORN.format(keyword="", wait="threading.Event().wait(1000)"),
        (ENDED, Sees(is_gone)),
        needs_process=LEFT_BEHIND,
        inline=(ENDED,),
    ),
    Promise(
        "durable-time",
        "`flyte.durable.time` and `now` are what they were when a task starts again, also in a recovered run",
        "traces.md",
        """
        @env.task(retries=1)
        async def main() -> bool:
            note([flyte.durable.time(), (await flyte.durable.now.aio()).isoformat()])
            if not os.path.exists("second"):
                open("second", "w").close()
                raise ValueError("once")
            if not os.path.exists("fixed"):
                raise flyte.errors.NonRecoverableError("not yet")
            return len(set(open("notes").read().split("\\n"))) == 2
        """,
        (Says("run program.py main", status=1), Writes("fixed"), Says("rerun @ --recover -q", "True")),
    ),
    Promise(
        "durable-sleep",
        "`flyte.durable.sleep` goes on where it was after a restart",
        "traces.md",
        """
        @env.task
        async def main() -> int:
            await flyte.durable.sleep.aio(1)
            return 1
        """,
        (
            Starts("run program.py main --name sleeping -q", is_asleep),
            Kills(),
            Says("rerun sleeping --recover -q", "1"),
            Sees(rests),
        ),
    ),
    Promise(
        "checkpoints",
        "a checkpoint survives retries and recovery",
        "traces.md",
        """
        @env.task(retries=1)
        async def main() -> int:
            checkpoint = flyte.ctx().checkpoint
            found = await checkpoint.load()
            at = int(found.read_text()) if found else 0
            await checkpoint.save(str(at + 1).encode())
            if at < 2:
                raise ValueError("again")
            return at
        """,
        (Says("run program.py main", status=1), Says("rerun @ --recover -q", "2")),
    ),
)


TRACED = """
@flyte.trace
async def fetch(x: int) -> int:
    note(f"fetch {x}")
    return 2 * x

@flyte.trace
def plain(x: int) -> int:
    note(f"plain {x}")
    return x

@flyte.trace
def count(n: int):
    for i in range(n):
        note(f"count {i}")
        yield i

@flyte.trace
async def count_async(n: int):
    for i in range(n):
        note(f"async {i}")
        yield i

def broken():
    return flyte.ctx().attempt_number == 0 or not os.path.exists("fixed")

@env.task(retries=1)
def sync_task() -> int:
    got = plain(7) + sum(count(2))
    if broken():
        raise ValueError("again")
    return got

@env.task(retries=1)
async def main() -> list[int]:
    @flyte.trace
    async def inner(x: int) -> int:
        note("inner")
        return await fetch(x)

    got = [await fetch(1), await inner(5), plain(3), *count(2), *[i async for i in count_async(2)]]
    if flyte.ctx().attempt_number == 0:
        raise ValueError("again")
    return [*got, await sync_task.aio()]
"""
STEPS = (
    "fetch 1",
    "inner",
    "fetch 5",
    "plain 3",
    "count 0",
    "count 1",
    "async 0",
    "async 1",
    "plain 7",
    "count 0",
    "count 1",
)

TRACES = (
    Promise(
        "traces",
        "`@flyte.trace` on every kind of function, in sync and async tasks: on retry and recovery none is called again",
        "traces.md",
        TRACED,
        (
            Says("run program.py main", status=1),
            Noted(STEPS),
            Writes("fixed"),
            Says("rerun @ --recover -of value", "[2, 10, 3, 0, 1, 0, 1, 8]"),
            Noted(()),
        ),
    ),
    Promise(
        "traces-recorded",
        "a traced call is recorded with its inputs, outputs and times",
        "traces.md",
        """
        @flyte.trace
        async def fetch(x: int) -> int:
            return 2 * x

        @env.task
        async def main() -> int:
            return await fetch(4)
        """,
        (
            Runs(8),
            Sees(
                lambda scene: [(each.label, each.phase, each.inputs, each.outputs) for each in actions(scene)[1:]],
                [("fetch.0", "succeeded", [("x", "4")], [("o0", "8")])],
            ),
            Sees(
                lambda scene: actions(scene)[0].started_at <= actions(scene)[1].started_at <= actions(scene)[1].ended_at
            ),
        ),
    ),
)
