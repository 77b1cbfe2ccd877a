"""The exit status tells a script what happened: 0 done, 1 the run failed, 2 usage, 130 interrupted."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.contracts.shell import Shell

PROGRAM = """
import asyncio
import flyte

env = flyte.TaskEnvironment(name="statuses")


@env.task
async def works(n: int = 1) -> int:
    return n


@env.task
async def fails() -> None:
    raise ValueError("no")


@env.task
async def stays(path: str) -> None:
    open(path, "w").close()
    await asyncio.sleep(600)
"""


@pytest.fixture
def program(shell: Shell) -> Path:
    path = shell.folder / "statuses.py"
    path.write_text(PROGRAM)
    return path


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["run", "--help"], 0),
        (["run", "statuses.py", "works"], 0),
        (["run", "statuses.py", "works", "--n", "7"], 0),
        (["get", "run"], 0),
        (["run", "statuses.py", "fails"], 1),
        (["run", "statuses.py", "wroks"], 2),
        (["run", "statuses.py", "works", "--n", "seven"], 2),
        (["run", "statuses.py", "works", "--m", "7"], 2),
        (["run", "statuses.py", "stays"], 2),
        (["run", "missing.py", "works"], 2),
        (["no-such-command"], 2),
        (["--no-such-option"], 2),
        (["get", "run", "rzzzzzz"], 2),
        (["rerun", "rzzzzzz"], 2),
        (["abort", "rzzzzzz"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_status(shell: Shell, program: Path, arguments: list[str], status: int) -> None:
    shell("flyte", *arguments, status=status)


def test_an_interrupted_run_ends_with_130(shell: Shell, program: Path) -> None:
    started = shell.folder / "started.fifo"
    subprocess.run(["mkfifo", started], check=True)
    command = ["flyte", "run", program.name, "stays", "--path", str(started)]
    with subprocess.Popen(
        command, cwd=shell.folder, env=dict(shell.environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        started.open().close()  # blocks until the task opens the other end
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 130
