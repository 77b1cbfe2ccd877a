"""Real runs through the real tool, in a home and a folder of their own: what a user gets, off a terminal."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said
from tests.cli.schema import problems

PROGRAM = '''
import asyncio
from dataclasses import dataclass
from pathlib import Path

import flyte

env = flyte.TaskEnvironment("whole")


@dataclass
class Best:
    k: int
    score: float


@env.task
def greet(name: str, times: int = 1) -> str:
    """Greet somebody."""
    print("inside greet:", name)
    return " ".join([f"hello {name}"] * times)


@env.task
async def square(i: int, poison: int) -> int:
    if i == poison:
        raise ValueError(f"item [{i}] is poisoned")
    print("squared", i)
    return i * i


@env.task
async def fan(n: int = 4, poison: int = -1) -> int:
    return sum(await asyncio.gather(*[square(i, poison) for i in range(n)]))


@env.task
def pair() -> tuple[int, Best]:
    return 1, Best(3, 0.5)


@env.task
def unsaid(value: int):
    if value:
        return {"value": value}


@env.task
def silent():
    pass


@env.task
def unlucky(marker: str) -> int:
    path = Path(marker)
    tried = path.read_text() if path.exists() else ""
    path.write_text(tried + "x")
    if not tried:
        raise KeyError("b")
    return 7


@env.task
def step(name: str, log: str) -> str:
    with open(log, "a") as file:
        file.write(name + "\\n")
    if name == "second" and Path(log).read_text().count("second") == 1:
        raise RuntimeError("not yet")
    return name


@env.task
def steps(log: str) -> list[str]:
    return [step(name, log) for name in ("first", "second")]
'''

TYPED = """
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum

import flyte

env = flyte.TaskEnvironment("typed")


class Mode(Enum):
    FAST = "fast"


@dataclass
class Cfg:
    lr: float = 0.1
    layers: list[int] | None = None


@env.task(report=True)
def show(cfg: Cfg, n: int = 1, day: date = date(2025, 1, 1), wait: timedelta = timedelta(0), tags: list[str] = [],
         raw: bytes = b"", mode: Mode = Mode.FAST, maybe: int | None = 3) -> str:
    flyte.report.log(f"<p>{n}</p>")
    return repr((cfg, n, day, wait.total_seconds(), tags, raw, mode.name, maybe))
"""

ID = re.compile(r"\br[2-9a-hjkmnp-tvwyz]{6}\b")
TIME = re.compile(r"\b\d+\.\d+s\b( *)")

Flyte = Callable[..., Said]


@pytest.fixture
def flyte(tmp_path: Path) -> Flyte:
    """Runs `flyte` in a process of its own; names of runs and durations are made the same."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "whole.py").write_text(PROGRAM)
    environment = _environment(tmp_path)

    def call(*words: str) -> Said:
        command = [str(Path(sys.executable).with_name("flyte")), *words]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
        assert "\x1b" not in done.stdout + done.stderr
        return Said(done.returncode, _same(done.stdout), _same(done.stderr))

    return call


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
    return kept | {"FLYTE_HOME": str(folder / "home"), "COLUMNS": "100"}


def _same(text: str) -> str:
    return TIME.sub(lambda match: "0.0s" + match[1][:1], ID.sub("rNAME", text))


def test_a_result_is_on_stdout_and_the_rest_on_stderr(flyte: Flyte) -> None:
    said = flyte("run", "whole.py", "greet", "--name", "Ada", "--times", "2")
    assert said == Said(
        0,
        "inside greet: Ada\nhello Ada hello Ada\n",
        "0.0s ● greet rNAME name='Ada' times=2\n✓ greet  0.0s rNAME\n",
    )


def test_quiet_prints_the_result_only(flyte: Flyte) -> None:
    assert flyte("run", "whole.py", "greet", "--name", "Ada", "-q") == Said(0, "hello Ada\n", "")


def test_value_is_for_scripts(flyte: Flyte) -> None:
    said = flyte("run", "whole.py", "pair", "-of", "value")
    assert (said.status, said.stdout) == (0, '1\n{"k": 3, "score": 0.5}\n')


def test_several_outputs_are_named(flyte: Flyte) -> None:
    assert flyte("run", "whole.py", "pair", "-q").stdout == "o0 = 1\no1 = Best(k=3, score=0.5)\n"


def test_a_result_without_an_annotation_is_shown_and_nothing_is_not(flyte: Flyte) -> None:
    assert flyte("run", "whole.py", "unsaid", "--value", "3", "-q").stdout == "{'value': 3}\n"
    assert flyte("run", "whole.py", "silent", "-q").stdout == ""


