"""The tool as a user calls it, in one process: a folder of its own, a fixed clock and width, runs made up."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from flyte_cli.main import main
from flyte_cli.ops.host import Host
from tests.cli.fakes import START, Happening, Printed, Row, Tree

HELLO = '''\
from dataclasses import dataclass, field

import flyte

env = flyte.TaskEnvironment("hello")


@dataclass
class Cfg:
    lr: float = 0.1
    epochs: int = 3


@env.task
def greet(name: str, times: int = 1, shout: bool = False) -> str:
    """Greet somebody.

    Args:
        name: who to greet
        times: how often
    """
    return name * times


@env.task
async def train(cfg: Cfg, tags: list[str], X_max: int | None = None) -> tuple[int, str]:
    """Train and evaluate every branch.

    Takes its time.

    Parameters
    ----------
    cfg : Cfg
        training settings
    tags : list of str
        labels to try
    """
    return 1, ""


@env.task
async def nothing() -> None: ...
'''


@dataclass
class Recorded:
    """An engine that has runs but starts none."""

    rows: list[Row] = field(default_factory=list)
    trees: dict[str, Tree] = field(default_factory=dict)
    aborted: list[tuple[object, ...]] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    printed: list[tuple[int, str, int, bytes]] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def execute(self, request: Any, observer: Any) -> Any:
        raise AssertionError("no run was expected to start")

    def runs(self, project: str | None, limit: int) -> list[Row]:
        return [row for row in self.rows if project in (None, row.project)][:limit]

    def stamp(self) -> tuple[int, ...]:
        return (len(self.rows),)

    def find(self, prefix: str) -> list[Row]:
        return [row for row in self.rows if row.name.startswith(prefix)]

    def tree(self, row: Row) -> Tree:
        if row.name not in self.trees:
            raise FileNotFoundError(row.folder)
        return self.trees[row.name]

    def count(self, project: str | None) -> int:
        return len(self.runs(project, len(self.rows)))

    def remove(self, name: str) -> bool:
        kept = [row for row in self.rows if row.name != name]
        self.rows, before = kept, self.rows
        return len(kept) < len(before)

    def history(self, tree: Tree, ordinal: int | None = None) -> list[Happening]:
        return [each for each in self.happenings if ordinal in (None, each.ordinal)]

    def log_reader(
        self, tree: Tree, ordinals: set[int] | None, stderr_only: bool, since: int, until: int | None
    ) -> Printed:
        return Printed(self.printed, None if ordinals is None else set(ordinals), stderr_only, since, until)

    def pause(self, seconds: float) -> None:
        """What happens while somebody waits."""
        self.meanwhile.pop(0)()

    def left_behind(self) -> list[str]:
        return [row.name for row in self.rows if row.name in self.untold]

    def forget(self, name: str) -> bool:
        self.untold.remove(name)
        return True

    def abort(self, name: str, reason: str, action: int | None = None) -> bool:
        self.aborted.append((name, reason) if action is None else (name, reason, action))
        return any(row.name == name and row.phase == "running" for row in self.rows)


@dataclass(frozen=True)
class Said:
    """Everything a command said."""

    status: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        parts = [f"exit {self.status}"]
        parts += [f"-- {name}\n{text}" for name, text in (("out", self.stdout), ("err", self.stderr)) if text]
        return "\n".join(parts)


@pytest.fixture
def engine() -> Recorded:
    return Recorded()


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder one is in; what is imported from it is forgotten at the end."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "hello.py").write_text(HELLO)
    monkeypatch.chdir(folder)
    path, modules = list(sys.path), set(sys.modules)
    yield folder
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(folder) in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


@pytest.fixture
def opened() -> list[str]:
    """The addresses that were shown in the browser; one that says `refuse` means there is none."""
    return []


@pytest.fixture
def cli(
    scripts: Path,
    engine: Recorded,
    opened: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Said]:
    """Calls `flyte` with words; nothing is on standard input unless it is given."""
    environment = {"COLUMNS": "100", "HOME": str(scripts.parent / "home")}
    for name in [name for name in os.environ if name.startswith(("FLYTE", "NO_COLOR", "FORCE_COLOR", "CI", "TERM"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")

    def browse(address: str) -> bool:
        if opened == ["refuse"]:
            return False
        opened.append(address)
        return True

    def call(*words: str | Path, stdin: bytes = b"", answer: bool | None = None) -> Said:
        surroundings = (environment, lambda: str(scripts), browse, lambda: stdin)
        host = Host(engine, lambda: START + 600.0, *surroundings, pause=engine.pause, confirm=lambda _: answer)
        status = main([str(word) for word in words], host)
        captured = capsys.readouterr()
        return Said(status, captured.out.replace(str(scripts), "HERE"), captured.err.replace(str(scripts), "HERE"))

    call.environment = environment  # type: ignore[attr-defined]  # for a screen of another width
    return call
