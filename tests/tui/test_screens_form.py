"""The form that starts a task, over real files: its fields, what is wrong, and what it starts."""

import os
from pathlib import Path
from typing import Any, cast

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot
from textual.widgets import Input

from flyte_cli.errors import CliError
from flyte_cli.ops.form import OpenForm, Start
from flyte_cli.ops.host import Host
from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.fields import Choices, FieldBox
from flyte_cli.tui.screens.launch import LaunchScreen
from flyte_cli.tui.screens.run import RunScreen
from flyte_cli.tui.screens.runs import RunsScreen
from flyte_cli.tui.screens.tasks import TasksScreen
from flyte_cli.tui.wishes import Wishes
from tests.tui.pilots import screen_text, sees, typed, until
from tests.tui.runs import Recorded

MODULE = '''
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
import flyte
from flyte.io import File

print("what a file prints when it is loaded", flush=True)
env = flyte.TaskEnvironment("form")

class Mode(enum.Enum):
    fast = 1
    slow = 2

@dataclass
class Cfg:
    lr: float = 0.1
    epochs: int = 3

@env.task
def train(
    name: str,
    cfg: Cfg,
    tags: list[str],
    mode: Mode = Mode.fast,
    size: Literal["s", "m"] = "m",
    shout: bool = False,
    data: File | None = None,
) -> str:
    """Train every branch.

    Args:
        name: who it is for
        tags: labels to try
    """
    return name

@env.task
async def square(x: int = 3) -> int:
    """Square a number."""
    return x * x
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file of tasks, and a state folder of its own."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "form.py").write_text(MODULE)
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def host(folder: Path) -> Host:
    return Host(environment={**os.environ, "TERM": "xterm-256color"}, folder=lambda: str(folder))


def app_of(host: Host, **settings: Any) -> FlyteApp:
    return FlyteApp(host, None, Wishes(), **settings)


async def opened(app: FlyteApp, pilot: Pilot[None], start: Start) -> LaunchScreen:
    """The form, loaded."""
    app.open_launch(start)
    await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and app.screen.form is not None, "the form")
    screen = cast(LaunchScreen, app.screen)
    await until(pilot, lambda: screen.checked is not None, "a first check")
    return screen


async def fill(pilot: Pilot[None], option: str, text: str) -> None:
    """Type into a field."""
    box = next(box for box in pilot.app.screen.query(FieldBox) if box.field.option == option)
    box.focus_entry()
    await pilot.pause()
    await typed(pilot, text)


# --- the process that loads the file


def test_the_form_of_a_task_has_its_inputs_and_their_fields(host: Host) -> None:
    open_form = OpenForm(host, Start("form.py", "train"))
    try:
        form = open_form.load()
        rows = [(each.option, each.type, each.default, each.is_required, each.choices) for each in form.fields]
        assert rows == [
            ("--name", "text", None, True, ()),
            ("--cfg", "Cfg", None, True, ()),
            ("--cfg.lr", "float", "0.1", False, ()),
            ("--cfg.epochs", "int", "3", False, ()),
            ("--tags", "text ...", None, True, ()),
            ("--mode", "fast|slow", "fast", False, ("fast", "slow")),
            ("--size", "s|m", "m", False, ("s", "m")),
            ("--shout", "bool", "off", False, ("on", "off")),
            ("--data", "File or none", "none", False, ()),
        ]
        assert form.doc == "Train every branch."
        assert form.fields[0].help == "who it is for"
    finally:
        open_form.close()


@pytest.mark.parametrize(
    ("words", "problems"),
    [
        (["--name", "Ada", "--cfg.lr", "0.2", "--tags", "a"], ()),
        (["--name", "Ada", "--tags", "a", "--cfg.lr", "x"], (("--cfg", "--cfg.lr: a number is needed, got `x`"),)),
        (["--name", "Ada", "--tags", "a", "--cfg", "{}", "--data", "-"], (("--data", "a File cannot come from"),)),
        (["--name", "-", "--tags", "a", "--cfg", "{}"], (("--name", "a form has no standard input"),)),
    ],
)
def test_inputs_are_checked_as_the_command_line_does(host: Host, words: list[str], problems: Any) -> None:
    open_form = OpenForm(host, Start("form.py", "train"))
    try:
        open_form.load()
        found = open_form.check(words)
        assert [option for option, _ in found] == [option for option, _ in problems]
        assert all(text.startswith(wanted) for (_, text), (_, wanted) in zip(found, problems, strict=True))
    finally:
        open_form.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import flyte\nraise RuntimeError('broken [bold]')\n", "cannot load other.py: RuntimeError: broken [bold]"),
        ("def f(:\n", "cannot load other.py: SyntaxError"),
        ("import os\nos._exit(3)\n", "ended the process that loaded it"),
        ("x = 1\n", "no task `main` in other.py"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told_of(host: Host, folder: Path, text: str, said: str) -> None:
    (folder / "other.py").write_text(text)
    open_form = OpenForm(host, Start("other.py", "main"))
    try:
        with pytest.raises(CliError) as caught:
            open_form.load()
        assert said in caught.value.message
    finally:
        open_form.close()


# --- the screen


@pytest.mark.parametrize("size", [(80, 24), (120, 20)], ids=str)
async def test_each_input_has_a_field(host: Host, size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    app = app_of(host)
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot, Start("form.py", "train"))
        await pilot.pause()
        assert screen_text(app) == snapshot


async def test_what_is_wrong_stands_below_its_field(host: Host) -> None:
    app = app_of(host)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, Start("form.py", "train"))
        assert "missing" not in screen_text(app)  # of fields where nobody was yet
        await fill(pilot, "--cfg.lr", "x")
        await sees(pilot, "a number is needed, got `x`")
        await fill(pilot, "--data", "from.py")
        await sees(pilot, "no file `from.py`, did you mean `form.py`?")
        await sees(pilot, "$ flyte run form.py train --cfg.lr x --data from.py")


async def test_starting_tells_all_that_is_missing(host: Host) -> None:
    app = app_of(host)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, Start("form.py", "train"))
        await pilot.press("enter")
        await sees(pilot, "missing: text, for example --name abc")
        await sees(pilot, "3 fields need another value")
        assert isinstance(app.focused, Input)
        assert isinstance(app.focused.parent.parent, FieldBox)  # type: ignore[union-attr]
        assert app.focused.parent.parent.field.option == "--name"  # type: ignore[union-attr]


async def test_choices_are_chosen_with_arrows_letters_and_clicks(host: Host) -> None:
    app = app_of(host)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, Start("form.py", "train"))
        mode, size, shout = app.screen.query(Choices)
        mode.focus()
        await pilot.press("right")
        await sees(pilot, "--mode slow")
        await pilot.press("right")
        await sees(pilot, "--mode fast")
        await pilot.press("backspace")
        await until(pilot, lambda: "--mode" not in screen_text(app).splitlines()[-3], "the default again")
        size.focus()
        await pilot.press("s")
        await sees(pilot, "--size s")
        await pilot.click(shout, offset=(1, 0))
        await sees(pilot, "--shout")
        assert (mode.value, size.value, shout.value) == ("", "s", "on")


async def test_paths_are_completed(host: Host, folder: Path) -> None:
    (folder / "data").mkdir()
    app = app_of(host)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, Start("form.py", "train"))
        await fill(pilot, "--data", "fo")
        entry = cast(Input, app.focused)
        await until(pilot, lambda: entry._suggestion == "form.py", "a suggestion")
        await pilot.press("tab")
        assert entry.value == "form.py"
        await pilot.press("tab")
        assert app.focused is not entry


async def test_the_command_line_is_copied(host: Host) -> None:
    app = app_of(host)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, Start("form.py", "square"))
        await fill(pilot, "--x", "7")
        await pilot.press("ctrl+y")
        assert app.clipboard == "flyte run form.py square --x 7"
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "--x 7" not in screen_text(app), "the field empty again")


async def test_a_started_run_is_watched(host: Host) -> None:
    app = app_of(host)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, Start("form.py", "square"))
        await fill(pilot, "--x", "7")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
        screen = cast(RunScreen, app.screen)
        await until(pilot, lambda: screen.source.is_over, "its end")
        assert screen.source.tree.phase == "succeeded"
        assert dict(screen.source.tree.action(0).outputs) == {"o0": "49"}
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the list, not the form")


async def test_a_run_is_started_again_with_other_inputs(
    home: Path, small_run: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    own = tmp_path / "own"  # nobody changes the shared one
    shutil.copytree(home, own, ignore=shutil.ignore_patterns("live*", "big*", "*.db-shm", "*.db-wal"))
    monkeypatch.setenv("FLYTE_HOME", str(own))
    monkeypatch.chdir(home)
    host = Host(environment={**os.environ, "TERM": "xterm-256color"}, folder=lambda: str(home))
    app = app_of(host)
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, Start(again="small"))
        await sees(pilot, "$ flyte rerun small", "4   as it was")
        await fill(pilot, "--n", "2")
        await sees(pilot, "$ flyte rerun small --n 2")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
        screen = cast(RunScreen, app.screen)
        await until(pilot, lambda: screen.source.is_over, "its end")
        assert dict(screen.source.tree.action(0).inputs) == {"n": "2"}


async def test_a_broken_file_is_told_of_and_one_goes_back(host: Host, folder: Path) -> None:
    (folder / "broken.py").write_text("import flyte\n\nraise RuntimeError('no [bold]way[/bold]')\n")
    app = app_of(host)
    async with app.run_test(size=(100, 30)) as pilot:
        app.open_launch(Start("broken.py", "main"))
        await sees(pilot, "cannot load broken.py: RuntimeError: no [bold]way[/bold]", "broken.py:3")
        await pilot.press("enter", "ctrl+s", "ctrl+y", "ctrl+r")  # nothing to do any of it with
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the list")


# --- the tasks of a folder


async def test_tasks_of_the_folder_are_listed_and_narrowed(host: Host, folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "other.py").write_text(MODULE)
    (folder / "venv").mkdir()
    (folder / "venv" / "pyvenv.cfg").touch()
    (folder / "venv" / "lost.py").write_text(MODULE)
    (folder / "flyte.toml").write_text(
        '[entries.nightly]\nfile = "form.py"\ntask = "square"\ndescription = "at night"\n'
    )
    app = app_of(host)
    async with app.run_test(size=(110, 20)) as pilot:
        await pilot.press("n")
        await sees(pilot, "5 tasks", "nightly", "at night", "deep/other.py")
        assert "lost.py" not in screen_text(app)
        await pilot.press("slash")
        await typed(pilot, "squ deep")
        await sees(pilot, "1 of 5 tasks")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen), "the form")
        await sees(pilot, "$ flyte run deep/other.py square")


async def test_a_folder_without_tasks_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path / "home"))
    app = app_of(Host(environment={"TERM": "xterm"}, folder=lambda: str(tmp_path)))
    async with app.run_test() as pilot:
        app.open_tasks()
        await sees(pilot, "No tasks here", "@env.task")
        await pilot.press("enter", "r", "down", "slash", "enter")
        assert isinstance(app.screen, TasksScreen)


# --- choosing for the command line


async def test_what_is_chosen_for_a_command_line_is_not_started(host: Host) -> None:
    from flyte_cli.ops.tasks_here import tasks_here

    app = app_of(host, chooses_of=tasks_here)
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "square")
        await pilot.press("down", "enter")
        await sees(pilot, "$ flyte run form.py square")
        await pilot.press("enter")
        await until(pilot, lambda: app.words is not None, "the words")
    assert app.words == ["run", "form.py", "square"]
    assert host.engine.runs(None, 1) == []


async def test_nothing_chosen_gives_no_words(host: Host) -> None:
    from flyte_cli.ops.tasks_here import tasks_here

    app = app_of(host, chooses_of=tasks_here)
    async with app.run_test(size=(100, 30)) as pilot:
        await sees(pilot, "square")
        await pilot.press("q")
    assert app.words is None
