"""Kill anything, at any moment: what was reported done is done, and the rest is done again by `rerun --recover`."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from flyte._core import RunTree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

BRANCHES, LEAVES = 40, 250
EXPECTED = sum(i * 1000 + j for i in range(BRANCHES) for j in range(LEAVES)) + sum(range(BRANCHES))

PROGRAM = """
import asyncio, os, flyte

env = flyte.TaskEnvironment("kill")
EFFECTS = os.open(os.environ["EFFECTS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def effect(*words):
    os.write(EFFECTS, (" ".join(map(str, words)) + "\\n").encode())

@env.task
async def leaf(i: int, j: int) -> int:
    effect("leaf", i, j)
    return i * 1000 + j

@env.task
def whole(i: int) -> int:
    effect("whole", i)
    return i

@env.task
async def branch(i: int, leaves: int) -> int:
    results = await asyncio.gather(*[leaf(i, j) for j in range(leaves)])
    return sum(results) + await whole.aio(i)

@env.task
async def main(branches: int, leaves: int) -> int:
    return sum(await asyncio.gather(*[branch(i, leaves) for i in range(branches)]))
"""


class Project:
    """A program, its state folder, and the effects its tasks leave in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.effects = folder / "effects"
        (folder / "kill.py").write_text(PROGRAM)
        self.environment = {**os.environ, "FLYTE_HOME": str(self.home), "EFFECTS": str(self.effects)}

    def flyte(self, *words: str) -> subprocess.Popen[str]:
        command = [str(Path(sys.executable).with_name("flyte")), *words, "-of", "json"]
        return subprocess.Popen(
            command, env=self.environment, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def start(self) -> subprocess.Popen[str]:
        return self.flyte("run", "kill.py", "main", "--branches", str(BRANCHES), "--leaves", str(LEAVES))

    def count_effects(self) -> Counter[str]:
        return Counter(self.effects.read_text().splitlines()) if self.effects.exists() else Counter()

    def latest(self) -> Path | None:
        runs = sorted((self.home / "runs").glob("*"), key=lambda run: run.stat().st_ctime_ns)
        return next((run for run in reversed(runs) if has_begun(run)), None)

    def reported_done(self, run: Path) -> set[str]:
        """The effects of every action that a run's journal says succeeded."""
        tree = RunTree.open(str(run))
        done = set()
        for ordinal in range(len(tree)):
            action = tree.action(ordinal)
            if action.phase in ("succeeded", "recovered") and action.short_name in ("leaf", "whole"):
                done.add(" ".join([action.short_name, *(text for _, text in action.inputs)]))
        return done


def has_begun(run: Path) -> bool:
    """Whether anything of a run was recorded before it was killed."""
    return (run / "journal.db").exists() and len(RunTree.open(str(run))) > 0


def family(process: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [process]
    while todo:
        process = todo.pop()
        found.append(process)
        todo += children.get(process, [])
    return found


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def victims(whom: str, processes: list[int], chance: random.Random) -> list[int]:
    driver, *others = processes
    if whom == "driver":
        return [driver]
    if whom == "zygote":
        return others[:1]
    if whom == "worker":
        return chance.sample(others[1:], min(1, len(others[1:])))
    return processes


@pytest.mark.parametrize("seed", range(6))
def test_what_was_reported_done_never_runs_again_whoever_is_killed(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    project = Project(tmp_path)
    seen: set[int] = set()
    before: tuple[set[str], Counter[str]] | None = None
    driver = project.start()
    for kill in range(12):
        # Not a sleep that the test relies on: any moment is a good one to be killed at.
        with contextlib.suppress(subprocess.TimeoutExpired):
            driver.wait(timeout=0.15 + 0.5 * chance.random())
        processes = family(driver.pid)
        seen.update(processes)
        if driver.poll() is None and kill < 11:
            for process in victims(chance.choice(["driver", "zygote", "worker", "all"]), processes, chance):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        out, err = driver.communicate(timeout=120)
        assert driver.returncode in (0, 1, -signal.SIGKILL), err
        if before is not None:
            again = {effect for effect in before[0] if project.count_effects()[effect] != before[1][effect]}
            assert not again, f"ran again although reported done: {sorted(again)[:5]}"
        if driver.returncode == 0:
            break
        run = project.latest()
        if run is None:
            driver = project.start()
            continue
        before = (project.reported_done(run), project.count_effects())
        driver = project.flyte("rerun", run.name, "--recover")
    assert driver.returncode == 0, err
    assert json.loads(out)["outputs"] == {"o0": EXPECTED}
    deadline = time.monotonic() + 10
    while any(map(is_alive, seen)) and time.monotonic() < deadline:
        os.sched_yield()
    assert not [process for process in seen if is_alive(process)], "no process is left"