def test_a_fan_out_names_its_children(flyte: Flyte) -> None:
    said = flyte("run", "whole.py", "fan")
    printed = said.stdout.splitlines()
    assert sorted(printed[:-1]) == [f"square.{i} │ squared {i}" for i in range(4)]
    assert printed[-1] == "14"
    assert "✓ square ×4 0.0s" in said.stderr
    assert "5 actions" in said.stderr.splitlines()[-1] + said.stderr.splitlines()[-2]


def test_a_failure_is_reported_once_with_the_line_and_the_next_command(flyte: Flyte) -> None:
    said = flyte("run", "whole.py", "fan", "--poison", "2")
    assert said.status == 1
    assert said.stderr.count("item [2] is poisoned") == 1
    report = said.stderr[said.stderr.index("✗ fan failed") :]
    assert "square.2  i=2 poison=2" in report
    assert "whole.py:27 in square" in report
    assert '❱ 27 │         raise ValueError(f"item [{i}] is poisoned")' in report
    assert "whole.py:34 in fan" in report
    assert "flyte rerun rNAME --recover" in "\n".join(said.stderr.splitlines()[-10:])
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("words", [["greet", "--name", "Ada"], ["fan", "--poison", "1"]], ids=["success", "failure"])
def test_json_is_one_valid_document(flyte: Flyte, words: list[str]) -> None:
    said = flyte("run", "whole.py", *words, "--json")
    assert problems("run", json.loads(said.stdout)) == []


def test_jsonl_is_events_and_then_the_run(flyte: Flyte) -> None:
    said = flyte("run", "-of", "jsonl", "whole.py", "fan")
    *events, run = [json.loads(line) for line in said.stdout.splitlines()]
    assert [problems("event", each) for each in events] == [[]] * len(events)
    assert problems("run", run) == []
    assert run["outputs"] == {"o0": 14}
    assert sum(each["event"] == "log" for each in events) == 4
    assert said.stderr == ""


@pytest.mark.parametrize("format", ["json", "value", "id"])
def test_what_inline_tasks_print_stays_out_of_documents(flyte: Flyte, format: str) -> None:
    said = flyte("run", "whole.py", "greet", "--name", "Ada", "--executor", "inline", "-of", format)
    assert "inside greet" not in said.stdout
    assert "inside greet: Ada" in said.stderr


def test_quiet_is_quiet_inline_too(flyte: Flyte) -> None:
    said = flyte("run", "whole.py", "greet", "--name", "Ada", "--executor", "inline", "-q")
    assert said == Said(0, "hello Ada\n", "")


def test_a_run_is_found_again(flyte: Flyte) -> None:
    flyte("run", "whole.py", "fan", "-q")
    flyte("run", "whole.py", "greet", "--name", "Ada", "-q")
    rows = [line.split("\t") for line in flyte("get", "run").stdout.splitlines()]
    assert [row[1:3] for row in rows] == [["succeeded", "whole.greet"], ["succeeded", "whole.fan"]]
    assert rows[0][5] == "name='Ada' times=1"
    page = flyte("get", "run", "@2").stdout
    assert page.startswith("✓ fan  rNAME  succeeded")
    assert "square ×4" in page
    assert "result  14" in page


