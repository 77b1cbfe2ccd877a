"""The list of runs: what it shows, and what each of its keys does."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input

from flyte_cli.ops.host import Host
from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.keys import EVERYWHERE, RUNS
from flyte_cli.tui.runs_list import RunsList
from flyte_cli.tui.screens.compare import CompareScreen
from flyte_cli.tui.screens.launch import LaunchScreen
from flyte_cli.tui.screens.run import RunScreen
from flyte_cli.tui.screens.runs import RunsScreen
from flyte_cli.tui.screens.tasks import TasksScreen
from flyte_cli.tui.wishes import Wishes
from tests.cli.fakes import Row
from tests.tui.pilots import NOW, Listing, listing_app, said, screen_text, sees, some_runs, typed, until
from tests.tui.runs import LiveRun, Recorded


@pytest.fixture
def engine() -> Listing:
    return Listing(some_runs())


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 12)], ids=str)
async def test_runs_are_listed_newest_first(
    engine: Listing, size: tuple[int, int], snapshot: SnapshotAssertion
) -> None:
    async with listing_app(engine).run_test(size=size) as pilot:
        await sees(pilot, "r7k2m9q")
        assert screen_text(pilot.app) == snapshot  # type: ignore[arg-type]


async def test_an_ascii_terminal_gets_ascii(engine: Listing, snapshot: SnapshotAssertion) -> None:
    app = listing_app(engine, environment={"FLYTE_ASCII": "1"})
    async with app.run_test(size=(100, 14)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("space")
        inside = [line[1:-1] for line in screen_text(app).splitlines()[2:9]]
        assert all(line.isascii() for line in inside)
        assert inside == snapshot


async def test_an_empty_folder_says_how_to_begin(snapshot: SnapshotAssertion) -> None:
    async with listing_app(Listing()).run_test(size=(80, 24)) as pilot:
        await sees(pilot, "flyte new hello", "cd hello", "flyte run")
        assert screen_text(pilot.app) == snapshot  # type: ignore[arg-type]


async def test_a_folder_without_runs_tells_of_those_elsewhere() -> None:
    app = listing_app(Listing([some_runs()[-1]]))
    async with app.run_test() as pilot:
        await sees(pilot, "a shows the runs of other folders")
        await pilot.press("a")
        await sees(pilot, "relse22", "all folders")
        assert said(app) == "$ flyte get run --all"


@pytest.mark.parametrize("key", [*RUNS, *EVERYWHERE], ids=lambda key: key.action)
async def test_every_key_may_be_pressed_where_there_are_no_runs(key: Any) -> None:
    app = listing_app(Listing())
    async with app.run_test() as pilot:
        await sees(pilot, "flyte new hello")
        for spelled in key.keys.split(","):
            await pilot.press(spelled)
            await pilot.pause()
            await pilot.press("escape")
            await pilot.pause()


async def test_what_is_new_appears_by_itself(engine: Listing) -> None:
    async with listing_app(engine).run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        engine.rows.insert(0, Row("rnew222", started_at=NOW - 1, ended_at=NOW))
        await sees(pilot, "rnew222")


async def test_the_cursor_stays_on_its_run(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("down", "down")
        engine.rows.insert(0, Row("rnew222", started_at=NOW - 1, ended_at=NOW))
        await sees(pilot, "rnew222")
        row = app.screen.query_one(RunsList).row
        assert row is not None
        assert row.name == "r3k9a2e"


async def test_nothing_is_listed_again_while_nothing_happens(engine: Listing) -> None:
    engine.rows = engine.rows[1:]  # without the one that goes on
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r5c2vwd")
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        asked = engine.asked
        for _ in range(3):
            await screen.list_runs().wait()
        assert engine.asked == asked


# --- filter and order


async def test_a_filter_counts_as_it_is_typed(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test(size=(100, 24)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("slash")
        await typed(pilot, "state:failed,aborted")
        await sees(pilot, "2 of 6 runs")
        assert "r5c2vwd" not in screen_text(app)
        await pilot.press("enter")
        assert said(app) == "$ flyte get run --where state:failed,aborted"
        assert isinstance(app.focused, RunsList)
        await pilot.press("slash", "escape")
        await sees(pilot, "6 runs", "r5c2vwd")


async def test_a_mistyped_state_names_the_near_miss(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("slash")
        await typed(pilot, "state:faild")
        await until(pilot, lambda: said(app).startswith("no state `faild`   did you mean `failed`?"), "the near miss")


@pytest.mark.parametrize(
    ("written", "whole"), [("sta", "state:"), ("state:fa", "state:failed"), ("n:1 task:tr", "n:1 task:train.fit")]
)
async def test_tab_completes_a_filter(engine: Listing, written: str, whole: str) -> None:
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("slash")
        await typed(pilot, written)
        entry = app.screen.query_one(Input)
        await until(pilot, lambda: entry._suggestion != "", "a suggestion")
        await pilot.press("tab")
        assert entry.value == whole


async def test_a_filter_that_nothing_fits_says_so(engine: Listing) -> None:
    async with listing_app(engine).run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("slash")
        await typed(pilot, "nothing")
        await sees(pilot, "No run fits nothing", "0 of 6 runs")
        await pilot.press("enter", "down", "enter", "space", "x", "D", "r")  # nothing to do any of it with
        await sees(pilot, "No run fits nothing")


def shown(app: FlyteApp) -> list[str]:
    return [row.name for row in app.screen.query_one(RunsList).table.rows]


async def test_columns_sort_by_keys_and_by_clicks(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test(size=(100, 24)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("greater_than_sign")
        await sees(pilot, "sort: took")
        assert shown(app)[:2] == ["r5c2vwd", "r4m6n8p"]
        assert said(app) == "$ flyte get run --sort took"
        await pilot.press("equals_sign")
        await until(pilot, lambda: shown(app)[0] == "r8d6s2j", "the shortest first")
        await pilot.press("less_than_sign", "less_than_sign")
        await sees(pilot, "sort: task")
        await pilot.click("RunsHeading", offset=(7, 0))
        await sees(pilot, "sort: name")
        assert shown(app)[0] == "r3k9a2e"
        await pilot.click("RunsHeading", offset=(7, 0))
        await until(pilot, lambda: shown(app)[0] == "r9f2k7b", "the other way round")


async def test_ten_thousand_runs_are_scrolled_to_their_end() -> None:
    rows = [Row(f"r{place:06}", started_at=NOW - place, ended_at=NOW - place + 1) for place in range(10_000)]
    app = listing_app(Listing(rows))
    async with app.run_test() as pilot:
        await sees(pilot, "r000000", "10,000 runs")
        await pilot.press("end")
        await sees(pilot, "r009999")


# --- what is done with runs


async def test_a_run_is_deleted_once_somebody_says_yes(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test(size=(100, 24)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("down", "down", "D")
        await sees(pilot, "delete run r3k9a2e, 0 B, with all data?  [y] yes  [n] no")
        await pilot.press("n")
        assert engine.removed == []
        await pilot.press("D")
        await sees(pilot, "delete run r3k9a2e")
        await pilot.press("y")
        await until(pilot, lambda: said(app) == "$ flyte delete run r3k9a2e", "what was done")
        assert engine.removed == ["r3k9a2e"]
        await until(pilot, lambda: "r3k9a2e" not in shown(app), "the run gone")


async def test_marked_runs_are_deleted_together_but_not_those_that_go_on(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test(size=(100, 24)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("space", "space", "space")
        await sees(pilot, "3 marked")
        await pilot.press("D")
        await sees(pilot, "delete 2 runs, r5c2vwd, r3k9a2e, 0 B, with all data?")
        await pilot.press("y")
        await until(pilot, lambda: len(engine.removed) == 2, "both gone")
        assert engine.removed == ["r5c2vwd", "r3k9a2e"]


async def test_space_marks_and_unmarks(engine: Listing) -> None:
    async with listing_app(engine).run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("space", "up", "space")
        assert pilot.app.screen.query_one(RunsList).marked == {}


async def test_only_a_run_that_goes_on_is_aborted(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q", "x abort")
        await pilot.press("x")
        await sees(pilot, "abort run r7k2m9q?")
        await pilot.press("y")
        await until(pilot, lambda: said(app) == "$ flyte abort r7k2m9q", "what was done")
        assert [each[0] for each in engine.aborted] == ["r7k2m9q"]
        await pilot.press("down")
        await pilot.pause()
        assert "x abort" not in screen_text(app)
        await pilot.press("x")
        assert len(engine.aborted) == 1


async def test_the_name_is_copied(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("y")
        assert app.clipboard == "r7k2m9q"
        assert said(app) == "copied r7k2m9q"
        await pilot.press("down")
        assert said(app) == ""


async def test_comparing_asks_with_which_other_run(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("d")
        await sees(pilot, "compare r7k2m9q with")
        await typed(pilot, "rzz")
        await pilot.press("enter")
        await until(pilot, lambda: said(app).startswith("no run `rzz`"), "what is wrong")


async def test_three_marked_runs_are_too_many_to_compare(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("space", "space", "space", "d")
        await until(pilot, lambda: said(app) == "two runs are compared, 3 are marked", "what is wrong")


# --- going elsewhere, with recorded runs


@pytest.fixture
def over(home: Path, small_run: Recorded, failed_run: Recorded, monkeypatch: pytest.MonkeyPatch) -> FlyteApp:
    """The list over a folder with a run that succeeded, one that failed, and one before it."""
    monkeypatch.setenv("FLYTE_HOME", str(home))
    environment = {"FLYTE_HOME": str(home), "TERM": "xterm-256color"}
    return FlyteApp(Host(environment=environment, folder=lambda: str(home)), None, Wishes())


async def choose(pilot: Any, name: str) -> None:
    """Put the cursor on a run."""
    await until(pilot, lambda: name in shown(pilot.app), f"{name} in the list")
    runs = pilot.app.screen.query_one(RunsList)
    runs.move_to([row.name for row in runs.table.rows].index(name), by_person=True)
    await pilot.pause()


@pytest.mark.parametrize("back", ["escape", "q"])
async def test_enter_opens_a_run_and_one_comes_back_to_the_list(over: FlyteApp, back: str) -> None:
    async with over.run_test(size=(120, 36)) as pilot:
        await choose(pilot, "failed")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(over.screen, RunScreen), "the run's screen")
        await pilot.press(back)
        await until(pilot, lambda: isinstance(over.screen, RunsScreen), "the list")
        row = over.screen.query_one(RunsList).row
        assert row is not None
        assert row.name == "failed"


async def test_two_marked_runs_are_compared_the_older_first(over: FlyteApp) -> None:
    async with over.run_test(size=(120, 36)) as pilot:
        await choose(pilot, "before")
        await pilot.press("space")
        await choose(pilot, "failed")
        await pilot.press("space", "d")
        await until(pilot, lambda: isinstance(over.screen, CompareScreen), "both beside each other")
        assert isinstance(over.screen, CompareScreen)
        assert over.screen.names == ("before", "failed")
        await sees(pilot, "actions")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(over.screen, RunsScreen), "the list")


async def test_a_run_whose_folder_is_gone_is_told_of(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("enter")
        await until(pilot, lambda: said(app).startswith("the folder of run `r7k2m9q` is gone"), "what is wrong")


async def test_colon_goes_to_a_screen_or_a_run_by_its_beginning(over: FlyteApp) -> None:
    async with over.run_test(size=(120, 36)) as pilot:
        await choose(pilot, "failed")
        await pilot.press("colon")
        await typed(pilot, "tas")
        await until(pilot, lambda: over.focused is not None and over.focused._suggestion == "tasks", "what is meant")  # type: ignore[attr-defined]
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(over.screen, TasksScreen), "the tasks")
        await pilot.press("colon")
        await typed(pilot, "smal")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(over.screen, RunScreen), "the run")
        await pilot.press("colon")
        await typed(pilot, "runs")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(over.screen, RunsScreen), "the list")
        assert not over.can_go_back


async def test_colon_tells_the_near_miss_of_a_screen(over: FlyteApp) -> None:
    async with over.run_test(size=(120, 36)) as pilot:
        await choose(pilot, "failed")
        await pilot.press("colon")
        await typed(pilot, "taks")
        await pilot.press("enter")
        await until(pilot, lambda: said(over) == "no run `taks`   did you mean `tasks`?", "the near miss")


async def test_r_opens_the_form_with_what_the_run_was_given(over: FlyteApp) -> None:
    async with over.run_test(size=(120, 36)) as pilot:
        await choose(pilot, "small")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(over.screen, LaunchScreen), "the form")
        await sees(pilot, "run small again")


async def test_a_failed_run_is_recovered_and_watched(
    home: Path, failed_run: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"  # nobody changes the shared one
    shutil.copytree(home, own, ignore=shutil.ignore_patterns("live*", "big*"))
    monkeypatch.setenv("FLYTE_HOME", str(own))
    environment = {**os.environ, "TERM": "xterm-256color"}
    app = FlyteApp(Host(environment=environment, folder=lambda: str(home)), None, Wishes())
    async with app.run_test(size=(120, 36)) as pilot:
        await choose(pilot, "failed")
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, RunScreen), "the new run")
        assert isinstance(app.screen, RunScreen)
        screen = app.screen
        assert screen.source.tree.recovered_from == "failed"
        await until(pilot, lambda: screen.source.is_over, "its end")


async def test_a_run_that_goes_on_shows_how_far_it_is_and_that_its_driver_is_gone(
    own_live_run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(own_live_run.home))
    environment = {"FLYTE_HOME": str(own_live_run.home), "TERM": "xterm-256color"}
    app = FlyteApp(Host(environment=environment, folder=lambda: str(own_live_run.home)), None, Wishes())
    async with app.run_test(size=(120, 36)) as pilot:
        await sees(pilot, "● ", "live", "3✓ 3● 1⏸ 1✗")
        own_live_run.kill()
        await sees(pilot, "⊘ ")
        row = app.screen.query_one(RunsList).row
        assert row is not None
        assert row.phase == "interrupted"


async def test_keys_in_the_last_line_may_be_clicked(engine: Listing) -> None:
    app = listing_app(engine)
    async with app.run_test(size=(100, 24)) as pilot:
        await sees(pilot, "r7k2m9q")
        line = screen_text(app).splitlines()[-1]
        await pilot.click("KeyLine", offset=(line.index("y copy"), 0))
        assert app.clipboard == "r7k2m9q"
        await pilot.click("RunsList", offset=(10, 2))
        await until(pilot, lambda: app.screen.query_one(RunsList).cursor == 2, "the clicked row")
        await pilot.click("KeyLine", offset=(line.index("/ filter"), 0))
        await sees(pilot, "to the list")
        line = screen_text(app).splitlines()[-1]
        await pilot.click("KeyLine", offset=(line.index("no filter"), 0))
        await until(pilot, lambda: isinstance(app.focused, RunsList), "the list again")


@pytest.mark.parametrize("size", [(20, 5), (5, 2), (1, 1)], ids=str)
async def test_a_tiny_terminal_breaks_nothing(engine: Listing, size: tuple[int, int]) -> None:
    app = listing_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.resize_terminal(*size)
        for key in ("down", "slash", "escape", "p", "escape", "question_mark", "escape", "d", "escape", "space"):
            await pilot.press(key)
            await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await sees(pilot, "r7k2m9q")


async def test_names_and_notes_of_people_are_shown_as_they_are() -> None:
    hostile = "[bold]no[/bold] \x1b[2J \u05e9\u05dc\u05d5\u05dd 界"
    rows = [Row("r7k2m9q", task=f"env.{hostile}", phase="failed", note=hostile, file=hostile, project="/work/here")]
    app = listing_app(Listing(rows))
    async with app.run_test(size=(120, 24)) as pilot:
        await sees(pilot, "r7k2m9q", "[bold]no[/bold]")
        assert "\x1b" not in screen_text(app)
