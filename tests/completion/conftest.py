"""A folder with a file of tasks, a home of its own, and one recorded run."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HELLO = '''
from enum import Enum

import flyte

env = flyte.TaskEnvironment("hello")


class Mode(Enum):
    FAST = "f"
    SLOW = "s"


@env.task
def greet(name: str, mode: Mode = Mode.FAST) -> str:
    """Greet somebody."""
    return name


@env.task
def part() -> str:
    """Take leave."""
    return "bye"
'''


@dataclass(frozen=True)
class Site:
    """Where a shell is started."""

    folder: Path
    environment: dict[str, str]

    @property
    def home(self) -> Path:
        """The state folder."""
        return Path(self.environment["FLYTE_HOME"])

    def flyte(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Call the tool."""
        return subprocess.run(
            ["flyte", *words], cwd=self.folder, env=self.environment, capture_output=True, stdin=subprocess.DEVNULL
        )

    def tab(self, *words: str) -> list[str]:
        """What a shell is offered at the last of the words; nothing may be on stderr, and the status is 0."""
        done = self.flyte("__complete", "zsh", str(len(words)), "flyte", *words)
        assert (done.returncode, done.stderr) == (0, b"")
        return [row.partition("\t")[0] for row in done.stdout.decode().splitlines()[1:]]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A folder without runs."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "hello.py").write_text(HELLO)
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "FLYTE_HOME": str(tmp_path / "state"),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
    }
    (tmp_path / "home").mkdir()
    return Site(folder, environment)


@pytest.fixture
def site_with_run(site: Site) -> Site:
    """The same with the run `r7k2m9q` of `greet`."""
    done = site.flyte("run", "--name", "r7k2m9q", "hello.py", "greet", "--name", "Ada")
    assert done.returncode == 0, done.stderr
    return site
