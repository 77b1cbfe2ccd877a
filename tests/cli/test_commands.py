"""Commands as a user types them: exit status, stdout and stderr together."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte_cli.main import COMMANDS
from flyte_cli.overview import OVERVIEW
from tests.cli.conftest import Recorded, Said
from tests.cli.fakes import Row
from tests.cli.runs_made_up import ended, failed, fan_out
from tests.cli.schema import problems

Cli = Callable[..., Said]

EVERY_TYPE = """
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict
from uuid import UUID

import flyte

env = flyte.TaskEnvironment("every")


class Colour(Enum):
    RED = "r"
    BLUE = "b"


class Point(NamedTuple):
    x: int
    y: int = 2


class Movie(TypedDict):
    title: str
    tags: list[str]


@dataclass
class Optimizer:
    kind: str = "sgd"


@dataclass
class Cfg:
    \"\"\"Settings.

    Args:
        lr: learning rate
    \"\"\"

    lr: float
    wait: timedelta = timedelta(seconds=5)
    optimizer: Optimizer = field(default_factory=Optimizer)


class Custom: ...


@env.task
def every(
    an_int: int, a_float: float, a_text: str, a_flag: bool, some_bytes: bytes, when: datetime, day: date, at: time,
    wait: timedelta, price: Decimal, id: UUID, path: Path, number: complex, span: range, colour: Colour,
    mode: Literal["fast", 3], maybe: int | None, either: int | str, texts: list[str], days: set[date],
    many: tuple[int, ...], pair: tuple[int, str], table: dict[str, float], cfg: Cfg, point: Point, movie: Movie,
    anything: Any, custom: Custom, UPPER_case: int = 5, default_cfg: Cfg = Cfg(0.5),
) -> Cfg:
    \"\"\"Take one of each.

    :param when: when it began
    :param cfg: the settings
    \"\"\"
    return cfg
