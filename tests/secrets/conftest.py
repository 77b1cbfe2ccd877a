"""Stores in folders of their own, programs for both executors, and the commands as a user types them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flyte.secret_store import SecretStore
from flyte_cli.main import main
from flyte_cli.ops.host import Host
from tests.cli.conftest import Said
from tests.cli.fakes import START
from tests.conformance.program import Programs

VALUE = "hunter2-swordfish"


@pytest.fixture(autouse=True)
def no_key_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is the folder's own, and nothing of this machine's keyring is touched."""
    monkeypatch.delenv("FLYTE_SECRETS_KEY", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def store(tmp_path: Path) -> SecretStore:
    """The store of the folder that programs run with."""
    return SecretStore(tmp_path / "home")


@pytest.fixture(params=["process", "inline"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Programs:
    """Runs programs under one executor, then under the other."""
    return Programs(tmp_path, request.param)


@pytest.fixture
def process_program(tmp_path: Path) -> Programs:
    """Runs programs in worker processes only."""
    return Programs(tmp_path, "process")


@dataclass
class Keys:
    """A keyring in memory."""

    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@dataclass
class Person:
    """Somebody at the terminal, or nobody."""

    types: str | None = None
    says: str | None = None
    agrees: bool | None = None
    asked: list[str] = field(default_factory=list)

    def hidden(self, prompt: str) -> str | None:
        self.asked.append(prompt)
        return self.types

    def plain(self, prompt: str) -> str | None:
        self.asked.append(prompt)
        return self.says

    def confirm(self, question: str) -> bool | None:
        self.asked.append(question)
        return self.agrees


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def cli(
    store: SecretStore,
    person: Person,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Said]:
    """Calls `flyte` with words."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def call(*words: str, stdin: bytes = b"") -> Said:
        host = Host(
            clock=lambda: START,
            environment={"COLUMNS": "100", "HOME": str(tmp_path)},
            folder=lambda: str(tmp_path),
            stdin=lambda: stdin,
            ask_hidden=person.hidden,
            ask=person.plain,
            confirm=person.confirm,
            secret_store=lambda: store,
        )
        status = main(words, host)
        captured = capsys.readouterr()
        here = str(tmp_path)
        return Said(status, captured.out.replace(here, "HERE"), captured.err.replace(here, "HERE"))

    return call
