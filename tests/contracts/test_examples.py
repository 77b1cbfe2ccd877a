"""Every example runs through the tool, as its docstring says and with the defaults of its `main`."""

import re
import shlex
import sys

import pytest

from tests.contracts.shell import ROOT, Shell

FILES = {path.stem: path for path in (ROOT / "examples").rglob("*.py")}
EXAMPLES = sorted(FILES)

PRINTED = {
    "errors": ["skipped: invalid literal", "code: ValueError", "11"],
    "fan_out": ["3.1"],
    "hello": ["squares [0, 1, 4], triangles [0, 1, 3]", "7"],
    "map": ["PARALLEL!"],
    "nested": ["leaves", "8", "92"],
    "report": ["10.737"],
    "retries": ["page 1, attempt 2", "page 2, attempt 1"],
    "wine": ["scoring 160 pairs", "ask 23 neighbours", "0.9736"],
}
"""What the run with the defaults prints to stdout."""


def test_every_example_says_what_it_prints() -> None:
    assert sorted(PRINTED) == EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_runs_with_its_defaults(shell: Shell, name: str) -> None:
    done = shell("flyte", "run", FILES[name], "main")
    assert [text for text in PRINTED[name] if text not in done.stdout] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_runs_as_its_docstring_says(shell: Shell, name: str) -> None:
    found = re.search(r"^Try it: (flyte run .*)$", FILES[name].read_text(), re.MULTILINE)
    assert found, "the docstring has a line `Try it: flyte run ...`"
    shell.at(ROOT)(*shlex.split(found[1]))


def test_a_program_that_runs_itself_works_with_plain_python(shell: Shell) -> None:
    done = shell(sys.executable, FILES["hello"])
    assert re.search(r"^r[a-z0-9]{6} \[0, 2, 7, 15, 26\]$", done.stdout, re.MULTILINE)
