"""What the screen of a run sends: abort, answer, run again, leave; and what it does while records come to harm."""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from flyte._core import RunTree
from flyte_cli.errors import CliError
from flyte_cli.ops.background import start_in_background
from flyte_cli.ops.host import Host
from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.notice import Notice
from flyte_cli.tui.place import Place
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.screens.compare import CompareScreen
from flyte_cli.tui.screens.launch import LaunchScreen
from flyte_cli.tui.screens.run import RunScreen
from flyte_cli.tui.source import Source
from flyte_cli.tui.wishes import Wishes
from tests.tui.runs import LiveRun, Recorded
from tests.tui.site import Site

SIZE = (120, 36)


def text_of(app: FlyteApp) -> str:
    """Everything on the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Let the screen work until it holds."""
    for _ in range(2000):
        if holds():
            return
        await pilot.pause(0.01)
    assert isinstance(pilot.app, FlyteApp)
    raise AssertionError(f"never; there is:\n{text_of(pilot.app)}")


def run_screen(app: FlyteApp) -> RunScreen:
    assert isinstance(app.screen, RunScreen)
    return app.screen


def said(app: FlyteApp) -> str:
    return app.screen.query_one(KeyLine).said


def asked(app: FlyteApp) -> bool:
    return app.screen.query_one(Prompt).is_asking


def noticed(app: FlyteApp) -> str:
    notice = app.screen.query_one(Notice)
    return str(notice.render()) if notice.display else ""


@pytest.fixture
def of(own_live_run: LiveRun, monkeypatch: pytest.MonkeyPatch) -> LiveRun:
    """A live run, in the state folder that commands look at."""
    monkeypatch.setenv("FLYTE_HOME", str(own_live_run.home))
    return own_live_run


def ordinal_of(tree: RunTree, name: str) -> int:
    return next(ordinal for ordinal in range(len(tree)) if tree.action(ordinal).short_name == name)


# --- commands


