"""A short campaign of misfortunes; `make chaos` is the long one. And what it has found, one thing at a time."""

import os
import signal
import sys

import pytest

from tests.faults.scene import PATIENCE, Scene, ended, said, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and preloads a library")

SEEDS = (2, 4, 7, 10, 33, 60, 67, 84, 1016, 2150)
"""One that showed something each, and enough to have every kind of misfortune and of program."""

RETRYING = """
from datetime import timedelta

@env.task(retries=flyte.RetryStrategy(count=2, backoff=flyte.Backoff(timedelta(seconds=0.5))))
async def flaky() -> int:
    if flyte.ctx().attempt_number < 1:
        raise RuntimeError("the first attempt")
    return 7

@env.task
async def main() -> int:
    return await flaky()
"""

WRITING = """
@env.task
async def step(n: int) -> int:
    return n

@env.task
async def main() -> int:
    total = await step(1)
    open("begun", "w").close()
    while not os.path.exists("go"):
        await asyncio.sleep(0.01)
    print("a line for the log")
    return total + await step(2)
"""


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_befalls_a_run_it_is_recovered_to_the_right_answer(seed: int) -> None:
    from tests.faults.chaos.campaign import tell

    story = tell(seed)
    assert story.problem is None, f"{story}\n{story.problem}\n{story.reproduce}"


@pytest.fixture
def machine(scene: Scene):  # type: ignore[no-untyped-def]
    """A disk and a clock that obey the test."""
    from tests.faults.chaos.machine import Machine, shim

    if shim() is None:
        pytest.skip("there is no C compiler here")
    return Machine(scene.folder, scene.home)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_that_is_set_neither_delays_nor_hastens_a_retry(scene: Scene, machine, days: int) -> None:  # type: ignore[no-untyped-def]
    scene.write(RETRYING)
    run = scene.flyte("run", "program.py", "main", "-of", "value", **machine.variables)
    wait_for(lambda: scene.home.exists() and any(scene.home.glob("runs/*/journal.db")), "the run")
    wait_for(lambda: "flaky.0" in scene.actions() and scene.actions()["flaky.0"].phase == "retrying", "the first end")
    machine["clock"] = days * 86_400 * 1_000_000
    assert ended(run).strip() == "7"
    action = scene.actions()["flaky.0"]
    assert action.ended_at is not None
    assert 0.5 <= action.ended_at - action.queued_at < PATIENCE


def test_a_full_disk_names_the_folder_and_the_way_on_also_when_only_the_log_does_not_fit(scene: Scene, machine) -> None:  # type: ignore[no-untyped-def]
    scene.write(WRITING)
    run = scene.flyte("run", "program.py", "main", "--name", "first", **machine.variables)
    scene.file("begun")
    machine["room"] = 0
    (scene.folder / "go").touch()
    err = said(run, status=4)
    assert str(scene.home / "runs" / "first") in err
    assert "FLYTE_HOME" in err
    assert "flyte rerun first --recover" in err
    again = said(scene.flyte("rerun", "first", "--recover", **machine.variables), status=4)
    assert str(scene.home) in again
    assert "damaged" not in again
    machine.heal()
    assert ended(scene.flyte("rerun", "first", "--recover", "-of", "value", **machine.variables)).strip() == "3"


def test_a_disk_that_fills_up_at_the_start_of_a_run_says_whether_anything_was_recorded(scene: Scene, machine) -> None:  # type: ignore[no-untyped-def]
    scene.write(WRITING)
    (scene.folder / "go").touch()
    ways_on = set()
    for room in range(0, 64_000, 4_000):
        home = scene.home / str(room)
        variables = machine.variables | {"FLYTE_HOME": str(home)}
        machine["room"] = room
        run = scene.flyte("run", "program.py", "main", "--name", "first", **variables)
        _, err = run.communicate(timeout=PATIENCE)
        machine.heal()
        assert run.returncode in (0, 4), err
        if run.returncode == 4:
            assert str(home) in err
            assert "FLYTE_HOME" in err
            is_recorded = "flyte rerun first --recover" in err
            ways_on.add(is_recorded)
            again = scene.flyte("rerun", "first", "--recover", "-of", "value", **variables)
            assert ended(again).strip() == "3" if is_recorded else said(again, status=2)
    assert ways_on == {True, False}


def test_what_a_killed_driver_left_is_gone_after_the_next_run(scene: Scene) -> None:
    scene.write(WRITING)
    run = scene.flyte("run", "program.py", "main", "--name", "first", TMPDIR="")
    scene.file("begun")
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=PATIENCE)
    folder = scene.home / "runs" / "first"
    half_written = [folder / "blobs" / "abc.7-0.tmp", folder / "data" / "blobs" / ".arriving-7-abc"]
    for file in half_written:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"half")
    (scene.folder / "go").touch()
    ended(scene.flyte("rerun", "first", "--recover", TMPDIR=""))
    left = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert left - {"journal.db-shm", "journal.db-wal"} == {"journal.db", "logs"}
