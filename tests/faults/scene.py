"""A program in a folder of its own, started as a user starts it, and a look at the processes it makes."""

import contextlib
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flyte._core import ActionView, RunTree

HEAD = """\
import asyncio, ctypes, os, signal, sys, threading, time
import flyte, flyte.errors

env = flyte.TaskEnvironment("faults")
"""

PATIENCE = 60
"""Seconds after which something that should have happened has not."""


@dataclass(frozen=True)
class Scene:
    """Where a program runs."""

    folder: Path
    started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def close(self) -> None:
        """End what a failed test left; workers go with their driver."""
        for process in self.started:
            process.kill()
            process.communicate()

    @property
    def home(self) -> Path:
        """Its state folder."""
        return self.folder / "home"

    def write(self, body: str, name: str = "program.py") -> None:
        """Write the program."""
        (self.folder / name).write_text(HEAD + textwrap.dedent(body), encoding="utf-8")

    def start(self, *command: str, **variables: str) -> "subprocess.Popen[str]":
        """Start a command in a process group of its own, as a shell does."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST"))}
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=kept | {"FLYTE_HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "100"} | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def flyte(self, *words: str, **variables: str) -> "subprocess.Popen[str]":
        """Start the tool."""
        return self.start(str(Path(sys.executable).with_name("flyte")), *words, **variables)

    def python(self, *words: str, **variables: str) -> "subprocess.Popen[str]":
        """Start Python."""
        return self.start(sys.executable, *words, **variables)

    def run(self, task: str = "main", *words: str, status: int = 0, **variables: str) -> str:
        """`flyte run` to its end; what it gave."""
        return ended(self.flyte("run", "program.py", task, "-of", "value", *words, **variables), status)

    def file(self, name: str) -> Path:
        """Wait for a file that a task writes."""
        wait_for(lambda: (self.folder / name).exists(), f"a task to write {name}")
        return self.folder / name

    @property
    def runs(self) -> list[Path]:
        """The folders of the runs."""
        return sorted((self.home / "runs").iterdir())

    @property
    def tree(self) -> RunTree:
        """The one run."""
        (run,) = self.runs
        return RunTree.open(str(run))

    def actions(self) -> dict[str, ActionView]:
        """The actions of the one run by label."""
        tree = self.tree
        views = [tree.action(ordinal) for ordinal in range(len(tree))]
        return {view.label: view for view in views}


def ended(process: "subprocess.Popen[str]", status: int = 0) -> str:
    """Wait for a command's end, which is to be the one expected; what it printed to stdout."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == status, f"ended with {process.returncode}, not {status}\n{out}\n{err}"
    return out


def said(process: "subprocess.Popen[str]", status: int = 1) -> str:
    """Wait for a command's end, which is to be the one expected; what it printed to stderr."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == status, f"ended with {process.returncode}, not {status}\n{out}\n{err}"
    return err


def wait_for(done: Callable[[], bool], what: str) -> None:
    """Look again and again; fails when it takes far too long."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        os.sched_yield()


def family(process: int) -> list[int]:
    """A process and all its descendants, its children first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = [process]
    for each in found:
        found += children.get(each, [])
    return found


def is_alive(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def none_is_left(processes: list[int]) -> None:
    """Wait until all of them are gone."""
    wait_for(lambda: not any(map(is_alive, processes)), f"the end of {processes}")
