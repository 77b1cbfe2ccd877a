"""`flyte signal`, with a run that really waits."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flyte._core import RunTree
from flyte.runtime.questions import open_questions
from tests.cli.schema import problems

PROGRAM = """
import flyte

env = flyte.TaskEnvironment("e")

@env.task
async def main() -> int:
    return await (await flyte.new_condition.aio("size", prompt="How many?", data_type=int)).wait.aio()
"""


class Asking:
    """A run that waits for `size`, and commands beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST"))}
        self.environment = kept | {"FLYTE_HOME": str(folder / "home"), "NO_COLOR": "1", "COLUMNS": "100"}
        (folder / "program.py").write_text(PROGRAM)
        self.process = self._start("run", "program.py", "main", "--name", "asking")
        run = folder / "home" / "runs" / "asking"
        while not (run / "journal.db").exists():
            pass
        tree = RunTree.open(str(run))
        while not open_questions(tree):
            tree.refresh()

    def _start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [str(Path(sys.executable).parent / "flyte"), *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def flyte(self, *words: str) -> tuple[int, str, str]:
        process = self._start(*words)
        stdout, stderr = process.communicate(timeout=60)
        return process.returncode, stdout, stderr


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    started = Asking(tmp_path)
    yield started
    started.process.kill()
    started.process.communicate()


def test_a_condition_is_listed_refused_what_does_not_fit_and_answered(asking: Asking) -> None:
    status, listed, _ = asking.flyte("signal", "asking", "--list", "--json")
    document = json.loads(listed)
    assert (status, problems("conditions", document)) == (0, [])
    assert [each["name"] for each in document["conditions"]] == ["size"]
    assert asking.flyte("get", "run", "asking")[1].count("⏸") == 2  # in the counts, and before its row

    status, listed, _ = asking.flyte("get", "condition", "asking")
    assert (status, "size  How many?  int  asked just now" in listed) == (0, True)
    assert json.loads(asking.flyte("get", "condition", "asking", "main", "--json")[1])["conditions"][0]["since"]
    assert asking.flyte("get", "condition", "asking", "size.0", "-of", "value")[1] == "size\n"
    assert asking.flyte("get", "run", "--paused-only", "-of", "id")[1] == "asking\n"
    assert asking.flyte("get", "run", "--updated-before", "1h", "-of", "id")[1] == ""

    status, _, said = asking.flyte("signal", "asking", "sise", "1")
    assert (status, "did you mean `size`?" in said) == (2, True)
    status, _, said = asking.flyte("signal", "asking", "size", "many")
    assert (status, "takes a whole number: 'many' is not a whole number" in said) == (2, True)
    status, _, said = asking.flyte("signal", "asking", "size")
    assert (status, "needs a value" in said) == (2, True)
    status, _, said = asking.flyte("signal", "nobody", "size", "1")
    assert (status, "no run `nobody`" in said) == (2, True)

    status, answered, _ = asking.flyte("signal", "condition", "asking", "size.0", "7", "--json")
    assert (status, problems("signal", json.loads(answered))) == (0, [])
    stdout, stderr = asking.process.communicate(timeout=60)
    assert asking.process.returncode == 0, stderr
    assert stdout == "7\n"
    assert "flyte signal asking size 1" in stderr
    status, _, said = asking.flyte("signal", "asking", "size", "7")
    assert (status, "is over: succeeded" in said) == (2, True)


def test_an_answer_to_a_run_that_nobody_drives_is_kept(asking: Asking) -> None:
    asking.process.kill()
    asking.process.wait()
    status, _, said = asking.flyte("signal", "asking", "size", "8")
    assert (status, "flyte rerun asking --recover" in said) == (0, True)
    status, _, said = asking.flyte("signal", "asking", "size", "9")
    assert (status, "is answered already" in said) == (2, True)
    status, stdout, stderr = asking.flyte("rerun", "asking", "--recover")
    assert (status, stdout) == (0, "8\n"), stderr
