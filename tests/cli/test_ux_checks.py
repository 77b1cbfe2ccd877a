"""The fourteen checks of the command line, by their numbers. Each is short here; its corners have tests elsewhere.

Not here, because what they need is not in this tree yet: near misses of environments (`deploy`) in 3, the statuses 3
(a backend) and 124 (`--wait`) in 4. Of 12 the frames are counted, not the share of a core, and of 7 the order of
events, not milliseconds: a stopwatch would measure the machine.
"""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte_cli.generated import commands
from flyte_cli.output.visible import width_of
from tests.cli.conftest import HELLO, Recorded, Said
from tests.cli.fakes import Action, Row, Tree
from tests.cli.runs_made_up import fan_out
from tests.cli.schema import problems
from tests.cli.test_commands import EVERY_TYPE
from tests.cli.test_progress import Terminal

Cli = Callable[..., Said]

PROGRAM = '''
import asyncio
import os
import signal
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal

import flyte

env = flyte.TaskEnvironment("checks")


class Mode(Enum):
    FAST = "f"
    SLOW = "s"


@dataclass
class Cfg:
    rate: float = 0.1


@env.task
def works(n: int = 1, mode: Mode = Mode.FAST, how: Literal["x", "y"] = "x", cfg: Cfg = Cfg()) -> int:
    """Works."""
    return n


@env.task
def fails() -> None:
    raise ValueError("item [3] is poisoned")


@env.task(retries=3)
def unlucky(marker: str) -> int:
    with open(marker, "a") as file:
        file.write("x")
    if len(Path(marker).read_text()) < 3:
        raise RuntimeError("transient")
    return 7


@env.task
def says(text: str) -> str:
    print(text)
    return text


@env.task
async def stays(started: str, stubborn: bool = False) -> None:
    if stubborn:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(started, "w") as file:
        file.write(str(os.getpid()))
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            if not stubborn:
                raise
'''


