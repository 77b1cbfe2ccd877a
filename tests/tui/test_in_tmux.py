"""Real use: a shell in tmux, commands typed, keys pressed, the screen read as people see it."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flyte._core import RunTree

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: apt-get install tmux")

PATIENCE = 20
"""Seconds after which something that should be seen is not."""

FILE = """
import asyncio
from pathlib import Path

import flyte

env = flyte.TaskEnvironment("poison", cache="disable")


@env.task
async def load(uri: str) -> int:
    print("reading", uri, 3)
    return 3


@env.task
async def work(i: int) -> int:
    for step in range(5):
        print("step", step, "loss", round(1 / (step + i + 1), 3))
    while not Path("go").exists():
        await asyncio.sleep(0.02)
    if i == 2 and not Path("healed").exists():
        raise ValueError(f"item {i} is poisoned")
    return i


@env.task
async def main() -> int:
    rows = await load("s3://b/x.csv")
    return sum(await asyncio.gather(*(work(i) for i in range(rows))))
"""


class Shell:
    """A shell in a terminal that tmux keeps."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._socket = folder / "tmux"

    def begin(self) -> None:
        """Wait for its prompt."""
        folder = self.folder
        (folder / "poison.py").write_text(FILE)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
        path = f"{Path(sys.executable).parent}:{kept.get('PATH', '')}"
        told = {"FLYTE_HOME": str(folder / "home"), "PATH": path, "PS1": "$ ", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in told.items())
        begin = f"cd {shlex.quote(str(folder))}; exec env {variables} bash --norc --noprofile"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "30", begin, environment=kept)
        self._tmux("set-option", "-g", "escape-time", "0")
        self.sees("$")

    def type(self, line: str) -> None:
        """A command, and Enter."""
        self._tmux("send-keys", "-l", line)
        self._tmux("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        """Keys, as tmux names them."""
        self._tmux("send-keys", *keys)

    def sees(self, *texts: str) -> str:
        """Wait until the screen shows all of these; what it shows."""
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self._tmux("capture-pane", "-p")
            if all(text in screen for text in texts):
                return screen
            assert time.monotonic() < deadline, f"{texts} not seen in\n{screen}"

    def lacks(self, text: str) -> None:
        """Wait until the screen no longer shows this."""
        deadline = time.monotonic() + PATIENCE
        while text in (screen := self._tmux("capture-pane", "-p")):
            assert time.monotonic() < deadline, f"{text!r} still seen in\n{screen}"

    def close(self) -> None:
        """End it with all that runs there."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True)

    def tree(self, run: str) -> RunTree:
        """A recorded run."""
        return RunTree.open(str(self.folder / "home" / "runs" / run))

    def _tmux(self, *words: str, environment: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *words], env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    try:
        shell.begin()
        yield shell
    finally:
        shell.close()
        (tmp_path / "go").touch()  # a detached run has nobody else to end it


def test_a_run_is_watched_understood_mended_and_left(shell: Shell) -> None:
    shell.type("flyte run --tui poison.py main --name first; echo status $?")
    shell.sees("main poison.py  first   ● running", "● work.2")

    shell.press("j", "j")  # move: the right side follows
    shell.sees("─ work.0")
    shell.press("2")
    shell.sees("│ step 1 loss 0.5")
    shell.press("Tab", "/")  # search its log
    shell.type("loss 0.5")
    shell.sees("find: loss 0.5   1 hit")
    shell.press("BTab")

    (shell.folder / "go").touch()
    shell.sees("first   ✗ failed")
    shell.press("e")  # the failure, and the line that raised it
    shell.sees("─ work.2", "ValueError: item 2 is poisoned", "❱ ", 'raise ValueError(f"item')

    (shell.folder / "healed").touch()
    shell.press("R")
    shell.sees("run it again, taking over", "[s] the same inputs")
    shell.press("s")
    shell.sees("✓ succeeded", "work.2")
    shell.lacks("poison.py  first ")

    shell.press("q")  # back to the run it began with
    shell.sees("first   ✗ failed")
    shell.press("q")
    screen = shell.sees("status 1")
    assert "ValueError: item 2 is poisoned" in screen
    assert "flyte rerun first --recover" in screen
    assert "step 1 loss" not in screen, "what tasks printed was printed again"


def test_a_run_is_detached_from_and_found_running(shell: Shell) -> None:
    shell.type("flyte run --tui poison.py main --name first; echo status $?")
    shell.sees("● running", "● work.2")
    shell.press("q")
    shell.sees("Run goes on?", "[d] detach and keep running", "[a] abort")
    shell.press("d")
    shell.sees("still running: flyte tui first · flyte abort first", "status 0")

    shell.type("clear; flyte get run first")
    shell.sees("● main  first  running")
    shell.type("clear; flyte tui @")
    shell.sees("first   ● running")
    (shell.folder / "healed").touch()
    (shell.folder / "go").touch()
    shell.sees("first   ✓ succeeded")
    shell.press("q")
    shell.sees("✓ main  first  succeeded")
    assert shell.tree("first").phase == "succeeded"


def test_esc_stays(shell: Shell) -> None:
    shell.type("flyte run --tui poison.py main --name first; echo status $?")
    shell.sees("● running", "● work.2")
    shell.press("q")
    shell.sees("Run goes on?", "[Esc] stay")
    shell.press("Escape")
    shell.lacks("Run goes on?")
    (shell.folder / "healed").touch()
    (shell.folder / "go").touch()
    shell.sees("first   ✓ succeeded")
    shell.press("q")
    shell.sees("✓ main", "status 0")


def test_ctrl_c_in_the_screen_is_ctrl_c(shell: Shell) -> None:
    shell.type("flyte run --tui poison.py main --name first; echo status $?")
    shell.sees("● running", "● work.2")
    shell.press("C-c")
    screen = shell.sees("status 130")
    assert "⊘ main aborted" in screen
    assert shell.tree("first").phase == "aborted"


def test_a_run_outlives_the_terminal_it_was_started_in(shell: Shell) -> None:
    shell.type("flyte run --tui poison.py main --name first")
    shell.sees("● running", "● work.2")
    shell.close()
    assert shell.tree("first").phase == "running"
    (shell.folder / "healed").touch()
    (shell.folder / "go").touch()
    deadline = time.monotonic() + PATIENCE
    while shell.tree("first").phase == "running":
        assert time.monotonic() < deadline
    assert shell.tree("first").phase == "succeeded"
