"""Recovered runs whose tasks ask for other things than their journal holds: told when it is the task's own doing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.program import Programs

FLOW = """
import asyncio, os, signal
import flyte, flyte.durable
env = flyte.TaskEnvironment("e")

def count() -> int:
    with open("counter", "a+") as file:
        file.write(".")
        return file.tell()

@env.task
async def child(x: int) -> int:
    return x

async def die_once() -> None:
    await flyte.durable.sleep.aio(0.05)
    if not os.path.exists("died"):
        open("died", "w").close()
        os.kill(int(os.environ["DRIVER"]), signal.SIGKILL)
        await asyncio.Event().wait()

@flyte.trace
async def step(x: int) -> int:
    return await inner(x)

@flyte.trace
async def inner(x: int) -> int:
    return x

"""
FOOT = """
if __name__ == "__main__":
    os.environ["DRIVER"] = str(os.getpid())
    context = flyte.with_runcontext(name=os.environ["RUN"], executor=os.environ["EXECUTOR"])
    if os.environ["RUN"] == "first":
        context.run(main, n=1)
    else:
        inputs = {"n": int(os.environ["N"])} if "N" in os.environ else {}
        context.rerun("first", recover=True, **inputs)
"""


class Flow:
    """A flow whose first run is killed and whose second one recovers that."""

    def __init__(self, program: Programs) -> None:
        self.folder: Path = program.folder
        self.environment = program.environment

    def run(self, main: str, name: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run, or recover, what the flow is now."""
        (self.folder / "flow.py").write_text(FLOW + main + FOOT)
        return subprocess.run(
            [sys.executable, "flow.py"],
            cwd=self.folder,
            env=self.environment | {"RUN": name} | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def flow(program: Programs) -> Flow:
    return Flow(program)


def line_of(main: str, text: str) -> int:
    """The line of the flow where a text is."""
    return (FLOW + main).split(text)[0].count("\n") + 1


def recovered(flow: Flow, before: str, after: str, **variables: str) -> str:
    """What the recovery said."""
    first = flow.run(before, "first")
    assert first.returncode == -9, first.stderr
    again = flow.run(after, "second", **variables)
    assert again.returncode == 0, again.stderr
    return again.stderr


BY_COUNTER = """
@env.task
async def main(n: int) -> int:
    got = await child(count())
    await die_once()
    return got
"""


def test_a_recovered_task_that_asks_for_another_child_is_told_what_was_expected_and_asked_where(flow: Flow) -> None:
    said = recovered(flow, BY_COUNTER, BY_COUNTER)
    assert "`main` is not deterministic: it did not ask for `child(x=1)`" in said
    assert f"but for `child(x=2)` (flow.py:{line_of(BY_COUNTER, 'await child(count')})" in said
    assert said.count("not deterministic") == 1


BELOW = """
@env.task
async def middle() -> int:
    got = await step(count())
    await die_once()
    return got

@env.task
async def main(n: int) -> int:
    return await middle()
"""


def test_steps_of_an_action_below_are_compared_too(flow: Flow) -> None:
    said = recovered(flow, BELOW, BELOW)
    assert "`middle` is not deterministic: it did not ask for `step(x=1)`" in said
    assert f"but for `step(x=2)` (flow.py:{line_of(BELOW, 'await step(count')})" in said
    assert "inner" not in said


INTERRUPTED = """
@env.task
async def main(n: int) -> int:
    got = [await child(n), await step(1)]
    await die_once()
    got += [await child(x) for x in range(10, 13)] + [await step(2)]
    return sum(got)
"""


def test_a_run_that_was_only_interrupted_is_told_nothing(flow: Flow) -> None:
    assert "deterministic" not in recovered(flow, INTERRUPTED, INTERRUPTED)


def test_a_root_with_other_inputs_is_told_nothing(flow: Flow) -> None:
    assert "deterministic" not in recovered(flow, INTERRUPTED, INTERRUPTED, N="5")


def test_a_root_with_other_code_is_told_nothing(flow: Flow) -> None:
    assert "deterministic" not in recovered(flow, INTERRUPTED, INTERRUPTED.replace("child(n)", "child(n + 7)"))


CALLER_OF_EDITED = """
@env.task
async def edited(x: int) -> int:
    return x

@env.task
async def main(n: int) -> int:
    got = await child(await edited(1))
    await die_once()
    return got
"""


def test_a_caller_of_an_edited_task_is_told_nothing(flow: Flow) -> None:
    after = CALLER_OF_EDITED.replace("return x\n", "return x + 1\n")
    assert "deterministic" not in recovered(flow, CALLER_OF_EDITED, after)


def test_an_action_whose_worker_died_is_compared_with_its_first_start(program: Programs) -> None:
    if program.executor == "inline":
        pytest.skip("its one worker is the driver itself")
    ran = program("""
        import signal

        @env.task
        async def child(x: int) -> int:
            return x

        @env.task
        async def main() -> int:
            with open("counter", "a+") as file:
                file.write(".")
                starts = file.tell()
            got = await child(starts)
            if starts == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return got
    """)
    assert ran.result == 2
    assert "`main` is not deterministic: it did not ask for `child`" in ran.stderr
    assert "`child(x=2)` (program.py:" in ran.stderr
