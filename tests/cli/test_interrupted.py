"""A run that a crash ended is told of at the next command, once, and only to people."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flyte_cli.ops.interrupted import Interruption
from flyte_cli.output.interrupted import is_for_people, told

PROGRAM = """
import os
import flyte

env = flyte.TaskEnvironment("crash")

@env.task
def crash(parent: int) -> int:
    os.kill(parent, 9)
    os.kill(os.getpid(), 9)
    return 1

@env.task
def main(kill: bool = True) -> int:
    with open(f"/proc/{os.getppid()}/stat") as file:
        driver = int(file.read().rpartition(")")[2].split()[1])
    return crash(driver) if kill else 1
"""


class Shell:
    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
        self.environment = kept | {"FLYTE_HOME": str(folder / "home"), "COLUMNS": "120"}
        self.folder = folder
        (folder / "crash.py").write_text(PROGRAM)

    def __call__(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [str(Path(sys.executable).with_name("flyte")), *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60
        )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_it_is_told_at_the_next_command_and_not_again(shell: Shell) -> None:
    assert shell("run", "crash.py", "main").returncode == -signal.SIGKILL
    assert "note:" not in shell("get", "run", "--json").stderr
    name = shell("get", "run", "-of", "id").stdout.strip()
    said = shell("run", "crash.py", "main", "--no-kill")
    note = f"note: run {name} (main in crash.py) was interrupted just now: flyte rerun {name} --recover\n"
    assert said.stderr.startswith(note)
    assert (said.returncode, said.stdout) == (0, "1\n")
    assert "note:" not in shell("get", "run").stderr


def test_who_goes_on_with_it_need_not_be_told(shell: Shell) -> None:
    shell("run", "crash.py", "main")
    name = shell("get", "run", "-of", "id").stdout.strip()
    assert "note:" not in shell("rerun", name, "--no-kill").stderr
    assert "note:" not in shell("get", "run").stderr


@pytest.mark.parametrize("words", [["main", "--no-kill"], ["main", "--no-kill", "--executor", "inline"]])
def test_runs_that_ended_are_not_told_of(shell: Shell, words: list[str]) -> None:
    shell("run", "crash.py", *words)
    assert "note:" not in shell("get", "run").stderr
    assert list((shell.folder / "home" / "going").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "progress", "people"),
    [
        ("get run", "", True),
        ("get run --output-format text", "", True),
        ("get run -of json", "", False),
        ("-of=jsonl get run", "", False),
        ("get run --json", "", False),
        ("run a.py -q", "", False),
        ("run a.py --progress json", "", False),
        ("run a.py", "quiet", False),
        ("run a.py -- --json", "", True),
    ],
)
def test_programs_are_not_told(words: str, progress: str, people: bool) -> None:
    assert is_for_people(words.split(), progress) is people


def test_of_many_only_the_latest_are_named() -> None:
    lost = [Interruption(f"r{number}", "main", "", float(number)) for number in range(5)]
    lines = ["".join(span.text for span in line) for line in told(lost, 3, 4.0, "/")]
    assert lines[0] == "note: run r4 (main) was interrupted just now: flyte rerun r4 --recover"
    assert [line.split()[2] for line in lines[1:3]] == ["r3", "r2"]
    assert lines[3:] == ["note: 2 more runs were interrupted: flyte get run --all"]
