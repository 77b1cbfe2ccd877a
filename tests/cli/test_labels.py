"""What people say about a run when they start it, and finding it by that; on real runs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte_cli.main import main
from flyte_cli.ops.host import Host
from tests.cli.conftest import Recorded, Said
from tests.cli.schema import problems

PROGRAM = """
import flyte
import flyte.io

env = flyte.TaskEnvironment("said")


@env.task
def main(fail: bool = False) -> str:
    if fail:
        raise ValueError("as asked")
    return flyte.io.File.from_local_sync(__file__).path


if __name__ == "__main__":
    runner = flyte.with_runcontext(name="rpyth22", labels={"team": "ops"}, version="v3", project="shop")
    runner.run(main)
    flyte.with_runcontext(name="ragain2", labels={"size": "small"}).rerun("rpyth22")
"""
PROJECT = '[labels]\nteam = "data"\nkind = "nightly"\n'

Flyte = Callable[..., Said]


def _flyte(folder: Path, *words: str, program: str = "flyte") -> Said:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
    environment = kept | {"FLYTE_HOME": str(folder / "home"), "COLUMNS": "100", "NO_COLOR": "1"}
    command = [str(Path(sys.executable).with_name(program)), *words]
    done = subprocess.run(
        command, cwd=folder / "here", env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def flyte(tmp_path_factory: pytest.TempPathFactory) -> Flyte:
    """Calls `flyte` where there are runs of which this and that was said."""
    folder = tmp_path_factory.mktemp("said")
    (folder / "here").mkdir()
    (folder / "here" / "said.py").write_text(PROGRAM)
    assert _flyte(folder, "said.py", program="python").status == 0
    (folder / "here" / "flyte.toml").write_text(PROJECT)
    labels = ("--label", "team=ml", "--label", "note=a=b", "--version", "v7", "-p", "shop", "-d", "development")
    assert _flyte(folder, "run", "said.py", "main", "--name", "rlabel2", *labels).status == 0
    assert _flyte(folder, "run", "said.py", "main", "--name", "rplain2", "--fail").status == 1
    (folder / "here" / "flyte.toml").unlink()
    assert _flyte(folder, "rerun", "rlabel2", "--name", "rrerun2", "--label", "team=web").status == 0
    assert _flyte(folder, "run", "said.py", "main", "--name", "rnobody").status == 0
    return lambda *words: _flyte(folder, *words)


def _named(flyte: Flyte, *filters: str) -> set[str]:
    said = flyte("get", "run", *filters, "-of", "id")
    assert said.status == 0, said.stderr
    return set(said.stdout.split())


def _labels(flyte: Flyte, run: str) -> dict[str, str]:
    document = json.loads(flyte("get", "run", run, "--json").stdout)
    assert problems("run", document) == []
    found: dict[str, str] = document["labels"]
    return found


def test_labels_of_the_command_line_win_over_those_of_the_project_file(flyte: Flyte) -> None:
    assert _labels(flyte, "rlabel2") == {"team": "ml", "kind": "nightly", "note": "a=b"}
    assert _labels(flyte, "rplain2") == {"team": "data", "kind": "nightly"}
    assert _labels(flyte, "rnobody") == {}


def test_a_rerun_keeps_the_labels_and_takes_others(flyte: Flyte) -> None:
    assert _labels(flyte, "rrerun2") == {"team": "web", "kind": "nightly", "note": "a=b"}
    assert _labels(flyte, "ragain2") == {"team": "ops", "size": "small"}


def test_labels_are_said_in_python_as_well(flyte: Flyte) -> None:
    document = json.loads(flyte("get", "run", "rpyth22", "--json").stdout)
    assert (document["labels"], document["version"]) == ({"team": "ops"}, "v3")
    assert document["belongs_to"] == {"project": "shop", "domain": None}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--with-label", "team=ml"], {"rlabel2"}),
        (["--with-label", "team=data", "--with-label", "kind=nightly"], {"rplain2"}),
        (["--with-label", "team=ml", "--with-label-key", "size"], set()),
        (["--with-label-key", "note"], {"rlabel2", "rrerun2"}),
        (["--where", "label:note"], {"rlabel2", "rrerun2"}),
        (["--where", "label:team=ops"], {"rpyth22", "ragain2"}),
        (["--where", "!label:team state:succeeded"], {"rnobody"}),
        (["--where", "label:sm*"], {"ragain2"}),
        (["--task-version", "v7"], {"rlabel2"}),
        (["-p", "shop"], {"rlabel2", "rpyth22"}),
        (["-p", "shop", "-d", "development"], {"rlabel2"}),
        (["-p", "other"], set()),
        (["--only-mine", "--phase", "failed"], {"rplain2"}),
        (["--paused-only"], set()),
        (["--updated-after", "1h", "--task-name", "main", "--with-label-key", "size"], {"ragain2"}),
        (["--updated-before", "1h"], set()),
    ],
    ids=lambda each: " ".join(sorted(each)),
)
def test_runs_are_found_by_what_was_said_of_them(flyte: Flyte, filters: list[str], found: set[str]) -> None:
    assert _named(flyte, *filters) == found


def test_lists_say_it_too(flyte: Flyte) -> None:
    document = json.loads(flyte("get", "run", "--json").stdout)
    assert problems("runs", document) == []
    said = {each["name"]: (each["labels"], each["belongs_to"]["project"]) for each in document["runs"]}
    assert said["rpyth22"] == ({"team": "ops"}, "shop")


def test_a_page_of_a_run_shows_its_labels_and_what_it_belongs_to(flyte: Flyte) -> None:
    page = flyte("get", "run", "rlabel2").stdout
    assert "project shop" in page
    assert "domain development" in page
    assert "version v7" in page
    assert "labels  kind=nightly  note=a=b  team=ml" in page
    assert "labels" not in flyte("get", "run", "rnobody").stdout


@pytest.mark.parametrize(
    "words",
    [
        ["get", "run", "rnobody", "-p", "shop"],
        ["get", "action", "rpyth22", "-d", "development"],
        ["get", "io", "rlabel2", "-p", "hsop"],
        ["get", "logs", "@", "-p", "nowhere"],
        ["abort", "run", "rlabel2", "-p", "other"],
        ["get", "run", "--with-label", "team"],
        ["run", "said.py", "main", "--label", "=x"],
        ["run", "said.py", "main", "--copy-style", "none"],
        ["run", "said.py", "main", "--copy-style", "al"],
        ["run", "said.py", "main", "--max-action-concurrency", "1"],
        ["run", "said.py", "main", "--root-dir", "nowhere"],
        ["--builder", "lokal", "run", "said.py", "main"],
        ["--auth-type", "foo", "run", "said.py", "main"],
        ["--endpoint", "dns:///x", "get", "run"],
    ],
    ids=" ".join,
)
def test_what_does_not_fit_is_refused(flyte: Flyte, snapshot: SnapshotAssertion, words: list[str]) -> None:
    assert str(flyte(*words)) == snapshot


def test_the_latest_run_of_a_project_is_looked_for_there(flyte: Flyte) -> None:
    assert "rlabel2" in flyte("get", "run", "@", "-p", "shop").stdout
    assert "rpyth22" in flyte("get", "run", "@2", "-p", "shop").stdout


def test_a_run_says_where_its_data_goes(flyte: Flyte, tmp_path: Path) -> None:
    said = flyte("run", "said.py", "main", "--raw-data-path", str(tmp_path / "data"), "-of", "value")
    assert said.stdout.strip().startswith(str(tmp_path / "data"))


class Asked(Recorded):
    """Starts nothing, and knows what was asked for."""

    request: Any = None

    def execute(self, request: Any, observer: Any) -> Any:
        self.request = request
        raise OSError("enough")


def test_options_of_a_run_reach_the_engine(scripts: Path) -> None:
    engine = Asked()
    options = ["--max-action-concurrency", "2", "--label", "a=1", "--label", "a=2", "--version", "v1", "-e", "X=1"]
    words = ["run", "hello.py", "greet", "--name", "Ada", *options]
    assert main(words, Host(engine, environment={}, folder=lambda: str(scripts))) == 4
    assert (engine.request.at_once, engine.request.attributes.labels) == (2, {"a": "2"})
    assert engine.request.attributes.version == "v1"


def test_a_backend_that_is_named_is_told_to_be_of_no_use(flyte: Flyte) -> None:
    said = flyte("--endpoint", "dns:///x", "--insecure", "run", "said.py", "main", "-f", "--tracked")
    assert (said.status, "`--endpoint` and `--insecure` are for a backend" in said.stderr) == (0, True)
