"""`flyte run --tui` on a terminal: the end is that of a run without it, and the run outlives whatever shows it."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flyte._core import RunTree
from tests.cli.screen import Screen
from tests.tui.terminal import PATIENCE, Terminal, plain

FILE = """
import asyncio, os, signal, sys
from pathlib import Path

import flyte

Path("imported").touch()
env = flyte.TaskEnvironment("hosted", cache="disable")

@env.task
async def works(n: int = 3) -> int:
    print("from", "works")
    return n

@env.task
async def fails() -> int:
    raise ValueError("there is no such thing")

@env.task
async def dies() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 1

@env.task
async def raw() -> int:
    sys.stdout.buffer.write(bytes(range(256)) * 20 + b"\\x1b[2J\\x1b]0;title\\x07\\n")
    sys.stdout.flush()
    raise RuntimeError("\\x1b[2J[bold]raw")

@env.task
async def waits() -> int:
    Path("waiting").touch()
    try:
        while not Path("go").exists():
            await asyncio.sleep(0.02)
    finally:
        Path("left").touch()
    return 7

@env.task
async def stubborn() -> int:
    Path("waiting").touch()
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            Path("cancelled").touch()
"""


@dataclass
class Site:
    """A folder with the file above, and the terminals opened there."""

    folder: Path
    terminals: list[Terminal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "hosted.py").write_text(textwrap.dedent(FILE))

    def open(self, *words: str, **variables: str) -> Terminal:
        """A command on a terminal."""
        terminal = Terminal(self.folder, *words, **variables)
        self.terminals.append(terminal)
        return terminal

    def flyte(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command without one."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST"))}
        return subprocess.run(
            [str(Path(sys.executable).with_name("flyte")), *words],
            cwd=self.folder,
            env=kept | {"FLYTE_HOME": str(self.folder / "home"), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def has(self, file: str) -> None:
        """Wait for a file that a task writes."""
        self.waits(lambda: (self.folder / file).exists(), file)

    def waits(self, done: Callable[[], bool], what: str) -> None:
        """Look again and again."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            os.sched_yield()

    def tree(self, run: str = "same") -> RunTree:
        """A recorded run."""
        return RunTree.open(str(self.folder / "home" / "runs" / run))

    def ends_as(self, phase: str, run: str = "same") -> None:
        """Wait until a run that nobody shows has ended so."""
        self.waits(lambda: self.tree(run).phase != "running", "the run's end")
        assert self.tree(run).phase == phase


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    for terminal in site.terminals:
        terminal.close()


@pytest.fixture
def without(tmp_path: Path) -> Iterator[Site]:
    """Another one, for the same command without a screen."""
    (tmp_path / "without").mkdir()
    site = Site(tmp_path / "without")
    yield site
    for terminal in site.terminals:
        terminal.close()


def report(text: str, site: Site) -> list[str]:
    """The lines of an end report, without what differs from run to run."""
    text = text.replace(str(site.folder), "FOLDER")
    varies = r"\b\d+(\.\d+)?(ms|s)\b|(?<=_at\": ).*|(?<=seconds\": ).*|(?<=memory\": ).*|(?<=_time\": ).*"
    lines = [re.sub(varies, "#", each).split() for each in text.splitlines()]
    return [" ".join(words) for words in lines if words]


def over(terminal: Terminal, phase: str) -> None:
    """Wait until the header says that the run is over."""
    mark = {"succeeded": "✓", "failed": "✗", "aborted": "⊘"}[phase]
    terminal.sees(f"same   {mark} {phase}")


def left_on(terminal: Terminal) -> str:
    """What stands on a terminal whose live region has come and gone."""
    screen = Screen()
    screen.write(terminal.written.replace("\r", ""))
    return plain(screen.text())


@pytest.mark.parametrize(
    ("task", "status", "options"),
    [
        ("works", 0, ()),
        ("works", 0, ("-of", "value")),
        ("works", 0, ("-of", "json")),
        ("fails", 1, ()),
        ("fails", 1, ("--verbose",)),
        ("dies", 1, ()),
        ("raw", 1, ()),
    ],
)
def test_the_end_report_and_the_status_are_those_without_a_screen(
    site: Site, without: Site, task: str, status: int, options: tuple[str, ...]
) -> None:
    words = ("run", "hosted.py", task, "--name", "same", "--progress", "quiet", *options)
    shown = site.open(*words, "--tui")
    over(shown, "succeeded" if status == 0 else "failed")
    shown.press("q")
    plainly = without.open(*words)

    assert (shown.ends(), plainly.ends()) == (status, status)
    ours = report(shown.after_the_screen, site)
    assert ours
    assert report(left_on(plainly), without)[-len(ours) :] == ours


