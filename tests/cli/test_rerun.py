"""`flyte rerun` in full: other inputs, single actions, the debugger, and code that was edited in between."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Said

FLOW = """
import asyncio
from pathlib import Path

import flyte
from helper import factor

env = flyte.TaskEnvironment("flow")
LOG = Path(__file__).with_name("log")


def note(name: str) -> None:
    with LOG.open("a") as file:
        file.write(name + "\\n")


@env.task
def leaf(x: int) -> int:
    note(f"leaf {x}")
    return x * factor()


@env.task
def mid(x: int) -> int:
    note(f"mid {x}")
    return sum(leaf(x * 10 + i) for i in range(2))


@env.task
async def wait(x: int) -> int:
    note(f"wait {x}")
    await asyncio.sleep(0)
    return x


@env.task
async def main(n: int = 2, fail: bool = False) -> int:
    got = [await mid.aio(x) for x in range(n)] + [await wait(7)]
    if fail:
        raise ValueError("as asked")
    return sum(got)
"""
EVERYTHING = ["leaf 0", "leaf 1", "leaf 10", "leaf 11", "mid 0", "mid 1", "wait 7"]


class Folder:
    """A project and a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.flow = folder / "flow.py"
        self.log = folder / "log"
        self.flow.write_text(FLOW)
        (folder / "helper.py").write_text("def factor():\n    return 2\n")

    def flyte(self, *words: str, stdin: str = "") -> Said:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
        command = [str(Path(sys.executable).with_name("flyte")), *words]
        environment = kept | {"FLYTE_HOME": str(self.path / "home"), "COLUMNS": "100"}
        done = subprocess.run(
            command, cwd=self.path, env=environment, input=stdin, capture_output=True, text=True, timeout=60
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def noted(self) -> list[str]:
        """What ran since the last look."""
        lines = sorted(self.log.read_text().splitlines()) if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines

    def edit(self, old: str, new: str, file: str = "flow.py") -> None:
        path = self.path / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_below_an_edited_task_the_others_are_taken_over(folder: Folder) -> None:
    assert folder.flyte("run", "flow.py", "main", "-q").stdout == "51\n"
    assert folder.noted() == EVERYTHING
    folder.edit("return sum(leaf", "return 1 + sum(leaf")
    assert folder.flyte("rerun", "@", "--recover", "-q").stdout == "53\n"
    assert folder.noted() == ["mid 0", "mid 1"]
    folder.edit("return 1 + sum", "return 2 + sum")
    assert folder.flyte("rerun", "@", "--recover", "-q").stdout == "55\n"
    assert folder.noted() == ["mid 0", "mid 1"]


@pytest.mark.parametrize(
    ("old", "new", "file"), [("x * factor()", "x * factor() * 2", "flow.py"), ("return 2", "return 4", "helper.py")]
)
def test_an_edited_task_runs_again_and_so_does_what_called_it(folder: Folder, old: str, new: str, file: str) -> None:
    folder.flyte("run", "flow.py", "main", "-q")
    folder.noted()
    folder.edit(old, new, file)
    assert folder.flyte("rerun", "@", "--recover", "-q").stdout == "95\n"
    assert folder.noted() == [line for line in EVERYTHING if not line.startswith("wait")]


def test_nothing_runs_again_when_nothing_was_edited(folder: Folder) -> None:
    assert folder.flyte("run", "flow.py", "main", "--fail", "-q").status == 1
    assert folder.noted() == EVERYTHING
    folder.edit("    await asyncio.sleep(0)", "    # a comment\n\n    await asyncio.sleep(0)")
    assert folder.flyte("rerun", "@", "--recover", "--no-fail", "-q").stdout == "51\n"
    assert folder.noted() == []


def test_inputs_given_replace_the_recorded_ones(folder: Folder) -> None:
    folder.flyte("run", "flow.py", "main", "--n", "1", "-q")
    folder.noted()
    assert folder.flyte("rerun", "@", "--recover", "--n", "2", "-q").stdout == "51\n"
    assert folder.noted() == ["leaf 10", "leaf 11", "mid 1"]
    said = folder.flyte("rerun", "@", "--m", "2", "--n", "x")
    assert said.status == 2
    assert "--m   no such input" in said.stderr
    assert "--n" in said.stderr


def test_actions_that_are_to_run_again_do(folder: Folder) -> None:
    folder.flyte("run", "flow.py", "main", "-q")
    folder.noted()
    assert folder.flyte("rerun", "@", "--recover", "--force-rerun-action", "mid.1", "-q").stdout == "51\n"
    assert folder.noted() == ["mid 1"]


@pytest.mark.parametrize("spelled", ["mid.1/leaf.1", "/mid.1/leaf.1/"])
def test_one_action_is_a_run_of_its_own(folder: Folder, spelled: str) -> None:
    folder.flyte("run", "flow.py", "main", "-q")
    folder.noted()
    assert folder.flyte("rerun", "@", "--action-name", spelled, "-q").stdout == "22\n"
    assert folder.flyte("rerun", "@2", f"--action-name={spelled}", "--x", "5", "-q").stdout == "10\n"
    assert folder.noted() == ["leaf 11", "leaf 5"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--recover --action-name mid.0", "`--recover` goes on with a whole run"),
        ("--force-rerun-action mid.0", "says what `--recover` takes over"),
        ("--allow-missing-outputs", "says what `--recover` takes over"),
        ("--action-name mid.9", "no action `mid.9`"),
    ],
)
def test_what_cannot_be_is_told(folder: Folder, words: str, told: str) -> None:
    folder.flyte("run", "flow.py", "main", "-q")
    said = folder.flyte("rerun", "@", *words.split())
    assert (said.status, said.stdout) == (2, "")
    assert told in said.stderr


@pytest.mark.parametrize(("action", "first"), [("mid.1/leaf.1", 'note(f"leaf {x}")'), ("wait.0", 'note(f"wait {x}")')])
def test_the_debugger_stops_where_the_task_begins(folder: Folder, action: str, first: str) -> None:
    folder.flyte("run", "flow.py", "main", "-q")
    folder.noted()
    said = folder.flyte("rerun", "@", "--action-name", action, "--pdb", stdin="p 'x is', x\nx = 3\nc\n")
    assert said.status == 0
    assert f"-> {first}" in said.stderr
    assert "('x is', " in said.stderr
    assert said.stdout.splitlines()[-1] == ("6" if "leaf" in action else "3")


def test_the_debugger_shows_where_it_failed(folder: Folder) -> None:
    folder.flyte("run", "flow.py", "main", "--fail", "-q")
    said = folder.flyte("rerun", "@", "--pdb", stdin="c\np 'got', got\nq\n")
    assert said.status == 1
    assert '-> raise ValueError("as asked")' in said.stderr
    assert "('got', [2, 42, 7])" in said.stderr


def test_leaving_the_debugger_ends_the_run(folder: Folder) -> None:
    folder.flyte("run", "flow.py", "main", "-q")
    said = folder.flyte("rerun", "@", "--action-name", "mid.0/leaf.0", "--pdb", stdin="q\n")
    assert said.status == 1
    assert "the debugger was left before the task had ended" in said.stderr
