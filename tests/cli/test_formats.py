"""Forms of output: what they are called, what they hold, and how they are installed for TAB."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from flyte_cli.main import main
from flyte_cli.ops.host import Host
from flyte_cli.topics import TOPICS
from tests.cli.conftest import Recorded, Said
from tests.cli.fakes import Row
from tests.cli.runs_made_up import failed
from tests.cli.schema import problems

Cli = Callable[..., Said]


@pytest.fixture
def recorded(engine: Recorded, scripts: Path) -> None:
    note = "ValueError: " + "a long story " * 20
    engine.rows = [Row("r3k9a2e", project=str(scripts), phase="failed", note=note)]
    engine.trees = {"r3k9a2e": failed()}


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("words", ["get run", "get run @"])
def test_yaml_is_the_same_document_as_json(cli: Cli, words: str) -> None:
    documents = json.loads(cli(*words.split(), "-of", "json").stdout)
    assert yaml.safe_load(cli(*words.split(), "-of", "yaml").stdout) == documents


@pytest.mark.usefixtures("recorded")
def test_wide_is_the_table_with_nothing_cut_even_in_a_pipe(cli: Cli) -> None:
    titles, row = cli("get", "run", "-of", "wide").stdout.splitlines()
    assert titles.split() == ["RUN", "TASK", "STARTED", "TOOK", "ACTIONS", "NOTE"]
    assert row.count("a long story") == 20


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(("alias", "name"), [("table", "text"), ("table-simple", "text"), ("json-raw", "json")])
def test_names_of_the_other_sdk_work(cli: Cli, alias: str, name: str) -> None:
    assert cli("get", "run", "-of", alias) == cli("get", "run", "-of", name)


@pytest.mark.usefixtures("recorded")
def test_ascii_may_stand_before_and_after_the_command(cli: Cli) -> None:
    assert not cli("get", "run", "@").stdout.isascii()
    assert cli("get", "run", "@", "--ascii").stdout.isascii()
    assert cli("--ascii", "get", "run", "@") == cli("get", "run", "--ascii", "@")
    assert not cli("get", "run", "@").stdout.isascii()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_fits_a_small_screen(cli: Cli, topic: str) -> None:
    said = cli("help", topic)
    assert said == Said(0, TOPICS[topic], "")
    assert len(said.stdout.splitlines()) <= 24
    assert max(map(len, said.stdout.splitlines())) <= 80
    assert cli("help", topic, "--ascii").stdout.isascii()


@pytest.mark.parametrize(
    "words", ["help formts", "help nothing-like-it", "help get rnu", "completion zhs", "completion"]
)
def test_help_and_completion_name_the_near_miss(cli: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    said = cli(*words.split())
    assert said.status == 2
    assert str(said) == snapshot


def test_help_of_a_command_is_its_long_page(cli: Cli) -> None:
    assert cli("help", "get", "run") == cli("get", "run", "--help")
    assert cli("help", "get") == cli("get", "-h")


def test_long_help_names_the_environment_variables(cli: Cli) -> None:
    short, long = cli("run", "-h").stdout, cli("run", "--help").stdout
    assert "FLYTE_HOME" not in short
    assert "FLYTE_PROGRESS" in long
    assert "FLYTE_HOME" in long


@pytest.fixture
def install(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Installs into a home of its own."""

    def call(*words: str, **environment: str) -> Said:
        home = {"HOME": str(tmp_path), "COLUMNS": "100"}
        status = main(["completion", *words, "--install"], Host(Recorded(), environment=home | environment))  # type: ignore[arg-type]
        captured = capsys.readouterr()
        return Said(status, *(text.replace(str(tmp_path), "HOME") for text in captured))

    return call


@pytest.mark.parametrize("shell", ["zsh", "fish", "pwsh"])
def test_install_writes_the_script_and_says_what_is_left_to_do(
    install: Callable[..., Said], tmp_path: Path, snapshot: SnapshotAssertion, shell: str
) -> None:
    said = install(shell)
    assert str(said) == snapshot
    written = Path(said.stdout.strip().replace("HOME", str(tmp_path)))
    assert written.read_text().startswith("#")
    assert install(shell) == said


def test_install_finds_the_shell_in_the_environment(install: Callable[..., Said]) -> None:
    assert install(SHELL="/usr/bin/fish").stdout == "HOME/.config/fish/completions/flyte.fish\n"
    assert install(SHELL="/bin/ksh").status == 2
    assert install(SHELL="").status == 2


def test_install_without_a_home_or_a_writable_one_is_this_machines_trouble(install: Callable[..., Said]) -> None:
    assert install("zsh", HOME="").stderr.startswith("error: no HOME to install into")
    said = install("zsh", HOME="/proc/nowhere")
    assert said.status == 4
    assert "flyte completion zsh > FILE" in said.stderr


def test_where_it_was_installed_fits_its_schema(install: Callable[..., Said]) -> None:
    assert problems("completion", json.loads(install("zsh", "--json").stdout)) == []