def test_what_tasks_printed_is_not_printed_again(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "works", "--name", "same", "--tui")
    over(terminal, "succeeded")
    terminal.press("q")
    assert terminal.ends() == 0
    assert "from works" not in terminal.after_the_screen


def test_a_run_aborted_from_elsewhere_stays_on_the_screen_until_somebody_leaves(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    assert site.flyte("abort", "same").returncode == 0
    over(terminal, "aborted")
    terminal.press("q")
    assert terminal.ends() == 1
    assert "flyte rerun same --recover" in terminal.after_the_screen


def test_a_detached_run_goes_on_to_its_end(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    terminal.press("q")
    terminal.sees("Run goes on?")
    terminal.press("d")
    assert terminal.ends() == 0
    assert "still running: flyte tui same · flyte abort same" in terminal.after_the_screen
    assert site.tree().phase == "running"
    (site.folder / "go").touch()
    site.ends_as("succeeded")


def test_a_detached_run_can_be_aborted_from_elsewhere(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    terminal.press("q")
    terminal.sees("Run goes on?")
    terminal.press("d")
    assert terminal.ends() == 0
    assert site.flyte("abort", "same").returncode == 0
    site.ends_as("aborted")


def test_a_run_whose_terminal_is_closed_goes_on(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    terminal.hang_up()
    terminal.ends_unseen()
    assert site.tree().phase == "running"
    (site.folder / "go").touch()
    site.ends_as("succeeded")


def test_a_run_whose_waiting_process_is_killed_goes_on(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    os.kill(terminal.process, signal.SIGKILL)
    assert terminal.ends() == 137
    assert site.tree().phase == "running"
    (site.folder / "go").touch()
    site.ends_as("succeeded")


def test_esc_stays(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    terminal.press("q")
    terminal.sees("Run goes on?")
    terminal.press("\x1b")
    terminal.sees("shown · filter")  # the panes have their line back
    (site.folder / "go").touch()
    over(terminal, "succeeded")
    terminal.press("q")
    assert terminal.ends() == 0


def test_a_run_that_ends_while_leaving_is_asked_about_leaves(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    terminal.press("q")
    terminal.sees("Run goes on?")
    (site.folder / "go").touch()
    assert terminal.ends() == 0
    assert "✓ waits" in terminal.after_the_screen


def test_abort_is_asked_for_and_shown_to_its_end(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    terminal.press("q")
    terminal.sees("Run goes on?")
    terminal.press("a")
    assert terminal.ends() == 130
    assert "aborted" in terminal.after_the_screen
    assert site.tree().phase == "aborted"
    assert (site.folder / "left").exists(), "the task had no time to clean up"


def test_ctrl_c_does_what_it_does_without_a_screen(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    terminal.press("\x03")
    assert terminal.ends() == 130
    assert site.tree().phase == "aborted"
    assert (site.folder / "left").exists()


def test_the_second_ctrl_c_ends_it_at_once(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "stubborn", "--name", "same", "--grace", "600", "--tui")
    site.has("waiting")
    terminal.sees("running")
    terminal.press("\x03")
    terminal.sees("ctrl-c again to stop at once")
    site.has("cancelled")
    terminal.press("\x03")
    assert terminal.ends() == 130
    assert site.tree().phase == "aborted"


@pytest.mark.parametrize("is_for_all", [False, True])
def test_a_request_to_end_aborts_gently_also_when_the_whole_group_is_told(site: Site, is_for_all: bool) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    (os.killpg if is_for_all else os.kill)(terminal.process, signal.SIGTERM)
    assert terminal.ends() == 130
    assert (site.folder / "left").exists(), "the task had no time to clean up"


def test_a_screen_that_cannot_begin_leaves_the_run_to_lines(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "works", "--name", "same", "--tui", TEXTUAL_DRIVER="no.such:Driver")
    assert terminal.ends() == 0
    text = plain(terminal.written)
    assert "warning: the screen failed, the run goes on: " in text
    found = re.search(r"a report is in (\S+);", text)
    assert found is not None
    Path(found[1]).unlink()
    assert "✓ works" in text


BREAKING = """
from textual.drivers.linux_driver import LinuxDriver

class Driver(LinuxDriver):
    def process_message(self, message):
        if getattr(message, "key", "") == "exclamation_mark":
            raise RuntimeError("broken on purpose")
        super().process_message(message)
"""


def test_a_screen_that_fails_on_the_way_leaves_the_run_to_lines(site: Site) -> None:
    (site.folder / "breaking.py").write_text(BREAKING)
    terminal = site.open(
        "run",
        "hosted.py",
        "waits",
        "--name",
        "same",
        "--tui",
        TEXTUAL_DRIVER="breaking:Driver",
        PYTHONPATH=str(site.folder),
    )
    site.has("waiting")
    terminal.sees("running")
    terminal.press("!")
    terminal.sees("the screen failed, the run goes on: ")
    (site.folder / "go").touch()
    assert terminal.ends() == 0
    text = terminal.after_the_screen
    found = re.search(r"a report is in (\S+);", text)
    assert found is not None
    Path(found[1]).unlink()
    assert "✓ waits" in text
    assert site.tree().phase == "succeeded"


def test_a_killed_process_gives_the_terminal_back(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "waits", "--name", "same", "--tui")
    site.has("waiting")
    terminal.sees("running")
    (child,) = Path(f"/proc/{terminal.process}/task/{terminal.process}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)
    assert terminal.ends() == 137
    assert "flyte rerun @ --recover" in terminal.after_the_screen
    assert site.tree().phase == "interrupted"


@pytest.mark.parametrize("words", [["--tui", "hosted.py", "works"], ["hosted.py", "works", "--tui"]])
def test_without_a_terminal_it_refuses_before_anything_is_loaded(site: Site, words: list[str]) -> None:
    code = (
        "import sys\nfrom flyte_cli.main import main\n"
        f"status = main(['run', *{words!r}])\n"
        "print(status, 'textual' in sys.modules, 'flyte._core' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=site.folder, capture_output=True, text=True)
    assert done.stdout == "2 False False\n"
    assert "help:  leave out --tui, or flyte tui @ from a terminal" in done.stderr
    assert not (site.folder / "imported").exists()


@pytest.mark.parametrize(
    "words", [("tui",), ("tui", "@"), ("start", "tui"), ("get", "run", "@", "--tui"), ("rerun", "@", "--tui")]
)
def test_no_command_draws_where_there_is_no_terminal(site: Site, words: tuple[str, ...]) -> None:
    done = site.flyte(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "draws on a terminal, and stdin, stdout, stderr are none" in done.stderr


def test_a_terminal_that_cannot_move_its_cursor_is_refused(site: Site) -> None:
    terminal = site.open("run", "hosted.py", "works", "--tui", TERM="dumb")
    assert terminal.ends() == 2
    assert "`TERM` is `dumb`" in terminal.written
    assert not (site.folder / "imported").exists()


def test_an_input_of_that_name_wins_over_the_option(site: Site) -> None:
    (site.folder / "named.py").write_text(
        "import flyte\nenv = flyte.TaskEnvironment('named')\n"
        "@env.task\nasync def main(tui: str) -> str:\n    return tui\n"
    )
    done = site.flyte("run", "named.py", "main", "--tui", "mine", "-of", "value")
    assert (done.returncode, done.stdout) == (0, "mine\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "hosted.py", "works", "--tui", "--executor", "inline"), "inline tasks have for themselves"),
        (("run", "hosted.py", "works", "--tui", "--plan"), "runs nothing that `--tui` could show"),
    ],
)
def test_what_contradicts_it_is_refused(site: Site, words: tuple[str, ...], said: str) -> None:
    terminal = site.open(*words)
    assert terminal.ends() == 2
    assert said in plain(terminal.written).replace("\n", " ")


def test_a_name_that_is_taken_is_told_without_a_screen(site: Site) -> None:
    assert site.flyte("run", "hosted.py", "works", "--name", "same").returncode == 0
    terminal = site.open("run", "hosted.py", "works", "--name", "same", "--tui")
    assert terminal.ends() == 2
    assert "\x1b[?1049h" not in terminal.written


def test_a_run_that_ends_while_it_is_watched_is_told_of(site: Site) -> None:
    driver = site.open("run", "hosted.py", "waits", "--name", "same", "--progress", "plain")
    site.has("waiting")
    watching = [site.open("tui", "same"), site.open("get", "run", "same", "--tui"), site.open("start", "tui", "same")]
    for terminal in watching:
        terminal.sees("running")
    watching[0].press("q")
    assert watching[0].ends() == 0
    assert watching[0].after_the_screen.strip() == ""
    assert site.tree().phase == "running", "looking at a run ended it"
    (site.folder / "go").touch()
    assert driver.ends() == 0
    for terminal in watching[1:]:
        over(terminal, "succeeded")
        terminal.press("q")
        assert terminal.ends() == 0
        assert "✓ waits  same  succeeded" in terminal.after_the_screen


def test_a_failed_run_can_be_run_again_below_a_screen(site: Site) -> None:
    assert site.flyte("run", "hosted.py", "fails").returncode == 1
    terminal = site.open("rerun", "@", "--name", "same", "--tui")
    over(terminal, "failed")
    terminal.press("q")
    assert terminal.ends() == 1
    assert "there is no such thing" in terminal.after_the_screen
