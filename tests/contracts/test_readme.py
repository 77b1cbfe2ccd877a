"""The README works: its programs are saved, its commands are typed, and what it shows is what comes out."""

import re
import shlex
import subprocess
from dataclasses import dataclass

from tests.contracts.shell import ROOT, Shell

README = (ROOT / "README.md").read_text()


@dataclass(frozen=True)
class Step:
    """A command with the stdout the README shows for it."""

    command: str
    shown: list[str]
    status: int


def programs() -> dict[str, str]:
    """Each Python block under the last file name the text mentions before it."""
    found = {}
    for before, code in re.findall(r"(.*?)```python\n(.*?)```", README, re.DOTALL):
        found[re.findall(r"[Pp]ut this into `([\w.]+)`", before)[-1]] = code
    return found


def steps() -> list[Step]:
    """The lines of the console blocks, in order: `$ command`, then its output, then perhaps its exit status."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            status = 0
            if shown and shown[-1].startswith("exit status: "):
                status = int(shown.pop().rpartition(" ")[2])
            found.append(Step(command, shown, status))
    return found


def test_every_python_block_says_where_it_goes() -> None:
    assert list(programs()) == ["hello.py", "start.py", "orders.py"]
    assert README.count("```python") == 3


def test_the_commands_do_what_the_readme_shows(shell: Shell) -> None:
    for name, code in programs().items():
        (shell.folder / name).write_text(code)
    assert len(steps()) == README.count("\n$ ")
    for step in steps():
        done = shell(*shlex.split(step.command), status=step.status)
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
