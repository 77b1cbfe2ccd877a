"""Progress in the log of GitHub Actions: groups for fan-outs, an annotation at the line that failed."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flyte_cli.output.github import github, marked_lines
from flyte_cli.output.look import Look
from flyte_cli.output.paper import Paper
from flyte_cli.output.progress import Printed
from tests.cli.fakes import START, Action, Error, Event, Tree
from tests.cli.runs_made_up import ended, fan_out


class Log:
    """The log of a workflow: both streams, in the order of writing."""

    def __init__(self, tree: Tree) -> None:
        self.stream = io.StringIO()
        paper = Paper(self.stream, Look(width=80))
        self.progress = github(paper, Printed(Paper(self.stream, Look(width=80)), paper), lambda: START + 9, "/here")
        self.progress.started(tree)  # type: ignore[arg-type]

    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


def log(ordinal: int, text: str, stream: str = "stdout") -> Event:
    return Event("log", ordinal, text.encode(), START + 4, stream)


def test_what_a_fan_out_prints_is_one_group_when_it_ends() -> None:
    tree = fan_out()
    shown = Log(tree)
    shown.progress.tick([log(0, "root says"), log(2, "one"), log(3, "two")])  # type: ignore[list-item]
    assert shown.lines()[1:] == ["root says", "1.1s   ✓ prepare 1.0s"]
    ended(tree)
    shown.progress.tick([])
    lines = shown.lines()[3:]
    assert lines[0].startswith("::group::")
    assert "✓ flaky ×20" in lines[0]
    assert lines[1:4] == ["flaky.0 │ one", "flaky.1 │ two", "::endgroup::"]


def test_a_fan_out_that_prints_too_much_is_let_go_in_parts() -> None:
    shown = Log(fan_out())
    for number in range(1500):
        shown.progress.tick([log(2, f"line {number}")])  # type: ignore[list-item]
    assert shown.lines().count("::group::flaky") == 1
    assert "flaky.0 │ line 999" in shown.lines()
    assert "flaky.0 │ line 1000" not in shown.lines()
    shown.progress.finish()
    assert "flaky.0 │ line 1499" in shown.lines()


def failed(message: str, *frames: tuple[str, int, str, str, bool]) -> Tree:
    error = Error("ValueError", message, list(frames))
    return Tree(Action("main", "failed", end=1.0, error=error))


OWN = ("/here/my, flow.py", 18, "main", "raise", True)
LIBRARY = ("/lib/x.py", 3, "f", "g()", False)


@pytest.mark.parametrize(
    ("tree", "lines"),
    [
        (failed("item 3", OWN, LIBRARY), ["::error file=my%2C flow.py,line=18,title=main::ValueError: item 3"]),
        (failed("a\nb 100%", LIBRARY), ["::error title=main::ValueError: a%0Ab 100%25"]),
        (failed("", OWN), ["::error file=my%2C flow.py,line=18,title=main::ValueError"]),
        (ended(fan_out()), []),
    ],
)
def test_a_failure_marks_the_users_line(tree: Tree, lines: list[str]) -> None:
    assert marked_lines(tree, "/here") == lines  # type: ignore[arg-type]


PROGRAM = """
import asyncio
import flyte

env = flyte.TaskEnvironment("fan")


@env.task
async def leaf(i: int) -> int:
    print("leaf", i)
    if i == 2:
        raise ValueError("item 2")
    return i


@env.task
async def main() -> int:
    return sum(await asyncio.gather(*[leaf(i) for i in range(3)]))
"""


def test_a_run_in_a_workflow_marks_the_line_that_failed(tmp_path: Path) -> None:
    (tmp_path / "fan.py").write_text(PROGRAM)
    kept = {name: each for name, each in os.environ.items() if not name.startswith(("FLYTE", "PYTEST"))}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("flyte")), "run", "fan.py", "main"],
        cwd=tmp_path,
        env=kept | {"FLYTE_HOME": str(tmp_path / "home"), "GITHUB_ACTIONS": "true", "CI": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = done.stdout.splitlines()
    group = next(place for place, each in enumerate(lines) if each.startswith("::group::"))
    assert "leaf ×3" in lines[group]
    assert "leaf.2 │ leaf 2" in lines[group : lines.index("::endgroup::")]
    assert "::error file=fan.py,line=12,title=leaf.2::ValueError: item 2" in lines
    assert done.returncode == 1
