"""Runs that are stopped from outside: ctrl-C, signals, `flyte abort`, and a driver that is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flyte._core import RunTree, list_runs
from tests.faults.scene import PATIENCE, Scene, ended, family, is_alive, none_is_left, said, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

ENDLESS = """
def begun(name):
    open(f"begun-{name}", "w").close()

def cleaned(name):
    open(f"cleaned-{name}", "w").close()

@env.task
async def waits() -> None:
    try:
        begun("async")
        await asyncio.Event().wait()
    finally:
        cleaned("async")

@env.task
def sleeps() -> None:
    try:
        begun("sync")
        time.sleep(600)
    finally:
        cleaned("sync")

@env.task
def blocked() -> None:
    try:
        begun("blocked")
        waits()
    finally:
        cleaned("blocked")

@env.task
async def main() -> None:
    try:
        await asyncio.gather(waits(), sleeps.aio())
    finally:
        cleaned("main")

if __name__ == "__main__":
    flyte.run(main)
"""

STUBBORN = """
@env.task
def deaf() -> None:
    while True:
        try:
            open("deaf", "w").close()
            time.sleep(600)
        except BaseException:
            open("told", "w").close()

@env.task
async def main() -> None:
    await deaf.aio()
"""


def cleaned(scene: Scene) -> set[str]:
    return {file.name.partition("-")[2] for file in scene.folder.glob("cleaned-*")}


@pytest.mark.parametrize("whom", ["the driver", "everybody"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_lets_tasks_clean_up_and_records_the_run_as_aborted(
    scene: Scene, number: signal.Signals, whom: str
) -> None:
    scene.write(ENDLESS)
    run = scene.flyte("run", "program.py", "main")
    scene.file("begun-async")
    scene.file("begun-sync")
    processes = family(run.pid)
    if whom == "the driver":
        os.kill(run.pid, number)
    else:
        os.killpg(run.pid, number)  # as a terminal does
    assert "Traceback" not in said(run, status=130)
    assert cleaned(scene) == {"async", "sync", "main"}
    assert scene.tree.phase == "aborted"
    assert {action.phase for action in scene.actions().values()} == {"aborted"}
    none_is_left(processes)


def test_an_interrupted_program_raises_what_stopped_it(scene: Scene) -> None:
    scene.write(ENDLESS)
    run = scene.python("program.py")
    scene.file("begun-async")
    scene.file("begun-sync")
    os.kill(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=PATIENCE)
    assert run.returncode != 0
    assert "ctrl-C" in err
    assert cleaned(scene) == {"async", "sync", "main"}
    assert scene.tree.phase == "aborted"


def test_a_task_that_does_not_listen_gets_its_grace_and_no_more(scene: Scene) -> None:
    scene.write(STUBBORN)
    run = scene.flyte("run", "program.py", "main", "--grace", "0.2")
    scene.file("deaf")
    processes = family(run.pid)
    os.kill(run.pid, signal.SIGINT)
    said(run, status=130)
    assert (scene.folder / "told").exists()
    assert scene.tree.phase == "aborted"
    none_is_left(processes)


def test_a_second_interrupt_does_not_wait_for_anybody(scene: Scene) -> None:
    scene.write(STUBBORN)
    run = scene.flyte("run", "program.py", "main", "--grace", "3600")
    scene.file("deaf")
    processes = family(run.pid)
    os.kill(run.pid, signal.SIGINT)
    scene.file("told")
    os.kill(run.pid, signal.SIGINT)
    said(run, status=130)
    assert scene.tree.phase == "aborted"
    none_is_left(processes)


def test_abort_stops_a_run_of_another_process(scene: Scene) -> None:
    scene.write(ENDLESS)
    run = scene.flyte("run", "program.py", "main", "--name", "long")
    scene.file("begun-async")
    scene.file("begun-sync")
    ended(scene.flyte("abort", "long", "--reason", "no longer needed"))
    said(run, status=1)
    assert "no longer needed" in list_runs(str(scene.home))[0].note
    assert cleaned(scene) == {"async", "sync", "main"}
    assert scene.tree.phase == "aborted"
    assert "already over" in said(scene.flyte("abort", "long"), status=2)


ONE_OF_TWO = """
import asyncio, flyte
env = flyte.TaskEnvironment("one")

@env.task
async def wait(name: str) -> str:
    open(f"begun-{name}", "w").close()
    await asyncio.sleep(60 if name == "slow" else 0)
    return name

@env.task
async def outer(name: str) -> str:
    return await wait(name)

@env.task
async def main() -> str:
    results = await asyncio.gather(outer("slow"), outer("quick"), return_exceptions=True)
    return " ".join(str(result) for result in results)
"""


def test_abort_stops_one_action_with_what_it_called_and_its_caller_goes_on(scene: Scene) -> None:
    scene.write(ONE_OF_TWO)
    run = scene.flyte("run", "program.py", "main", "--name", "one")
    scene.file("begun-slow")
    assert "no action `outer.7`" in said(scene.flyte("abort", "one", "outer.7"), status=2)
    ended(scene.flyte("abort", "one", "outer.0", "--reason", "too slow"))
    assert ended(run) == "aborted: too slow quick\n"
    tree = scene.tree
    phases = {tree.action(ordinal).path: tree.action(ordinal).phase for ordinal in range(len(tree))}
    assert (phases["outer.0"], phases["outer.0/wait.0"], phases["outer.1"]) == ("aborted", "aborted", "succeeded")


def test_a_sync_task_that_waits_for_a_child_is_interrupted_too(scene: Scene) -> None:
    scene.write(
        ENDLESS.replace("        waits()\n", "        asyncio.run(waits())\n")
        + """
