"""`flyte create secret`, `get secret` and `delete secret` as a user types them."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte.secret_store import SecretStore
from flyte_cli.output.look import Look
from flyte_cli.output.secrets_table import secrets_table
from flyte_cli.output.spans import painted
from tests.cli.conftest import Said
from tests.cli.fakes import START
from tests.cli.schema import problems
from tests.secrets.conftest import VALUE, Person

Cli = Callable[..., Said]


@pytest.mark.parametrize("words", ["create -h", "create secret -h", "get secret -h", "delete secret -h", "delete"])
def test_help(cli: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    assert str(cli(*words.split())) == snapshot


@pytest.mark.parametrize(
    ("words", "stdin", "value"),
    [
        (["KEY", VALUE], b"", VALUE.encode()),
        (["KEY", "--value", VALUE], b"", VALUE.encode()),
        (["KEY", "--value", "-"], b"", b"-"),
        (["KEY", "-"], b"from a pipe\r\n", b"from a pipe"),
        (["KEY", "-"], b"two\nlines\n\n", b"two\nlines\n"),
        (["KEY", "--from-file", "file"], b"", b"\xff\0of a file\n"),
        (["group/KEY", "v"], b"", b"v"),
    ],
    ids=str,
)
def test_a_value_comes_as_a_word_from_a_file_or_from_standard_input(
    cli: Cli, store: SecretStore, tmp_path: Path, words: list[str], stdin: bytes, value: bytes
) -> None:
    (tmp_path / "file").write_bytes(b"\xff\0of a file\n")
    said = cli("create", "secret", *words, stdin=stdin)
    assert said == Said(0, "", f"created {words[0]}, kept in the encrypted file\n")
    assert store.get(words[0]) == value


def test_without_a_value_it_is_asked_for(cli: Cli, store: SecretStore, person: Person) -> None:
    person.types = VALUE
    assert cli("create", "secret", "KEY").status == 0
    assert person.asked == ["value of KEY: "]
    assert store.get("KEY") == VALUE.encode()


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("--registry ghcr.io --username ada --password s3cret", []),
        ("--registry ghcr.io --username ada", ["password of ada at ghcr.io: "]),
        ("", ["registry, like ghcr.io: ", "user name at ghcr.io: ", "password of ghcr.io at ghcr.io: "]),
    ],
)
def test_the_login_of_a_registry_is_kept_as_docker_writes_it(
    cli: Cli, store: SecretStore, person: Person, words: str, asked: list[str]
) -> None:
    person.types, person.says = "s3cret", "ghcr.io"
    assert cli("create", "secret", "KEY", "--type", "image_pull", *words.split()).status == 0
    login = json.loads(store.get("KEY") or "")["auths"]["ghcr.io"]["auth"]
    assert base64.b64decode(login).decode().endswith(":s3cret")
    assert person.asked == asked


DOCKER = {"auths": {"ghcr.io": {"auth": "YTpi"}, "docker.io": {"auth": "Yzpk"}, "quay.io": {}}}


@pytest.mark.parametrize(
    ("registries", "names"), [("ghcr.io", {"ghcr.io"}), ("docker.io,ghcr.io", {"ghcr.io", "docker.io"})]
)
@pytest.mark.parametrize("place", [[], ["--docker-config-path", "elsewhere.json"]])
def test_logins_of_docker_are_taken_over(
    cli: Cli, store: SecretStore, tmp_path: Path, registries: str, names: set[str], place: list[str]
) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / (place[1] if place else ".docker/config.json")).write_text(json.dumps(DOCKER))
    login = ("--type", "image_pull", "--from-docker-config", "--registries", registries, *place)
    assert cli("create", "secret", "KEY", *login).status == 0
    assert set(json.loads(store.get("KEY") or "")["auths"]) == names


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (json.dumps(DOCKER), "--registries ghcr.oi", "did you mean `ghcr.io`?"),
        (json.dumps(DOCKER), "", "docker keeps the login of quay.io in a program of its own"),
        ("{}", "", "docker is logged in nowhere"),
        ("[]", "", "is not what docker writes"),
        ("{", "", "is not what docker writes"),
    ],
)
def test_what_docker_does_not_have_is_said(cli: Cli, tmp_path: Path, text: str, words: str, said: str) -> None:
    (tmp_path / "config.json").write_text(text)
    login = ("--type", "image_pull", "--from-docker-config", "--docker-config-path", "config.json", *words.split())
    refused = cli("create", "secret", "KEY", *login)
    assert (refused.status, said in refused.stderr) == (2, True)


def test_a_secret_that_is_there_is_replaced(cli: Cli, store: SecretStore) -> None:
    store.set("KEY", b"old", 1.0)
    assert cli("create", "secret", "KEY", "new") == Said(0, "", "replaced KEY, kept in the encrypted file\n")
    assert store.get("KEY") == b"new"


@pytest.mark.parametrize(
    "words",
    [
        "create secret",
        "create secret KEY",
        "create secret KEY -",
        "create secret KEY a --value b",
        "create secret KEY --value b --from-file c",
        "create secret KEY --from-file nowhere",
        "create secret a:b c",
        "create secrte KEY",
        "create secret KEY --type image_pul",
        "create secret KEY --registry ghcr.io",
        "create secret KEY v --type image_pull --registry ghcr.io",
        "create secret KEY --type image_pull --username ada",
        "create secret KEY --type image_pull --registry ghcr.io --username ada",
        "create secret KEY --type image_pull",
        "create secret KEY --type image_pull --from-docker-config",
        "create secret KEY --type image_pull --from-docker-config --registry ghcr.io",
        "create secret KEY --type image_pull --registries ghcr.io",
        "get secret API_KEI",
        "get secret zzz",
        "get secret -of value",
        "delete secret API_KEI --yes",
        "delete secret API_KEY",
    ],
)
def test_misuse_says_what_to_do(cli: Cli, store: SecretStore, snapshot: SnapshotAssertion, words: str) -> None:
    store.set("API_KEY", VALUE.encode(), START)
    said = cli(*words.split())
    assert said.status == 2
    assert said.stdout == ""
    assert str(said) == snapshot
    assert [each.name for each in store.all()] == ["API_KEY"]


def test_without_secrets_the_next_step_is_named(cli: Cli, snapshot: SnapshotAssertion) -> None:
    assert str(cli("get", "secret")) == snapshot
    assert str(cli("get", "secret", "KEY")) == snapshot


@pytest.mark.parametrize(
    "words", ["get secret", "get secret B", "get secret -of id", "get secret --json", "-of jsonl get secret"]
)
def test_secrets_are_listed_without_their_values(
    cli: Cli, store: SecretStore, snapshot: SnapshotAssertion, words: str
) -> None:
    store.set("B", VALUE.encode(), START - 3600)
    store.set("API_KEY", VALUE.encode(), START)
    said = cli(*words.split())
    assert VALUE not in str(said)
    assert str(said) == snapshot


def test_a_terminal_gets_a_table(store: SecretStore, snapshot: SnapshotAssertion) -> None:
    store.set("B", VALUE.encode(), START - 3600)
    store.set("group/a-long-name", VALUE.encode(), START)
    table = secrets_table(store.all(), Look(width=60), START)
    assert "\n".join(painted(line, False) for line in table) == snapshot


def test_a_secret_is_deleted_when_somebody_agrees(cli: Cli, store: SecretStore, person: Person) -> None:
    store.set("KEY", b"v", 1.0)
    person.agrees = False
    assert cli("delete", "secret", "KEY") == Said(2, "", "error: `KEY` was not deleted\n")
    person.agrees = True
    assert cli("delete", "secret", "KEY") == Said(0, "", "deleted KEY\n")
    assert person.asked == ["delete secret KEY, which nothing can bring back?"] * 2
    assert store.all() == []


def test_yes_deletes_without_asking(cli: Cli, store: SecretStore, person: Person) -> None:
    store.set("KEY", b"v", 1.0)
    assert cli("delete", "secret", "KEY", "--yes", "-q") == Said(0, "", "")
    assert (store.all(), person.asked) == ([], [])


def test_documents_fit_their_schemas(cli: Cli) -> None:
    assert problems("secret", json.loads(cli("create", "secret", "KEY", "v", "--json").stdout)) == []
    assert problems("secrets", json.loads(cli("get", "secret", "--json").stdout)) == []
    deleted = json.loads(cli("delete", "secret", "KEY", "-y", "--json").stdout)
    assert problems("secret", deleted) == []
    assert deleted == {"schema": "secret/1", "name": "KEY", "change": "deleted", "kept": None}


def test_a_damaged_file_is_a_trouble_of_the_machine(cli: Cli, store: SecretStore, snapshot: SnapshotAssertion) -> None:
    store.set("KEY", b"v", 1.0)
    store.file.write_text("{")
    said = cli("create", "secret", "KEY", VALUE)
    assert said.status == 4
    assert str(said) == snapshot
    assert store.file.read_text() == "{"


def test_a_run_whose_secrets_are_missing_says_how_to_create_them(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "needs_secrets.py").write_text(
        "import flyte\n\nenv = flyte.TaskEnvironment('e', secrets=['not-kept', 'nor-this'])\n\n\n"
        "@env.task\ndef main() -> None:\n    print('started')\n"
    )
    assert str(cli("run", "needs_secrets.py", "main")) == snapshot
    assert not (tmp_path / "home" / "runs").exists()