async def test_the_run_is_aborted_once_somebody_says_so(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("X")
        await until(pilot, lambda: asked(app))
        await pilot.press("n")
        await until(pilot, lambda: not asked(app))
        await pilot.press("X")
        await until(pilot, lambda: asked(app))
        await pilot.press("y")
        await until(pilot, lambda: said(app).startswith("$ flyte abort live"))
        await until(pilot, lambda: run_screen(app).source.is_over)
        assert run_screen(app).source.tree.phase == "aborted"


async def test_one_action_is_aborted_and_the_run_goes_on(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        tree = run_screen(app).source.tree
        long = ordinal_of(tree, "long")
        run_screen(app).select(Place(long))
        await pilot.press("x")
        await until(pilot, lambda: asked(app))
        await pilot.press("y")
        await until(pilot, lambda: said(app).startswith("$ flyte abort live long"))
        await until(pilot, lambda: tree.action(long).phase == "aborted")


async def test_an_action_that_is_over_is_not_aborted(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        run_screen(app).select(Place(ordinal_of(run_screen(app).source.tree, "step")))
        await pilot.press("x")
        await until(pilot, lambda: said(app))
        assert said(app) == "step.0 is over: succeeded"


async def test_a_row_of_several_actions_is_not_one_to_abort(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        run_screen(app).select(Place(0, "step"))
        await pilot.press("x")
        await until(pilot, lambda: said(app))
        assert said(app) == "this row stands for several actions: go to the one to abort"


async def test_a_condition_is_answered_with_a_key(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: asked(app))
        await until(pilot, lambda: "approve: Go on?  [y] yes  [n] no" in text_of(app))
        await pilot.press("y")
        await until(pilot, lambda: said(app))
        assert said(app) == "$ flyte signal live approve true"
        of.stop()
        await until(pilot, lambda: run_screen(app).source.is_over)
        assert run_screen(app).source.tree.phase == "succeeded"


QUESTION = """
import flyte

env = flyte.TaskEnvironment("asks", cache="disable")

@env.task
async def main() -> int:
    answer = await flyte.new_condition.aio("how_many", prompt="How many?", data_type=int)
    return await answer.wait.aio()
"""


def app_at(site: Site, run: str) -> FlyteApp:
    host = Host(environment={**os.environ, "TERM": "xterm-256color"}, folder=lambda: str(site.folder))
    return FlyteApp(host, Source(site.tree(run)), Wishes())


@pytest.fixture
def at(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A folder with tasks, whose state folder commands of this process look at."""
    monkeypatch.setenv("FLYTE_HOME", str(site.folder / "home"))
    monkeypatch.chdir(site.folder)
    return site


async def test_an_answer_that_does_not_fit_is_asked_for_again(at: Site) -> None:
    (at.folder / "asks.py").write_text(QUESTION)
    host = Host(environment={}, folder=lambda: str(at.folder))
    run = start_in_background(["run", "asks.py"], host).run
    at.waits(lambda: at.tree(run).counts().get("paused") == 1, "the question")
    app = app_at(at, run)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: asked(app))
        await pilot.press(*"many", "enter")
        await until(pilot, lambda: said(app))
        assert said(app) == "'many' is not a whole number"
        await until(pilot, lambda: asked(app))
        await pilot.press(*["backspace"] * 4, *"12", "enter")
        await until(pilot, lambda: run_screen(app).source.is_over)
    assert at.tree(run).phase == "succeeded"


async def test_a_failed_run_is_recovered_and_its_screen_opened(at: Site) -> None:
    assert at.flyte("run", "hosted.py", "fails", "--name", "same").returncode == 1
    app = app_at(at, "same")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("R")
        await until(pilot, lambda: asked(app))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.source.name != "same")
        again = run_screen(app).source
        await until(pilot, lambda: again.is_over)
        assert (again.tree.phase, again.tree.recovered_from) == ("failed", "same")
        await until(pilot, lambda: said(app) == "$ flyte rerun same --recover")
        await pilot.press("q")
        await until(pilot, lambda: run_screen(app).source.name == "same")


async def test_one_action_is_run_again_as_a_run_of_its_own(at: Site) -> None:
    assert at.flyte("run", "hosted.py", "works", "--n", "5", "--name", "same").returncode == 0
    app = app_at(at, "same")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: asked(app))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, RunScreen) and app.screen.source.name != "same")
        again = run_screen(app).source
        await until(pilot, lambda: again.is_over)
        assert again.tree.phase == "succeeded"
        assert dict(again.tree.action(0).inputs) == {"n": "5"}


async def test_other_inputs_are_filled_in_on_the_form(at: Site) -> None:
    assert at.flyte("run", "hosted.py", "works", "--name", "same").returncode == 0
    app = app_at(at, "same")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: asked(app))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, LaunchScreen) and "flyte rerun same" in text_of(app))


async def test_a_run_that_cannot_be_started_again_says_why(at: Site) -> None:
    assert at.flyte("run", "hosted.py", "works", "--name", "same").returncode == 0
    (at.folder / "hosted.py").unlink()
    app = app_at(at, "same")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: asked(app))
        await pilot.press("s")
        await until(pilot, lambda: "hosted.py" in said(app))
        assert run_screen(app).source.name == "same"


async def test_two_runs_are_compared(at: Site) -> None:
    for name in ("other", "same"):
        assert at.flyte("run", "hosted.py", "works", "--name", name).returncode == 0
    app = app_at(at, "same")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("d")
        await until(pilot, lambda: asked(app))
        await pilot.press("enter")  # the run before it is offered
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))


# --- what tasks print

PRINTS = """
import asyncio, subprocess, sys, threading

import flyte

env = flyte.TaskEnvironment("prints", cache="disable")

@env.task
async def work(i: int) -> None:
    print("task", i, [i], sep=" / ")
    thread = threading.Thread(target=print, args=("thread", i, "of", 2))
    thread.start()
    thread.join()
    subprocess.run([sys.executable, "-c", f"print('child', {i}, 'of', 2)"], check=True)

@env.task
async def main() -> None:
    print("main", 1, "of", 1)
    await asyncio.gather(work(0), work(1))
"""


async def test_a_print_of_several_values_is_one_line_under_its_action(at: Site) -> None:
    (at.folder / "prints.py").write_text(PRINTS)
    assert at.flyte("run", "prints.py", "main", "--name", "same").returncode == 0
    app = app_at(at, "same")
    async with app.run_test(size=SIZE) as pilot:
        tree = run_screen(app).source.tree
        for ordinal in range(len(tree)):
            action = tree.action(ordinal)
            if action.short_name == "main":
                continue
            i = action.index
            run_screen(app).select(Place(ordinal))
            run_screen(app).detail_pane.open(2)
            wanted = [f"│ {text}" for text in (f"task / {i} / [{i}]", f"thread {i} of 2", f"child {i} of 2")]
            await until(pilot, lambda wanted=wanted: all(text in text_of(app) for text in wanted))
            shown = [row for row in text_of(app).splitlines() if " of 2" in row or "task /" in row]
            assert len(shown) == 3, "\n".join(shown)


# --- runs in the background


def test_a_run_in_the_background_is_recorded_when_its_start_returns(at: Site) -> None:
    started = start_in_background(["run", "hosted.py", "waits"], Host(environment={}, folder=lambda: str(at.folder)))
    assert at.tree(started.run).phase == "running"
    assert os.getsid(started.process) == started.process, "it has no terminal"
    (at.folder / "go").touch()
    at.ends_as("succeeded", started.run)


@pytest.mark.parametrize(
    ("words", "message", "help"),
    [
        (["run", "hosted.py", "wrks"], "no task `wrks` in hosted.py", "did you mean `works`?"),
        (["run", "hosted.py", "works", "--n", "many"], "works cannot start, 1 problem", "flyte run hosted.py works -h"),
        (["rerun", "nosuch"], "no run `nosuch`", None),
    ],
)
def test_what_does_not_start_in_the_background_raises_what_it_said(
    at: Site, words: list[str], message: str, help: str | None
) -> None:
    with pytest.raises(CliError) as refused:
        start_in_background(words, Host(environment={}, folder=lambda: str(at.folder)))
    assert message in refused.value.message
    assert help is None or any(help in each for each in refused.value.help)


def test_an_input_called_name_does_not_name_the_run(at: Site) -> None:
    (at.folder / "named.py").write_text(
        "import flyte\nenv = flyte.TaskEnvironment('named')\n"
        "@env.task\nasync def main(name: str) -> str:\n    return name\n"
    )
    host = Host(environment={}, folder=lambda: str(at.folder))
    started = start_in_background(["run", "named.py", "main", "--name", "Ada"], host)
    at.ends_as("succeeded", started.run)
    assert dict(at.tree(started.run).action(0).inputs) == {"name": "'Ada'"}


# --- two at the same run


async def test_two_screens_of_one_run_show_the_same_counts_and_leave_it_alone(of: LiveRun) -> None:
    first, second = of.app(), of.app()
    async with first.run_test(size=SIZE) as left, second.run_test(size=SIZE) as right:
        trees = [run_screen(app).source.tree for app in (first, second)]
        of.answer()
        await until(left, lambda: trees[0].counts().get("paused", 0) == 0)
        await until(right, lambda: trees[1].counts().get("paused", 0) == 0)
        await until(left, lambda: trees[0].counts() == trees[1].counts())
        await left.press("q")
        await until(right, lambda: not first.is_running)
        assert of.process.poll() is None, "leaving one of them ended the run"
        of.stop()
        await until(right, lambda: run_screen(second).source.is_over)
        assert trees[1].counts() == of.tree().counts()
        assert trees[1].phase == "succeeded"


async def test_ctrl_c_leaves_a_run_of_another_process_alone(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+c")
        await until(pilot, lambda: not app.is_running)
    assert of.tree().phase == "running"


# --- harm


async def test_a_run_whose_driver_is_killed_shows_how_to_go_on(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        of.kill()
        await until(pilot, lambda: run_screen(app).source.is_over)
        await until(pilot, lambda: "interrupted" in text_of(app).splitlines()[0])
        assert noticed(app) == "whoever drove this run is gone: flyte rerun live --recover"
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)


async def test_a_run_that_is_deleted_stays_on_the_screen(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        of.kill()
        shutil.rmtree(of.folder)
        await until(pilot, lambda: noticed(app) == "the record of run live was deleted: what was read of it stays here")
        assert "stubborn" in text_of(app)
        await pilot.press("down", "down", *"1234567", "e", "z", "Z", "t", "t")
        await pilot.press("x", "s", "escape")
        assert app.is_running


async def test_a_journal_that_is_damaged_while_it_is_looked_at_stays_on_the_screen(of: LiveRun) -> None:
    app = of.app()
    async with app.run_test(size=SIZE) as pilot:
        of.kill()
        with open(of.folder / "journal", "ab") as journal:
            journal.write(b"\xff" * 4096)
        await until(pilot, lambda: noticed(app))
        assert "stubborn" in text_of(app)
        await pilot.press("down", "down", *"1234567")
        assert app.is_running


async def test_a_terminal_may_get_tiny_and_large_again(failed_run: Recorded) -> None:
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        before = text_of(app)
        for size in ((20, 5), (1, 1), (300, 3), SIZE):
            await pilot.resize_terminal(*size)
            await pilot.press("down", "1", "4")
            await pilot.pause()
        await pilot.press("home", "e")
        await pilot.pause()
        assert len(text_of(app).splitlines()) == len(before.splitlines())
        assert app.is_running
