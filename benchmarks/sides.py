"""The two sides of every measurement: this project, and the peer from PyPI in an environment of its own.

It prepares them and says how each is called; it measures nothing.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cost import Cost, spend

PEER = "flyte==2.12.1"
ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "benchmarks" / "programs"
SCRATCH = ROOT / ".bench"
"""Homes and state folders: on the project's disk, not in a /tmp that may be memory."""


@dataclass(frozen=True)
class Side:
    """One implementation of Flyte: the Python that imports it, and a home of its own."""

    name: str
    python: Path
    home: Path

    @property
    def is_ours(self) -> bool:
        return self.name == "ours"

    @property
    def flyte(self) -> Path:
        """The console script beside the Python."""
        return self.python.parent / "flyte"

    @property
    def environment(self) -> dict[str, str]:
        """The caller's variables, without those that steer Python or Flyte, and with this side's home."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLYTE", "PYTHON", "CI"))}
        return kept | {"HOME": str(self.home), "FLYTE_HOME": str(self.home / ".flyte"), "DO_NOT_TRACK": "1"}

    def spend(
        self, *command: str | Path, look_at_memory_every: float = 0.0, variables: Mapping[str, str] | None = None
    ) -> Cost:
        """Run a command among the benchmark programs, with some variables more, and say what it took."""
        environment = self.environment | dict(variables or {})
        return spend(command, cwd=PROGRAMS, environment=environment, look_at_memory_every=look_at_memory_every)

    def program(
        self,
        file: str,
        *arguments: object,
        look_at_memory_every: float = 0.0,
        variables: Mapping[str, str] | None = None,
    ) -> Cost:
        """Run one of `benchmarks/programs` and say what it took."""
        words = map(str, arguments)
        return self.spend(self.python, file, *words, look_at_memory_every=look_at_memory_every, variables=variables)

    def version(self) -> str:
        """The version of Flyte, and of the Python under it."""
        code = (
            "import importlib.metadata as m, platform as p; print(m.version('flyte'), 'on Python', p.python_version())"
        )
        return subprocess.check_output([self.python, "-c", code], text=True, env=self.environment).strip()


def ours() -> Side:
    """The Python that runs the benchmarks imports this project."""
    return Side("ours", Path(sys.executable), _fresh_home("ours"))


def peer() -> Side:
    """The peer: $FLYTE_PEER_PYTHON, or an environment made in .venv-peer."""
    chosen = os.environ.get("FLYTE_PEER_PYTHON")
    python = Path(chosen) if chosen else _make_peer()
    return Side("peer", python.absolute(), _fresh_home("peer"))


def _make_peer() -> Path:
    venv = ROOT / ".venv-peer"
    python = venv / "bin" / "python"
    wanted = ["-c", f"import importlib.metadata as m; assert m.version('flyte') == {PEER.partition('==')[2]!r}"]
    if not python.exists() or _fails([python, *wanted]):
        print(f"installing {PEER} into {venv.name}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    return python


def _fails(command: Sequence[str | Path]) -> bool:
    return subprocess.run(command, capture_output=True).returncode != 0


def _fresh_home(name: str) -> Path:
    """An empty home that goes when this process does: 100,000 actions leave something behind."""
    SCRATCH.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=SCRATCH))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home