def test_a_run_can_be_started_again_with_its_inputs(flyte: Flyte, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    assert flyte("run", "whole.py", "unlucky", "--marker", str(marker)).status == 1
    assert flyte("rerun", "@", "-q") == Said(0, "7\n", "")
    assert marker.read_text() == "xx"


def test_recovering_does_again_only_what_did_not_finish(flyte: Flyte, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert flyte("run", "whole.py", "steps", "--log", str(log)).status == 1
    said = flyte("rerun", "@", "--recover")
    assert said.stdout == "['first', 'second']\n"
    assert "1 recovered" in said.stderr
    assert log.read_text().split() == ["first", "second", "second"]


def test_a_reader_that_stops_reading_is_no_error(flyte: Flyte, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    environment = _environment(tmp_path)
    command = f"{Path(sys.executable).with_name('flyte')} run whole.py fan --n 200 | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Broken" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "✓ fan" in done.stderr


def test_an_unwritable_state_folder_is_told_before_work_starts(flyte: Flyte, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    said = flyte("run", "whole.py", "greet", "--name", "Ada")
    assert said.status == 4
    assert said.stderr.startswith("error: cannot run here: ")
    assert "inside greet" not in said.stdout


@pytest.fixture
def typed(flyte: Flyte, tmp_path: Path) -> Flyte:
    """Runs a task with inputs of many types."""
    (tmp_path / "here" / "typed.py").write_text(TYPED)
    (tmp_path / "here" / "in.yaml").write_text("cfg: {lr: 2, layers: [1]}\nn: 5\nday: 2025-02-01\n")
    return flyte


def test_inputs_of_many_types_reach_the_task(typed: Flyte) -> None:
    words = ["--cfg.lr", "0.5", "--day", "2025-03-04", "--wait", "1h30m", "--tags", "a", "--tags", "b"]
    said = typed("run", "typed.py", "show", *words, "--raw", "base64:AP8=", "--mode", "Fast", "--maybe", "none", "-q")
    expected = (
        "(Cfg(lr=0.5, layers=None), 1, datetime.date(2025, 3, 4), 5400.0, ['a', 'b'], b'\\x00\\xff', 'FAST', None)\n"
    )
    assert said == Said(0, expected, "")


def test_inputs_come_from_a_file_and_from_an_earlier_run(typed: Flyte) -> None:
    first = typed("run", "typed.py", "show", "--inputs", "in.yaml", "--n", "6", "-q")
    assert first.stdout.startswith("(Cfg(lr=2.0, layers=[1]), 6, datetime.date(2025, 2, 1), ")
    again = typed("run", "typed.py", "show", "--from", "@", "--cfg.lr", "3", "-q")
    assert again.stdout == first.stdout.replace("lr=2.0", "lr=3.0")


def test_inputs_of_another_task_are_refused(typed: Flyte) -> None:
    typed("run", "whole.py", "greet", "--name", "Ada", "-q")
    said = typed("run", "typed.py", "show", "--from", "@")
    assert said.status == 2
    assert said.stderr.startswith("error: the inputs of run `rNAME`, of whole.greet, do not fit typed.show: ")


def test_the_report_of_a_run_is_found_and_whole(typed: Flyte, tmp_path: Path) -> None:
    typed("run", "typed.py", "show", "--inputs", '{"cfg": {}}', "--n", "7", "-q")
    said = typed("get", "report", "@")
    assert (said.status, said.stderr) == (0, "")
    (file,) = (tmp_path / "home" / "runs").glob("*/reports/a0/0.html")
    assert said.stdout == _same(f"{file}\n")
    assert "<p>7</p>" in file.read_text()


DATA = """
import pandas
import flyte
from flyte.io import DataFrame, Dir, File

env = flyte.TaskEnvironment("data")


@env.task
def look(f: File, d: Dir, df: DataFrame, plain: pandas.DataFrame) -> str:
    names = sorted(each.name for each in d.walk_sync())
    frame = df.open(pandas.DataFrame).all_sync()
    return f"{f.read()} {names} {frame.n.sum()} {list(frame.columns)} {len(plain)}"


@env.task
def main(f: File, d: Dir, df: DataFrame, plain: pandas.DataFrame) -> str:
    return look(f, d, df, plain)
"""


def test_files_folders_and_frames_are_given_by_their_paths(flyte: Flyte, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    folder = tmp_path / "here"
    (folder / "data.py").write_text(DATA)
    (folder / "x.txt").write_text("hello")
    (folder / "folder" / "sub").mkdir(parents=True)
    (folder / "folder" / "a.txt").write_text("a")
    (folder / "folder" / "sub" / "b.txt").write_text("b")
    (folder / "data.csv").write_text("n,name\n1,a\n2,b\n")
    given = ["--f", "x.txt", "--d", "folder", "--df", "data.csv", "--plain", "data.csv"]
    said = flyte("run", "data.py", "main", *given, "-q")
    assert said == Said(0, "hello ['a.txt', 'b.txt'] 3 ['n', 'name'] 2\n", "")
    wrong = flyte("run", "data.py", "main", "--f", "y.txt", "--d", "x.txt", "--df", "no.csv", "--plain", "data.csv")
    assert wrong.status == 2
    assert [name in wrong.stderr for name in ("y.txt", "x.txt", "no.csv")] == [True, True, True]


PICKLED = """
import asyncio

import flyte

env = flyte.TaskEnvironment("pickled")


class Model:
    pass


@env.task
def leaf(model: Model, n: int) -> int:
    return n


@env.task
def branch(model: Model, n: int) -> int:
    return leaf(model, n)


@env.task
async def main(n: int, model: Model = Model()) -> int:
    return sum(await asyncio.gather(*[branch.aio(model, k) for k in range(n)]))
"""


def test_what_is_pickled_is_said_once_in_a_run_however_many_workers_there_are(flyte: Flyte, tmp_path: Path) -> None:
    (tmp_path / "here" / "pickled.py").write_text(PICKLED)
    said = flyte("run", "pickled.py", "main", "--n", "8")
    assert said.status == 0
    warned = re.findall(r"pickled\.(\w+): `model` \(Model\) without an encoding", said.stdout + said.stderr)
    assert sorted(warned) == ["branch", "leaf", "main"]
