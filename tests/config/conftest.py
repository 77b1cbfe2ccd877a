"""The tool in a folder and a home of their own, with somebody at the terminal, or nobody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flyte import initialize, overrides
from flyte_cli.main import main
from flyte_cli.ops.host import Host
from tests.cli.conftest import Recorded, Said
from tests.cli.fakes import START

Cli = Callable[..., Said]


@dataclass
class Person:
    """Somebody at the terminal: what they type, one after the other, and whether they agree. Or nobody."""

    types: list[str] = field(default_factory=list)
    agrees: bool | None = None
    asked: list[str] = field(default_factory=list)

    def ask(self, prompt: str) -> str | None:
        self.asked.append(prompt)
        return self.types.pop(0) if self.types else None

    def confirm(self, question: str) -> bool | None:
        self.asked.append(question)
        return self.agrees


@pytest.fixture(autouse=True)
def _nothing_said_before() -> Iterator[None]:
    """What one test says about runs and environments does not reach the next."""
    yield
    initialize.remember(initialize.Settings())
    overrides.declare({})


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder one is in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """The environment; tests add to it."""
    return {"COLUMNS": "80", "HOME": str(tmp_path / "home")}


@pytest.fixture
def cli(
    here: Path,
    variables: dict[str, str],
    person: Person,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Cli:
    """Calls `flyte` with words."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def call(*words: str) -> Said:
        host = Host(
            engine=Recorded(),
            clock=lambda: START,
            environment=variables,
            folder=lambda: str(here),
            ask=person.ask,
            confirm=person.confirm,
        )
        status = main(words, host)
        captured = capsys.readouterr()
        return Said(status, *(_same(text, here) for text in captured))

    return call


def _same(text: str, here: Path) -> str:
    return text.replace(str(here), "HERE").replace(str(here.with_name("home")), "HOME")
