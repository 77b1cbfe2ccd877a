"""The tool in a folder of its own, in a process of its own: what one run kept, another one finds."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flyte._core import RunTree


@dataclass(frozen=True)
class Said:
    """Everything a command said."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Flyte:
    """Calls `flyte` beside a `flow.py` that a test writes."""

    folder: Path

    def write(self, text: str) -> None:
        """Write the tasks."""
        (self.folder / "flow.py").write_text(text)

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the surroundings that would change what is said."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
        return kept | {"FLYTE_HOME": str(self.home), "COLUMNS": "200"}

    @property
    def home(self) -> Path:
        """The state folder."""
        return self.folder / "home"

    def command(self, *words: str) -> list[str]:
        """The command line."""
        return [str(Path(sys.executable).with_name("flyte")), *words]

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start it and do not wait."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *words: str, status: int = 0) -> Said:
        """Run it to its end."""
        done = subprocess.run(
            self.command(*words), cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == status, done.stdout + done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def run(self, *words: str) -> str:
        """Run a task; the name of the run."""
        return self("run", "flow.py", *words, "-of", "id", "-q").stdout.strip()

    def json(self, *words: str) -> Any:
        """The document a command writes."""
        return json.loads(self(*words, "--json").stdout)

    def tree(self, run: str) -> RunTree:
        """What was recorded of a run."""
        return RunTree.open(str(self.home / "runs" / run))


@pytest.fixture
def flyte(tmp_path: Path) -> Flyte:
    """A fresh folder and home."""
    return Flyte(tmp_path)
