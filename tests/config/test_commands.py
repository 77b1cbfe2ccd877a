"""`flyte get config`, `config set`, `config unset`, `config path` and `create config` as a user types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from flyte_cli.main import main
from flyte_cli.ops.config import ConfigOptions, get_config
from flyte_cli.ops.host import Host
from flyte_cli.output.config_page import Whereabouts, config_page
from flyte_cli.output.look import Look
from flyte_cli.output.spans import painted
from tests.cli.conftest import Said
from tests.cli.schema import problems
from tests.config.conftest import Cli, Person

CONFIG = """\
# ours
admin:
  endpoint: dns:///acme.example   # the staging one
task:
  project: sandbox
  domain: development
profiles:
  prod:
    admin:
      endpoint: dns:///prod.example
"""
PROJECT = """\
[project]
name = "x"  # kept

[tool.flyte]
default_task = "main"  # the whole of it

[tool.flyte.entries.nightly]
task = "main"
"""


@pytest.fixture
def configured(here: Path, variables: dict[str, str]) -> Path:
    """A folder with a config file, a project file, and a variable that hides a value."""
    (here / "config.yaml").write_text(CONFIG)
    (here / "pyproject.toml").write_text(PROJECT)
    variables["FLYTE_PROJECT"] = "flytesnacks"
    return here


@pytest.mark.parametrize(
    "words",
    ["config -h", "config", "get config -h", "config set -h", "config unset -h", "config path -h", "create config -h"],
)
def test_help(cli: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    assert str(cli(*words.split())) == snapshot


@pytest.mark.parametrize(
    "words",
    [
        "get config",
        "get config --all",
        "get config endpoint",
        "get config admin.endpoint",
        "get config task.project --json",
        "get config project.default_task",
        "get config project.entries",
        "get config org",
        "get config --profile prod endpoint --json",
        "--profile prod get config -of id",
        "get config -p other -d d --org o --endpoint e",
        "-of jsonl get config project",
        "config path",
        "config path --json",
    ],
)
def test_settings_are_shown(cli: Cli, configured: Path, snapshot: SnapshotAssertion, words: str) -> None:
    assert str(cli(*words.split())) == snapshot


def page(host: Host, width: int, everything: bool = False) -> str:
    view = get_config(None, everything, ConfigOptions(profile="prod"), host)
    where = Whereabouts(host.folder(), host.environment["HOME"])
    return "\n".join(painted(line, False) for line in config_page(view, Look(width=width), where))


@pytest.mark.parametrize("width", [100, 80, 40, 20, 1])
def test_a_terminal_gets_a_table_with_origins(
    configured: Path, variables: dict[str, str], snapshot: SnapshotAssertion, width: int
) -> None:
    assert page(Host(environment=variables, folder=lambda: str(configured)), width) == snapshot


def test_every_setting_names_where_it_comes_from(cli: Cli, configured: Path) -> None:
    document = json.loads(cli("get", "config", "--all", "--json").stdout)
    assert problems("config", document) == []
    for each in document["settings"]:
        origin = each["origin"]
        if origin["kind"] != "file":
            continue
        lines = Path(origin["name"].replace("HERE", str(configured))).read_text().splitlines()
        assert each["key"].rpartition(".")[2] in lines[origin["line"] - 1]


def test_nothing_set_says_what_there_is(cli: Cli, snapshot: SnapshotAssertion) -> None:
    assert str(cli("get", "config")) == snapshot
    assert str(cli("config", "path")) == snapshot


def test_unknown_keys_are_told_with_the_near_miss(cli: Cli, here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "config.yaml").write_text("endpiont: x\ntask:\n  projcet: p\nlogger:\n  level: 0\n")
    (here / "flyte.toml").write_text("default_fil = 'x'\n")
    assert str(cli("get", "config")) == snapshot


BROKEN = {
    "yaml": "task:\n  project: p\n bad: [\n",
    "cut off": "task:\n  project: [\n",
    "boolean": "admin:\n  endpoint: e\n  insecure: maybe\n",
    "profile": "project: p\nprofile: prod\n",
    "list": "- 1\n",
}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        *(("get config", name) for name in BROKEN),
        ("config set endpoint x", "cut off"),
        ("config unset endpoint", "list"),
    ],
)
def test_a_broken_config_file_stops_with_its_line(
    cli: Cli, here: Path, snapshot: SnapshotAssertion, words: str, name: str
) -> None:
    (here / "config.yaml").write_text(BROKEN[name])
    said = cli(*words.split())
    assert said.status == 2
    assert (here / "config.yaml").read_text() == BROKEN[name]
    assert str(said) == snapshot


@pytest.mark.parametrize(
    ("name", "words"), [("boolean", "config set insecure true"), ("profile", "config unset profile")]
)
def test_a_broken_value_is_mended_by_writing_it(cli: Cli, here: Path, name: str, words: str) -> None:
    (here / "config.yaml").write_text(BROKEN[name])
    assert cli(*words.split()).status == 0
    assert cli("get", "config").status == 0


def test_a_broken_project_file_stops_with_its_line(cli: Cli, here: Path, snapshot: SnapshotAssertion) -> None:
    (here / "flyte.toml").write_text("default_file = 'a'\ndefault_task = [\n")
    assert str(cli("get", "config")) == snapshot
    (here / "flyte.toml").write_text("default_file = 'a'\ndefault_task = 1\n")
    assert str(cli("get", "config")) == snapshot


@pytest.mark.parametrize(
    "words",
    [
        "get config endpiont",
        "get config project.default_tsak",
        "get config --profile prd",
        "get config -c confg.yaml",
        "get config -c nowhere/x.yaml",
        "get config a b",
        "config set endpiont x",
        "config set endpoint",
        "config set insecure maybe",
        "config set auth.type magic",
        "config set profile prd",
        "config set project.defalt_task x",
        "config set project.environments.e.cache atuo",
        "config set project.default_task.x y",
        "config unset org",
        "config unset endpiont",
        "config unset project.default_file",
        "config sett endpoint x",
        "create config --builder docker",
        "create config --auth-type pkcs",
        "create config --devbox --endpoint x",
        "create config -o config.yaml",
    ],
)
def test_misuse_says_what_to_do(cli: Cli, configured: Path, snapshot: SnapshotAssertion, words: str) -> None:
    said = cli(*words.split())
    assert said.status == 2
    assert said.stdout == ""
    assert str(said) == snapshot
    assert (configured / "config.yaml").read_text() == CONFIG
    assert (configured / "pyproject.toml").read_text() == PROJECT


WAS = "dns:///acme.example"
SET = [
    ("endpoint dns:///b", f"{WAS} ", "dns:///b ", f"set endpoint to dns:///b (was {WAS}), config.yaml:3"),
    ("admin.insecure yes", "task:", "  insecure: true\ntask:", "set insecure to true, config.yaml:4"),
    (
        "--profile prod endpoint e",
        "dns:///prod.example",
        "e",
        "set endpoint to e (was dns:///prod.example), config.yaml:10",
    ),
    ("domain development", "", "", "domain is development already, config.yaml:6"),
    ("auth.type headless", "task:", "  authType: DeviceFlow\ntask:", "set auth.type to DeviceFlow, config.yaml:4"),
]


@pytest.mark.parametrize(("words", "before", "after", "said"), SET)
def test_one_setting_is_written_and_comments_stay(
    cli: Cli, here: Path, words: str, before: str, after: str, said: str
) -> None:
    (here / "config.yaml").write_text(CONFIG)
    assert cli("config", "set", *words.split()) == Said(0, "", said + "\n")
    assert (here / "config.yaml").read_text() == CONFIG.replace(before, after, 1)


def test_a_profile_is_made_and_chosen(cli: Cli, here: Path) -> None:
    cli("config", "set", "project", "everyday")
    cli("config", "set", "--profile", "staging", "project", "careful")
    assert cli("get", "config", "project").stdout == "everyday\n"
    assert cli("config", "set", "profile", "staging").status == 0
    assert cli("get", "config", "project").stdout == "careful\n"
    assert cli("config", "unset", "profile").status == 0
    assert cli("get", "config", "project").stdout == "everyday\n"


def test_a_variable_that_still_wins_is_told(cli: Cli, configured: Path, snapshot: SnapshotAssertion) -> None:
    assert str(cli("config", "set", "project", "mine")) == snapshot


def test_the_first_setting_makes_the_file(cli: Cli, here: Path) -> None:
    assert cli("config", "set", "project", "a b é") == Said(0, "", "set project to a b é, .flyte/config.yaml:2\n")
    assert (here / ".flyte" / "config.yaml").read_text() == "task:\n  project: a b é\n"
    assert cli("config", "unset", "project") == Said(0, "", "unset project in .flyte/config.yaml\n")
    assert (here / ".flyte" / "config.yaml").read_text() == ""


def test_a_project_setting_goes_to_the_project_file_and_its_comments_stay(cli: Cli, configured: Path) -> None:
    assert cli("config", "set", "project.default_task", "other") == Said(
        0, "", "set project.default_task to other (was main), pyproject.toml:5\n"
    )
    assert (configured / "pyproject.toml").read_text() == PROJECT.replace('"main"  #', '"other"  #')
    assert cli("config", "unset", "project.entries.nightly.task").status == 0
    assert "nightly" not in (configured / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("default_task", "1", "1"),
        ("include", "a, b", ["a", "b"]),
        ("include", '["a"]', ["a"]),
        ("environments.e.resources.cpu", "2", 2),
        ("environments.e.resources.cpu", "500m", "500m"),
        ("environments.e.resources.memory", '["1Gi", "2Gi"]', ["1Gi", "2Gi"]),
        ("environments.e.interruptible", "true", True),
        ("environments.e.env_vars.A", "1", "1"),
        ("inputs.n", "3", 3),
        ("inputs.name", "Ada", "Ada"),
        ("entries.n.inputs.day", "2", 2),
        ("entries.n.inputs", '{"n": 1}', {"n": 1}),
    ],
)
def test_a_project_setting_gets_the_type_it_has_there(cli: Cli, key: str, text: str, value: object) -> None:
    assert cli("config", "set", f"project.{key}", text).status == 0
    shown = json.loads(cli("get", "config", f"project.{key}", "--json").stdout)["settings"]
    found = {each["key"].removeprefix(f"project.{key}").lstrip("."): each["value"] for each in shown}
    assert found == (value if isinstance(value, dict) else {"": value})


def test_without_a_project_file_one_is_made_with_a_schema_for_editors(
    cli: Cli, here: Path, snapshot: SnapshotAssertion
) -> None:
    assert str(cli("config", "set", "project.default_task", "main")) == snapshot
    assert (here / "flyte.toml").read_text() == '#:schema .flyte/project.schema.json\ndefault_task = "main"\n'
    assert json.loads((here / ".flyte" / "project.schema.json").read_text())["properties"]["default_task"]


def test_pyproject_is_used_when_it_is_there(cli: Cli, here: Path) -> None:
    (here / "pyproject.toml").write_text('[project]\nname = "x"\n')
    cli("config", "set", "project.default_task", "main")
    text = (here / "pyproject.toml").read_text()
    assert text == '[project]\nname = "x"\n\n[tool.flyte]\ndefault_task = "main"\n'
    assert not (here / "flyte.toml").exists()


@pytest.mark.parametrize(
    "words",
    [
        "--endpoint acme.flyte.example -p p -d d --builder local",
        "--endpoint https://localhost:30080/ --insecure",
        "--endpoint 10.0.0.1:80 --org o --auth-type app_credential",
        "--devbox -p mine",
        "--local-persistence --local-tracked --registry ghcr.io/acme --image-builder remote --auth-type custom",
        "",
    ],
)
def test_create_config_writes_what_was_said(cli: Cli, here: Path, snapshot: SnapshotAssertion, words: str) -> None:
    said = cli("create", "config", *words.split())
    assert f"{said}\n{(here / '.flyte' / 'config.yaml').read_text()}" == snapshot
    assert cli("get", "config").status == 0


def test_create_config_asks_on_a_terminal(cli: Cli, here: Path, person: Person) -> None:
    person.types = ["acme.flyte.example", "p", ""]
    assert cli("create", "config", "-o", "my folder/é.yaml").status == 0
    assert yaml.safe_load((here / "my folder" / "é.yaml").read_text()) == {
        "admin": {"endpoint": "dns:///acme.flyte.example"},
        "image": {"builder": "local"},
        "task": {"org": "acme", "project": "p"},
    }
    assert len(person.asked) == 3


def test_create_config_shows_the_difference_and_asks_before_it_replaces(
    cli: Cli, here: Path, person: Person, snapshot: SnapshotAssertion
) -> None:
    words = ["create", "config", "-o", "config.yaml", "--endpoint", "a.b.example"]
    (here / "config.yaml").write_text(CONFIG)
    person.agrees = False
    assert str(cli(*words)) == snapshot
    assert (here / "config.yaml").read_text() == CONFIG
    person.agrees = True
    assert str(cli(*words)) == snapshot
    assert "a.b.example" in (here / "config.yaml").read_text()
    person.agrees = None
    assert cli(*words) == Said(0, "", "config.yaml says so already\n")
    assert cli("create", "config", "-o", "config.yaml", "--force", "-q", "-p", "p") == Said(0, "", "")


def test_documents_fit_their_schemas(cli: Cli, here: Path) -> None:
    for words in (
        "create config --json",
        "config set project p --json",
        "config set project.include a --json",
        "config unset project --json",
        "create config --force --json --devbox",
    ):
        assert problems("config-change", json.loads(cli(*words.split()).stdout)) == []
    assert problems("path", json.loads(cli("config", "path", "--json").stdout)) == []


def test_a_link_stays_a_link_and_permissions_stay(cli: Cli, here: Path) -> None:
    (here / "real.yaml").write_text("project: p\n")
    (here / "real.yaml").chmod(0o600)
    (here / "config.yaml").symlink_to("real.yaml")
    assert cli("config", "set", "project", "q").status == 0
    assert (here / "config.yaml").is_symlink()
    assert (here / "real.yaml").read_text() == "project: q\n"
    assert (here / "real.yaml").stat().st_mode & 0o777 == 0o600


def test_line_ends_stay(cli: Cli, here: Path) -> None:
    (here / "config.yaml").write_bytes(b"# ours\r\nproject: p\r\n")
    (here / "flyte.toml").write_bytes(b"# ours\r\ndefault_task = 'a'\r\n")
    cli("config", "set", "project", "q")
    cli("config", "set", "project.default_task", "b")
    assert (here / "config.yaml").read_bytes() == b"# ours\r\nproject: q\r\n"
    assert (here / "flyte.toml").read_bytes() == b'# ours\r\ndefault_task = "b"\r\n'


def test_a_profile_that_still_wins_is_told(cli: Cli, here: Path) -> None:
    (here / "config.yaml").write_text("project: a\nprofile: x\nprofiles: {x: {project: b}}\n")
    assert "warning: profile x wins over it\n" in cli("config", "set", "project", "c").stderr
    assert "warning" not in cli("config", "set", "--profile", "x", "project", "c").stderr


@pytest.mark.parametrize("locale", [{"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {}])
def test_without_standard_input_and_in_any_locale_nothing_breaks(here: Path, locale: dict[str, str]) -> None:
    (here / "config.yaml").write_text("project: é\n", encoding="utf-8")
    environment = {"HOME": str(here), "PATH": os.environ["PATH"], "COLUMNS": "20", **locale}
    flyte = Path(sys.executable).with_name("flyte")

    def call(words: str) -> subprocess.CompletedProcess[str]:
        script = f"exec '{flyte}' {words} <&-"
        return subprocess.run(["sh", "-c", script], cwd=here, env=environment, capture_output=True, encoding="utf-8")

    assert call("get config project").stdout == ("\\xe9\n" if locale else "é\n")
    refused = call("create config -o config.yaml")
    assert (refused.returncode, "nobody to ask" in refused.stderr) == (2, True)
    assert (here / "config.yaml").read_text(encoding="utf-8") == "project: é\n"


def test_a_place_that_cannot_be_written_is_a_trouble_of_the_machine(cli: Cli, here: Path) -> None:
    (here / ".flyte").write_text("a file where a folder should be")
    said = cli("config", "set", "project", "p")
    assert (said.status, said.stderr.splitlines()[0]) == (
        4,
        "error: cannot write HERE/.flyte/config.yaml: File exists",
    )
    assert list(here.iterdir()) == [here / ".flyte"]


def test_without_a_home_the_folder_still_counts(
    here: Path, variables: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)  # a user that no one knows, as in containers
    (here / "config.yaml").write_text("project: p\n")
    monkeypatch.delenv("FLYTE_HOME", raising=False)
    host = Host(environment={}, folder=lambda: str(here))
    assert main(["get", "config", "project"], host) == 0
    assert capsys.readouterr().out == "p\n"
    assert main(["get", "run"], host) == 4
    assert capsys.readouterr().err == "error: this user has no home folder: set FLYTE_HOME to a folder for runs\n"