class Site:
    """A folder with a program, and a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        self.folder.mkdir()
        (self.folder / "checks.py").write_text(PROGRAM)
        kept = {
            name: each for name, each in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI", "NO_"))
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        self.environment = kept | {"PATH": path, "FLYTE_HOME": str(folder / "home"), "COLUMNS": "80", "TERM": "xterm"}

    def __call__(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`flyte` with words, off a terminal."""
        return subprocess.run(
            ["flyte", *words],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    def on_terminal(self, *words: str, **environment: str) -> str:
        """Everything `flyte` writes on a terminal."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            ["flyte", *words],
            cwd=self.folder,
            env=self.environment | environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as process:
            os.close(theirs)
            seen = b""
            while process.poll() is None or select.select([ours], [], [], 0)[0]:
                if select.select([ours], [], [], 0.05)[0]:
                    try:
                        seen += os.read(ours, 65536)
                    except OSError:  # the other end is closed
                        break
        os.close(ours)
        return seen.decode()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


RUNS = [
    ["run", "checks.py", "works"],
    ["run", "checks.py", "fails"],
    ["run", "checks.py", "-h"],
    ["get", "run"],
    ["rnu"],
]


# --- 1


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
def test_1_no_escape_off_a_terminal(site: Site, words: list[str]) -> None:
    done = site(*words)
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", RUNS[:3], ids=" ".join)
def test_1_no_colour_when_it_is_not_wanted_and_no_movement_on_a_dumb_terminal(site: Site, words: list[str]) -> None:
    assert re.search(r"\x1b\[[0-9;]*m", site.on_terminal(*words))
    assert not re.search(r"\x1b\[[0-9;]*m", site.on_terminal(*words, NO_COLOR="1"))
    assert "\x1b" not in site.on_terminal(*words, TERM="dumb")


# --- 2


@pytest.mark.parametrize(("task", "status", "phase"), [("works", 0, "succeeded"), ("fails", 1, "failed")])
def test_2_a_run_is_a_document(site: Site, task: str, status: int, phase: str) -> None:
    done = site("run", "checks.py", task, "-of", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["phase"]) == (status, phase)
    assert problems("run", document) == []


def test_2_an_aborted_run_is_a_document(site: Site) -> None:
    document = json.loads(interrupted(site, ["-of", "json"], 1))
    assert document["phase"] == "aborted"
    assert problems("run", document) == []


# --- 3


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("rnu", "run"),
        ("get rnu", "run"),
        ("help formts", "formats"),
        ("get run --limti 3", "--limit"),
        ("get run -of jsno", "json"),
        ("run every.py evry", "every"),
        ("run evry.py every", "every.py"),
        ("run every.py every --wiat 3s", "--wait"),
        ("run every.py every --colour REDD", "RED"),
        ("run every.py every --mode fastt", "fast"),
        ("run every.py every --cfg.ltr 1", "lr"),
        ('run every.py every --cfg {"wiat":1}', "wait"),
        ("get run r7k2m9p", "r7k2m9q"),
        ("abort r7k2m9q flaki.3", "flaky.3"),
        ("delete secret TOKE", "TOKEN"),
        ("config set endpiont x", "endpoint"),
        ("config set image.bilder x", "image.builder"),
        ("config unset task.projct", "task.project"),
        ("get config project.default_tsk", "project.default_task"),
        ("get config --profile prd", "prod"),
        ("run nigthly", "nightly"),
    ],
)
def test_3_what_is_not_found_is_guessed(
    cli: Cli, engine: Recorded, scripts: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str, meant: str
) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    (scripts / "every.py").write_text(EVERY_TYPE)
    (scripts / "config.yaml").write_text("profiles:\n  prod:\n    project: p\n")
    (scripts / "flyte.toml").write_text("[entries.nightly]\nfile = 'every.py'\n")
    engine.rows = [Row("r7k2m9q", project=str(scripts))]
    engine.trees = {"r7k2m9q": fan_out()}
    assert cli("create", "secret", "TOKEN", "x").status == 0
    said = cli(*words.split())
    assert said.status == 2
    assert re.search(rf"did you mean `?{re.escape(meant)}", said.stderr)


# --- 4


def test_4_a_status_for_every_end(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert site("run", "checks.py", "works").returncode == 0
    assert site("run", "checks.py", "fails").returncode == 1
    assert site("run", "checks.py", "works", "--n", "x").returncode == 2
    assert site("completion", "zsh", "--install", XDG_DATA_HOME=str(tmp_path / "file")).returncode == 4


def test_4_a_bug_of_ours_is_70(cli: Cli, engine: Recorded, scripts: Path) -> None:
    engine.rows = [Row("r7k2m9q", project=str(scripts), started_at=None)]  # type: ignore[arg-type]
    said = cli("get", "run")
    assert said.status == 70
    Path(said.stderr.split("a report is in ")[1].split(";")[0]).unlink()


# --- 5


def test_5_a_run_that_succeeds_in_the_end_shows_no_traceback(site: Site) -> None:
    done = site("run", "checks.py", "unlucky", "--marker", "marker")
    assert (done.returncode, done.stdout) == (0, "7\n")
    assert "Traceback" not in done.stderr
    assert "RuntimeError: transient" in done.stderr


def test_5_a_failure_is_told_once_with_the_line_and_what_to_type(site: Site) -> None:
    done = site("run", "checks.py", "fails")
    assert (done.stdout + done.stderr).count("ValueError: item [3] is poisoned") == 1
    line = 1 + PROGRAM[: PROGRAM.index("raise ValueError")].count("\n")
    last = "\n".join(done.stderr.splitlines()[-10:])
    assert f"checks.py:{line}" in last
    assert "flyte rerun" in last


# --- 6


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "{x} %s", "a\tb", "日本 é", "x" * 10_000, "--n", "a=b:c"])
def test_6_text_goes_through_unharmed(site: Site, text: str) -> None:
    done = site("run", "checks.py", "says", f"--text={text}", "-q")
    assert (done.returncode, done.stdout) == (0, f"{text}\n")
    printed = site("run", "checks.py", "says", f"--text={text}", "-of", "value").stderr
    assert text in printed


# --- 7


def interrupted(site: Site, words: list[str], times: int, *inputs: str) -> str:
    """Start a run, press ctrl-C, and see that nothing is left; what was on stdout."""
    fifo = site.folder / "started"
    os.mkfifo(fifo)
    with subprocess.Popen(
        ["flyte", "run", *words, "checks.py", "stays", "--started", str(fifo), *inputs],
        cwd=site.folder,
        env=site.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        worker = int(fifo.read_text())
        assert process.stderr is not None
        process.send_signal(signal.SIGINT)
        for _ in range(times - 1):
            while "stopping" not in process.stderr.readline():
                pass
            process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    return out


def test_7_ctrl_c_aborts_records_and_leaves_nothing_running(site: Site) -> None:
    interrupted(site, [], 1)
    assert "\taborted\t" in site("get", "run").stdout


def test_7_a_second_ctrl_c_does_not_wait_for_a_stubborn_task(site: Site) -> None:
    interrupted(site, ["--grace", "600"], 2, "--stubborn")


# --- 8


COMMANDS = [list(path) for path, _ in commands()]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_8_help_fits_80_columns(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion, words: list[str]
) -> None:
    said = columns(cli, monkeypatch, 80)(*words, "--help")
    assert said.status == 0
    assert [line for line in said.stdout.splitlines() if width_of(line) > 80] == []
    assert said.stdout == snapshot


@pytest.mark.parametrize("width", [40, 20])
def test_8_a_narrow_terminal_crashes_nothing(
    cli: Cli, engine: Recorded, scripts: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    engine.rows = [Row("r7k2m9q", project=str(scripts))]
    engine.trees = {"r7k2m9q": fan_out()}
    narrow = columns(cli, monkeypatch, width)
    shown = ["get run", "get run @", "get run -of wide", "run hello.py -h", "run hello.py greet -h", "help inputs"]
    for words in [*(f"{' '.join(path)} -h" for path in COMMANDS), *shown]:
        assert narrow(*words.split()).status == 0
    assert narrow("run", "hello.py", "gret").status == 2


def columns(cli: Cli, monkeypatch: pytest.MonkeyPatch, width: int) -> Cli:
    """The same tool on a screen of another width."""

    def call(*words: str) -> Said:
        environment = getattr(cli, "environment", None)
        assert environment is not None
        environment["COLUMNS"] = str(width)
        return cli(*words)

    return call


# --- 9


def test_9_every_type_is_completed_and_shown_in_the_order_of_the_signature(cli: Cli, site: Site, scripts: Path) -> None:
    (scripts / "every.py").write_text(EVERY_TYPE)
    (site.folder / "every.py").write_text(EVERY_TYPE)
    shown = re.findall(r"^  (--[\w-]+)", cli("run", "every.py", "-h").stdout, re.MULTILINE)
    offered = {
        row.partition("\t")[0]
        for row in site("__complete", "zsh", "4", "flyte", "run", "every.py", "every", "--").stdout.splitlines()
    }
    assert (len(shown), shown[0], shown[-1]) == (30, "--an-int", "--default-cfg")
    assert set(shown) <= offered


def test_9_a_default_that_is_a_literal_an_enum_or_a_record_runs(site: Site) -> None:
    assert site("run", "checks.py", "works", "-q").stdout == "1\n"
    done = site("run", "checks.py", "works", "--how", "Y", "--mode", "slow", "--cfg.rate", "2", "-q")
    assert (done.returncode, done.stdout) == (0, "1\n")


# --- 10


@pytest.mark.parametrize(
    "words",
    [
        "-of value run checks.py works --n 3",
        "run -of value checks.py works --n 3",
        "run checks.py -of value works --n 3",
        "run checks.py works -of value --n 3",
        "run checks.py works --n 3 -of value",
        "run checks.py::works --n=3 -of=value",
    ],
)
def test_10_the_order_of_options_does_not_matter(site: Site, words: str) -> None:
    done = site(*words.split())
    assert (done.returncode, done.stdout) == (0, "3\n")


# --- 11


@pytest.mark.parametrize("command", ["flyte run -h", "flyte --help", "flyte help inputs", "flyte completion zsh"])
def test_11_a_reader_that_goes_away_is_no_error(site: Site, command: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"],
        cwd=site.folder,
        env=site.environment,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


# --- 12


def test_12_ten_thousand_actions_are_drawn_ten_times_a_second_on_a_third_of_the_screen() -> None:
    tree = Tree(Action("main", "waiting"))
    for number in range(10_000):
        tree.add(Action("leaf", "running" if number % 7 else "succeeded", start=1.0, end=None if number % 7 else 2.0))
    terminal = Terminal(tree)
    for _ in range(100):
        terminal.tick(after=0.01)
    assert 5 <= terminal.screen.frames <= 11
    assert len(terminal.screen.text().splitlines()) <= 40 // 3 + 1


# --- 13


HEAVY = {"pydantic", "rich", "textual", "google", "grpc", "hello"}


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["-h"],
        ["help", "inputs"],
        ["run", "-h"],
        ["__complete", "zsh", "3", "flyte", "run", "hello.py", ""],
    ],
    ids=" ".join,
)
def test_13_nothing_heavy_is_loaded(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "hello.py").write_text(HELLO)
    program = (
        "import sys; from flyte_cli.entry import main; sys.argv = ['flyte', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print('LOADED', *sys.modules)"
    )
    path = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "FLYTE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.rpartition("LOADED ")[2].split()}
    assert loaded & HEAVY == set()


# --- 14


SETTINGS = """\
# ours
admin:
  endpoint: dns:///acme.example
  insecure: true
profiles:
  prod:
    task:
      project: sales
"""


def test_14_every_value_names_its_file_and_line_or_its_variable(site: Site) -> None:
    (site.folder / ".flyte").mkdir()
    (site.folder / ".flyte" / "config.yaml").write_text(SETTINGS)
    (site.folder / "flyte.toml").write_text("default_file = 'checks.py'\n\n[entries.nightly]\ntask = 'works'\n")
    document = json.loads(site("get", "config", "--profile", "prod", "-of", "json", FLYTE_DOMAIN="d").stdout)
    told = {each["key"]: each["origin"] for each in document["settings"]}
    origins = {key: (Path(origin["name"]).name, origin["line"]) for key, origin in told.items()}
    assert origins == {
        "endpoint": ("config.yaml", 3),
        "insecure": ("config.yaml", 4),
        "project": ("config.yaml", 8),
        "domain": ("FLYTE_DOMAIN", None),
        "profile": ("--profile", None),
        "project.default_file": ("flyte.toml", 1),
        "project.entries.nightly.task": ("flyte.toml", 4),
    }
    shown = site.on_terminal("get", "config", "--profile", "prod", FLYTE_DOMAIN="d")
    for origin in (".flyte/config.yaml:3", ".flyte/config.yaml:8", "$FLYTE_DOMAIN", "flyte.toml:4"):
        assert origin in shown


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        (".flyte/config.yaml", "task:\n  project: [\n", 2),
        (".flyte/config.yaml", "project: p\ninsecure: maybe\n", 2),
        ("flyte.toml", "default_file = 'x'\ndefault_task =\n", 2),
        ("pyproject.toml", "[tool.flyte]\ndefault_task = 3\n", 2),
    ],
)
@pytest.mark.parametrize("words", ["get config", "run checks.py works"])
def test_14_a_broken_file_stops_with_its_line(site: Site, words: str, file: str, text: str, line: int) -> None:
    (site.folder / file).parent.mkdir(exist_ok=True)
    (site.folder / file).write_text(text)
    done = site(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}:{line}" in done.stderr
    assert (site.folder / file).read_text() == text
