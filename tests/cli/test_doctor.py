"""`flyte doctor`: what is missing is told with what to do about it; what is not needed here is no trouble."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte_cli.ops import doctor
from flyte_cli.ops.doctor import Check
from flyte_cli.output.doctor_page import doctor_lines
from flyte_cli.output.look import Look
from tests.cli.conftest import Said
from tests.cli.schema import problems

Cli = Callable[..., Said]


@pytest.fixture
def here(cli: Cli, scripts: Path) -> Cli:
    """With a home and programs of its own, at 80 columns."""
    own = {"COLUMNS": "80", "HOME": str(scripts / "home"), "FLYTE_HOME": str(scripts / "state"), "PATH": str(scripts)}
    cli.environment.update(own)  # type: ignore[attr-defined]
    return cli


def program(path: Path, text: str) -> None:
    path.write_text(f"#!{shutil.which('bash')}\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def checks(said: Said) -> dict[str, dict[str, str | None]]:
    document = json.loads(said.stdout)
    assert problems("doctor", document) == []
    assert document["ready"] == (said.status == 0)
    return {each["name"]: each for each in document["checks"]}


@pytest.mark.parametrize("words", ["-h", "--recovr", "extra"])
def test_help_and_misuse(here: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    assert str(here("doctor", words)) == snapshot


def test_a_machine_that_has_everything(here: Cli, scripts: Path, snapshot: SnapshotAssertion) -> None:
    (scripts / "state" / "runs" / "r222222").mkdir(parents=True)
    program(scripts / "docker", "echo 27.1.1")
    said = here("doctor")
    assert said.status == 0
    machine = re.compile(r"(python|flyte|cores|disk|secrets)( +).*|(?<=1 run, ).*")
    assert machine.sub(lambda found: f"{found[1]}{found[2]}IT" if found[1] else "SIZE", said.stdout) == snapshot


def test_a_page_shows_what_to_do(snapshot: SnapshotAssertion) -> None:
    found = [
        Check("core", "missing", "does not load: no module\nof that name", "install flyte again"),
        Check("disk", "warning", "3.0 MiB free of 1.0 GiB", "make room"),
        Check("docker", "absent", "not here"),
        Check("state", "ok", "/home/a\x1b[31m"),
    ]
    drawn = ["".join(span.text for span in each) for each in doctor_lines(found, Look(ascii=True))]
    assert "\n".join(drawn) == snapshot


def test_a_state_folder_that_is_a_file_is_missing(here: Cli, scripts: Path) -> None:
    (scripts / "state").write_text("")
    said = here("doctor", "--json")
    assert said.status == 4
    assert checks(said)["state"] == {
        "name": "state",
        "verdict": "missing",
        "found": "HERE/state: Not a directory",
        "help": "make it a folder that you may write to, or set $FLYTE_HOME to another",
    }
    assert here("doctor", "-of", "id") == Said(4, "state\n", "")
    assert here("doctor", "-q").stdout.startswith("✗ state  HERE/state: Not a directory\n")


def test_looking_makes_nothing(here: Cli, scripts: Path) -> None:
    before = sorted(scripts.iterdir())
    assert checks(here("doctor", "--json"))["state"]["found"] == "HERE/state, not made yet"
    assert sorted(scripts.iterdir()) == before


def test_no_home_at_all_is_missing() -> None:
    assert doctor.state(None).verdict == "missing"
    assert "$FLYTE_HOME" in (doctor.state(None).help or "")


def test_a_core_that_does_not_load_is_missing() -> None:
    def load() -> None:
        raise ImportError("wrong ELF class")

    check = doctor.core(load)
    assert (check.verdict, check.found) == ("missing", "does not load: wrong ELF class")


def test_doctor_itself_works_without_the_core(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['flyte._core'] = None; from flyte_cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    environment = os.environ | {"FLYTE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", code, "doctor", "-of", "value"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (4, "")
    assert "core=missing" in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "verdict", "found"),
    [
        ("echo 27.1.1", "ok", "27.1.1, "),
        ("echo no daemon >&2; exit 1", "absent", "without a daemon"),
        (None, "absent", "not here"),
    ],
    ids=["works", "no daemon", "none"],
)
def test_docker_is_not_needed_here(here: Cli, scripts: Path, text: str | None, verdict: str, found: str) -> None:
    if text is not None:
        program(scripts / "docker", text)
    said = here("doctor", "--json")
    assert said.status == 0
    assert checks(said)["docker"]["verdict"] == verdict
    assert found in str(checks(said)["docker"]["found"])


def test_the_config_file_that_counts_is_named_and_a_broken_one_is_trouble(here: Cli, scripts: Path) -> None:
    folder = scripts / ".flyte"
    folder.mkdir()
    (folder / "config.yaml").write_text("task:\n  project: shop\n")
    assert checks(here("doctor", "--json"))["config"]["found"] == "HERE/.flyte/config.yaml"
    (folder / "config.yaml").write_text("task: [")
    said = here("doctor", "--json")
    assert said.status == 4
    assert "HERE/.flyte/config.yaml" in str(checks(said)["config"]["found"])


def test_the_project_file_that_counts_is_named_and_a_broken_one_is_trouble(here: Cli, scripts: Path) -> None:
    (scripts / "flyte.toml").write_text('default_task = "main"\n')
    assert checks(here("doctor", "--json"))["project"]["found"] == "HERE/flyte.toml"
    (scripts / "flyte.toml").write_text("default_task = 3\n")
    said = here("doctor", "--json")
    assert said.status == 4
    assert "default_task" in str(checks(said)["project"]["found"])


def test_a_keyring_is_named() -> None:
    class Ring:
        name = "Secret Service"

    assert doctor.keyring(Ring).found == "keyring: Secret Service"
    assert doctor.keyring(lambda: None).found == "encrypted file: there is no keyring"