@env.task
def blocking_main() -> None:
    try:
        sleeps()
    finally:
        cleaned("blocking_main")
"""
    )
    run = scene.flyte("run", "program.py", "blocking_main")
    scene.file("begun-sync")
    os.kill(run.pid, signal.SIGINT)
    said(run, status=130)
    assert cleaned(scene) == {"sync", "blocking_main"}
    again = scene.flyte("run", "program.py", "blocked")
    scene.file("begun-async")
    os.kill(again.pid, signal.SIGINT)
    said(again, status=130)
    assert {"async", "blocked"} <= cleaned(scene)


@pytest.mark.parametrize(
    "work",
    [
        "open('begun', 'w').close(); sum(range(10**15))",
        "import hashlib; open('begun', 'w').close(); hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)",
        "import subprocess; open('begun', 'w').close(); subprocess.run(['sleep', '600'])",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); open('begun', 'w').close(); time.sleep(600)",
        "open('begun', 'w').close(); p = context.Process(target=time.sleep, args=(600,)); p.start(); p.join()",
    ],
)
def test_nobody_outlives_a_killed_driver(scene: Scene, work: str) -> None:
    scene.write(f"""
import multiprocessing
context = multiprocessing.get_context("fork")

@env.task
def compute() -> None:
    {work}

@env.task
async def idle() -> None:
    await asyncio.Event().wait()

@env.task
async def main() -> None:
    await asyncio.gather(compute.aio(), idle())
""")
    run = scene.flyte("run", "program.py", "main")
    scene.file("begun")
    # The child a task starts comes after its file: look until there is one.
    expected = 5 if "subprocess" in work or "Process" in work else 4
    wait_for(lambda: len(family(run.pid)) >= expected, "all processes to be there")
    processes = family(run.pid)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=PATIENCE)
    none_is_left(processes)
    assert scene.tree.phase == "interrupted"


def test_what_a_killed_run_left_in_its_scratch_folder_goes_when_the_next_run_starts(scene: Scene) -> None:
    scene.write("""
        from flyte.io import File

        @env.task
        def main(wait: bool) -> None:
            with File.new_remote().open_sync("wb") as kept:
                kept.write(b"half")
            open("begun", "w").close()
            while wait:
                time.sleep(0.01)
    """)
    run = scene.flyte("run", "program.py", "main", "--wait", "--name", "first")
    scene.file("begun")
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=PATIENCE)
    folder = scene.home / "runs" / "first"
    assert (folder / "scratch").is_dir()
    ended(scene.flyte("run", "program.py", "main", "--no-wait", "--name", "second"))
    assert not (folder / "scratch").exists()
    assert not (folder / "lock").exists()


def test_a_killed_run_goes_on_where_it_was(scene: Scene) -> None:
    scene.write("""
        @env.task
        async def step(n: int) -> int:
            with open("steps", "a") as file:
                file.write(f"{n} ")
            return n

        @env.task
        async def main() -> int:
            total = sum(await asyncio.gather(*[step(n) for n in range(20)]))
            open("first-part", "w").close()
            while not os.path.exists("go"):
                await asyncio.sleep(0.01)
            return total + await step(100)
    """)
    run = scene.flyte("run", "program.py", "main", "--name", "first")
    scene.file("first-part")
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=PATIENCE)
    (scene.folder / "go").touch()
    assert ended(scene.flyte("rerun", "first", "--recover", "-of", "value")).strip() == "290"
    assert sorted(map(int, (scene.folder / "steps").read_text().split())) == [*range(20), 100]
    second = next(RunTree.open(str(run)) for run in scene.runs if run.name != "first")
    assert second.recovered_from == "first"
    assert second.counts() == {"succeeded": 2, "recovered": 20}


def test_a_driver_that_ends_normally_leaves_nobody_behind_that_tasks_started(scene: Scene) -> None:
    scene.write("""
        import subprocess

        @env.task
        def main() -> int:
            return subprocess.Popen(["sleep", "600"]).pid
    """)
    process = int(scene.run())
    wait_for(lambda: not is_alive(process), "the end of what the task left running")


NEVER_BEGUN = """
import asyncio, flyte
from flyte.runtime.session import RunRequest, execute

env = flyte.TaskEnvironment("never")

@env.task
async def one(i: int) -> int:
    if i == 0:
        raise ValueError("the first")
    return i

@env.task
async def main() -> None:
    await asyncio.gather(*[one(i) for i in range(40)])

if __name__ == "__main__":
    for _ in range(20):
        print(execute(RunRequest(main, main.signature.bind((), {}), executor="EXECUTOR", grace=1000.0)).phase)
"""


@pytest.mark.parametrize("executor", ["process", "inline"])
def test_a_failed_run_does_not_wait_for_siblings_that_were_cancelled_before_they_began(
    tmp_path: Path, executor: str
) -> None:
    (tmp_path / "never.py").write_text(NEVER_BEGUN.replace("EXECUTOR", executor))
    environment = {**os.environ, "FLYTE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "never.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split() == ["failed"] * 20, done.stderr
