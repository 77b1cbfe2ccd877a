"""A folder with tasks, the terminals opened there, and the runs that came of it."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from flyte._core import RunTree
from tests.tui.terminal import PATIENCE, Terminal

FILE = """
import asyncio, os, signal, sys
from pathlib import Path

import flyte

Path("imported").touch()
env = flyte.TaskEnvironment("hosted", cache="disable")

@env.task
async def works(n: int = 3) -> int:
    print("from", "works")
    return n

@env.task
async def fails() -> int:
    raise ValueError("there is no such thing")

@env.task
async def dies() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 1

@env.task
async def raw() -> int:
    sys.stdout.buffer.write(bytes(range(256)) * 20 + b"\\x1b[2J\\x1b]0;title\\x07\\n")
    sys.stdout.flush()
    raise RuntimeError("\\x1b[2J[bold]raw")

@env.task
async def waits() -> int:
    Path("waiting").touch()
    try:
        while not Path("go").exists():
            await asyncio.sleep(0.02)
    finally:
        Path("left").touch()
    return 7

@env.task
async def stubborn() -> int:
    Path("waiting").touch()
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            Path("cancelled").touch()
"""


@dataclass
class Site:
    """A folder with the file above, and the terminals opened there."""

    folder: Path
    terminals: list[Terminal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "hosted.py").write_text(textwrap.dedent(FILE))

    def open(self, *words: str, **variables: str) -> Terminal:
        """A command on a terminal."""
        terminal = Terminal(self.folder, *words, **variables)
        self.terminals.append(terminal)
        return terminal

    def close(self) -> None:
        """End what a failed test left."""
        for terminal in self.terminals:
            terminal.close()
        (self.folder / "go").touch()  # a detached run has nobody else to end it

    def flyte(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command without one."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST"))}
        return subprocess.run(
            [str(Path(sys.executable).with_name("flyte")), *words],
            cwd=self.folder,
            env=kept | {"FLYTE_HOME": str(self.folder / "home"), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def has(self, file: str) -> None:
        """Wait for a file that a task writes."""
        self.waits(lambda: (self.folder / file).exists(), file)

    def waits(self, done: Callable[[], bool], what: str) -> None:
        """Look again and again."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            os.sched_yield()

    def tree(self, run: str = "same") -> RunTree:
        """A recorded run."""
        return RunTree.open(str(self.folder / "home" / "runs" / run))

    def ends_as(self, phase: str, run: str = "same") -> None:
        """Wait until a run that nobody shows has ended so."""
        self.waits(lambda: self.tree(run).phase != "running", "the run's end")
        assert self.tree(run).phase == phase
