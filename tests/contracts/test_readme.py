"""The README and the page on misfortunes work: programs are saved, commands typed, and what is shown comes out."""

import re
import shlex
import subprocess
from dataclasses import dataclass

import pytest

from tests.contracts.shell import ROOT, Shell

README = (ROOT / "README.md").read_text()


@dataclass(frozen=True)
class Step:
    """A command with the stdout the page shows for it."""

    command: str
    shown: list[str]
    status: int


def programs(page: str) -> dict[str, str]:
    """Each Python block under the last file name the text mentions before it."""
    found = {}
    for before, code in re.findall(r"(.*?)```python\n(.*?)```", page, re.DOTALL):
        found[re.findall(r"[Pp]ut this into `([\w.]+)`", before)[-1]] = code
    return found


def steps(page: str) -> list[Step]:
    """The lines of the console blocks, in order: `$ command`, then its output, then perhaps its exit status."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            status = 0
            if shown and shown[-1].startswith("exit status: "):
                status = int(shown.pop().rpartition(" ")[2])
            found.append(Step(command, shown, status))
    return found


def test_every_python_block_says_where_it_goes() -> None:
    assert list(programs(README)) == ["hello.py", "start.py", "orders.py"]
    assert README.count("```python") == 3


@pytest.mark.parametrize("page", ["README.md", "docs/when_it_goes_wrong.md"])
def test_the_commands_do_what_the_page_shows(shell: Shell, page: str) -> None:
    text = (ROOT / page).read_text()
    for name, code in programs(text).items():
        (shell.folder / name).write_text(code)
    assert len(steps(text)) == text.count("\n$ ")
    for step in steps(text):
        # A shell says 137 of a command that was killed, Python says -9.
        status = 128 - step.status if step.status > 128 else step.status
        done = shell(*shlex.split(step.command), status=status)
        if step.shown:
            assert (step.command, sorted(done.stdout.splitlines())) == (step.command, sorted(step.shown))


def test_every_make_command_it_names_exists() -> None:
    named = set(re.findall(r"^ +make (\w+)", README, re.MULTILINE))
    assert named
    for target in named:
        assert subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True).returncode == 0, target


def test_every_file_and_folder_it_names_exists() -> None:
    named = set(re.findall(r"`([\w/]+/|\w+/[\w.]+|CHANGELOG.md)`", README)) - {"python/"}
    assert {
        name for name in named if not (ROOT / name).exists() and not (ROOT / "rs_controller/src" / name).exists()
    } == set()


def test_it_is_in_the_change_log() -> None:
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()