"""


@pytest.mark.parametrize(
    "words",
    ["run -h", "rerun -h", "abort -h", "get -h", "get run -h", "run", "get", "run hello.py", "run hello.py -h",
     "run hello.py greet -h", "run hello.py train -h", "run hello.py nothing --help"],
)  # fmt: skip
def test_help(cli: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    assert str(cli(*words.split())) == snapshot


def test_help_of_a_task_shows_how_each_type_is_given(cli: Cli, scripts: Path, snapshot: SnapshotAssertion) -> None:
    (scripts / "every.py").write_text(EVERY_TYPE)
    assert str(cli("run", "every.py", "-h")) == snapshot
    assert str(cli("run", "every.py", "every")) == snapshot


@pytest.mark.parametrize(
    "words",
    [
        "rnu",
        "get rum",
        "get rurun x",
        "--verison",
        "run --nmae x hello.py greet",
        "rerun",
        "rerun @ --recovr",
        "get run --limit many",
        "get run --limit 0",
        "get run --limit",
        "get run -of jsn",
        "get run --color sometimes",
        "get run a b",
        "run helo.py",
        "run hello",
        "run .",
        "run nowhere/x.py",
        "run hello.py gret",
        "run hello.py zzz",
        "run hello.py::gret",
        "run hello.py greet",
        "run hello.py greet --nmae Ada",
        "run hello.py greet --name Ada --times two --loud",
        "run hello.py greet --name Ada --executor inlien",
        "run hello.py greet --name Ada --progress tyt",
        "run hello.py greet --name Ada --grace -1",
        "run hello.py greet Ada",
    ],
)
def test_misuse_says_what_to_do(cli: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    said = cli(*words.split())
    assert said.status == 2
    assert said.stdout == ""
    assert str(said) == snapshot


@pytest.mark.parametrize(
    "source",
    {
        "syntax": "import flyte\n\ndef f(x: int -> int:\n    return x\n",
        "missing module": "import flyte\nimport no_such_module\n",
        "raises": "def helper():\n    raise RuntimeError('[x] is\\nodd')\n\nhelper()\n",
        "exits": "import sys\nsys.exit('enough')\n",
        "no tasks": "x = 1\n",
    }.items(),
    ids=lambda pair: pair[0],
)
def test_a_file_that_does_not_load_shows_its_own_lines(
    cli: Cli, scripts: Path, snapshot: SnapshotAssertion, source: tuple[str, str]
) -> None:
    (scripts / "broken.py").write_text(source[1])
    said = cli("run", "broken.py", "main")
    assert said.status == 2
    assert "flyte_cli" not in said.stderr
    assert "importlib" not in said.stderr
    assert str(said).replace(__import__("sys").executable, "PYTHON") == snapshot


def test_a_file_with_the_name_of_a_python_module_is_refused(
    cli: Cli, scripts: Path, snapshot: SnapshotAssertion
) -> None:
    (scripts / "json.py").write_text("x = 1\n")
    assert str(cli("run", "json.py")) == snapshot


def recorded(engine: Recorded, here: Path) -> None:
    engine.rows = [
        Row("r7k2m9q", project=str(here), phase="running", ended_at=None, counts={"succeeded": 17, "running": 4}),
        Row("r3k9a2e", project=str(here), phase="failed", note="ValueError: item 3 is poisoned"),
        Row("r3kzzzz", project="/elsewhere", note="n=4"),
    ]
    engine.trees = {"r7k2m9q": fan_out(), "r3k9a2e": failed(), "r3kzzzz": ended(fan_out())}


@pytest.mark.parametrize(
    "words",
    ["get run",
     "get run --all", "get run --limit 1 -of json", "get run -of id", "-of jsonl get run", "get --json run r7",
     "get run @", "get run @2", "get run r3kz", "get run last -of id", "get run -of value"],
)  # fmt: skip
def test_runs_are_shown(cli: Cli, engine: Recorded, scripts: Path, snapshot: SnapshotAssertion, words: str) -> None:
    recorded(engine, scripts)
    assert str(cli(*words.split())) == snapshot


@pytest.mark.parametrize("words", ["get run r3k", "get run @3", "get run r7k2m9p", "rerun q", "abort @2"])
def test_a_run_that_is_not_there_is_told_with_the_near_miss(
    cli: Cli, engine: Recorded, scripts: Path, snapshot: SnapshotAssertion, words: str
) -> None:
    recorded(engine, scripts)
    said = cli(*words.split())
    assert said.status == 2
    assert str(said) == snapshot


@pytest.mark.parametrize("words", ["get run", "get run @", "get run r7"])
def test_without_runs_the_next_step_is_named(cli: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    assert str(cli(*words.split())) == snapshot


def test_runs_of_other_folders_are_mentioned(cli: Cli, engine: Recorded) -> None:
    engine.rows = [Row("r3kzzzz", project="/elsewhere")]
    assert "flyte get run --all" in cli("get", "run").stderr


def test_a_run_whose_folder_is_gone_is_told(cli: Cli, engine: Recorded, scripts: Path) -> None:
    engine.rows = [Row("r7k2m9q", project=str(scripts))]
    said = cli("get", "run", "@")
    assert (said.status, said.stderr) == (2, "error: the folder of run `r7k2m9q` is gone: /runs/r7\n")


def test_abort_asks_the_run_to_stop(cli: Cli, engine: Recorded, scripts: Path) -> None:
    recorded(engine, scripts)
    said = cli("abort", "r7", "--reason", "too slow")
    assert engine.aborted == [("r7k2m9q", "too slow")]
    assert said == Said(0, "", "asked r7k2m9q to stop\n")


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("abort run r7 --reason slow", ("r7k2m9q", "slow")),
        ("abort action r7 flaky.16 --reason slow", ("r7k2m9q", "slow", 18)),
        ("abort --reason slow run @", ("r7k2m9q", "slow")),
        ("abort r7 flaky.16", ("r7k2m9q", "", 18)),
    ],
)
def test_abort_has_a_form_for_runs_and_one_for_actions(
    cli: Cli, engine: Recorded, scripts: Path, words: str, asked: tuple[object, ...]
) -> None:
    recorded(engine, scripts)
    assert cli(*words.split()).status == 0
    assert engine.aborted == [asked]


def test_a_run_may_be_named_like_a_form_of_abort(cli: Cli, engine: Recorded) -> None:
    engine.rows = [Row("run", phase="running")]
    assert cli("abort", "run").status == 0
    assert cli("abort", "run", "run").status == 0
    assert engine.aborted == [("run", ""), ("run", "")]


@pytest.mark.parametrize("words", ["abort action r7", "abort action r7 flakky.3", "abort run", "abort action -h"])
def test_forms_of_abort_say_what_they_need(
    cli: Cli, engine: Recorded, scripts: Path, snapshot: SnapshotAssertion, words: str
) -> None:
    recorded(engine, scripts)
    assert str(cli(*words.split())) == snapshot


def test_json_documents_fit_their_schemas(cli: Cli, engine: Recorded, scripts: Path) -> None:
    recorded(engine, scripts)
    assert problems("runs", json.loads(cli("get", "run", "--json").stdout)) == []
    assert problems("run", json.loads(cli("get", "run", "@2", "--json").stdout)) == []
    assert problems("abort", json.loads(cli("abort", "@", "--json").stdout)) == []


def test_a_bug_of_ours_says_so_and_keeps_a_report(cli: Cli, engine: Recorded, scripts: Path, tmp_path: Path) -> None:
    engine.rows = [Row("r7k2m9q", project=str(scripts), started_at=None)]  # type: ignore[arg-type]
    said = cli("get", "run")
    assert said.status == 70
    report = Path(said.stderr.split("a report is in ")[1].split(";")[0])
    assert "Traceback" in report.read_text()
    report.unlink()


def test_the_overview_names_every_command_and_fits_a_small_screen() -> None:
    lists = re.findall(r"^(?:[A-Z][a-z]+|Set up) {2,}(.*)$", OVERVIEW, re.MULTILINE)
    assert {word for words in lists for word in words.split()} == set(COMMANDS)
    lines = OVERVIEW.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
