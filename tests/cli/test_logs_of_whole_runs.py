"""`flyte logs` beside a run that goes on, and through a pager on a terminal."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TALKS = """
import time
from pathlib import Path

import flyte

env = flyte.TaskEnvironment("talks")


@env.task
def child(text: str) -> str:
    print("child says", text)
    return text


@env.task
def main(go: str) -> str:
    print("begun", flush=True)
    while not Path(go).exists():
        time.sleep(0.02)
    return child("hello")
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `flyte` beside the test; what still goes on at its end is ended."""
    (tmp_path / "talks.py").write_text(TALKS)
    started = []

    def begin(*words: str, stdout: int = subprocess.PIPE, **variables: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
        environment = kept | {"FLYTE_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"} | variables
        command = [str(Path(sys.executable).with_name("flyte")), *words]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_following_ends_with_the_run_and_has_what_came_meanwhile(start: Start, tmp_path: Path) -> None:
    run = start("run", "talks.py", "main", "--go", str(tmp_path / "go"), "--name", "rtalks2")
    assert first_line(run) == "begun\n"
    follow = start("logs", "rtalks2", "-f")
    only_child = start("logs", "rtalks2", "child.*", "-f", "-of", "value")
    assert first_line(follow).endswith(" begun\n")
    (tmp_path / "go").touch()
    assert follow.communicate(timeout=60)[0].endswith(" child.0 │ child says hello\n")
    assert only_child.communicate(timeout=60)[0] == "child says hello\n"
    assert (run.wait(timeout=60), follow.returncode, only_child.returncode) == (0, 0, 0)


def test_ctrl_c_ends_the_following_and_not_the_run(start: Start, tmp_path: Path) -> None:
    run = start("run", "talks.py", "main", "--go", str(tmp_path / "go"), "--name", "rtalks2")
    assert first_line(run) == "begun\n"
    follow = start("logs", "@", "-f")
    assert first_line(follow).endswith(" begun\n")
    refused = start("delete", "run", "@", "--yes")
    assert "`rtalks2` goes on: nothing was done" in refused.communicate(timeout=60)[1]
    export = start("get", "run", "@", "--export", "x.tar.gz")
    assert "it can be exported when it is over" in export.communicate(timeout=60)[1]
    waits = start("explain", "@")
    assert waits.communicate(timeout=60)[0].startswith("● main  running  rtalks2\n")
    follow.send_signal(signal.SIGINT)
    assert (follow.communicate(timeout=60), follow.returncode) == (("", ""), 130)
    assert run.poll() is None
    (tmp_path / "go").touch()
    assert run.wait(timeout=60) == 0


@pytest.mark.parametrize(("words", "paged"), [([], True), (["--no-pager"], False), (["--raw"], False)])
def test_a_past_run_goes_through_the_pager_on_a_terminal(
    start: Start, tmp_path: Path, words: list[str], paged: bool
) -> None:
    (tmp_path / "go").touch()
    start("run", "talks.py", "main", "--go", str(tmp_path / "go")).communicate(timeout=60)
    screen, terminal = pty.openpty()
    logs = start("logs", "@", *words, stdout=terminal, PAGER="sed s/^/paged:/", TERM="xterm")
    os.close(terminal)
    shown = b""
    while not shown.endswith(b"hello\r\n"):
        shown += os.read(screen, 1000)
    assert logs.wait(timeout=60) == 0
    os.close(screen)
    assert (shown.count(b"paged:") == 2) is paged
