"""The run screen under somebody's fingers: moving, folding, finding, following, failures, panes, time."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import EVERYWHERE, RUN, Key
from flyte_cli.tui.place import ROOT, Place
from flyte_cli.tui.rows import in_order
from flyte_cli.tui.screens.run import RunScreen
from flyte_cli.tui.timeline_pane import TimeRuler
from tests.tui.pictures import lines_of, text_of
from tests.tui.runs import LiveRun, Recorded

ERROR, OVERVIEW = 4, 1
READING = ("past", "reading")
"""Workers that nobody has to do anything for."""


class Watching:
    """A run's screen, and somebody in front of it."""

    def __init__(self, app: FlyteApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> RunScreen:
        """The screen of the run, which has to be the one that is seen."""
        assert isinstance(self.app.screen, RunScreen)
        return self.app.screen

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they do."""
        for key in keys:
            await self.pilot.press(key)
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is read or drawn any more."""
        await self.pilot.pause()
        reading = [worker for worker in self.app.workers if worker.group in READING]  # others wait for an answer
        if reading:  # none would be all of them
            await self.app.workers.wait_for_complete(reading)
        await self.pilot.pause()

    async def until(self, what: str) -> None:
        """Draw again and again, until the screen says it."""
        for _ in range(600):
            if what in text_of(self.app):
                return
            await self.pilot.pause(0.05)
        raise AssertionError(f"`{what}` never stood there:\n{text_of(self.app)}")

    def rows(self) -> list[str]:
        """Names of the rows with their fold signs, as they are drawn."""
        pane = self.screen.tree_pane
        drawn = ("".join(span.text for span in pane.draw(index, 120)) for index in range(len(pane.rows)))
        return [line[:40].rstrip() for line in drawn]

    @property
    def label(self) -> str:
        """Label of the selected action, or name of the fan-out, group or bucket."""
        place, tree = self.screen.place, self.screen.looked.tree
        return f"{place.mark}{place.key}" if place.key else tree.rows([place.ordinal])[0].label

    @property
    def said(self) -> str:
        """What stands in the last line in place of keys."""
        return self.screen.query_one(KeyLine).said


@asynccontextmanager
async def watching(run: Recorded, size: tuple[int, int] = (120, 36), **settings: object) -> AsyncIterator[Watching]:
    app = run.app(**settings)
    async with app.run_test(size=size) as pilot:
        watch = Watching(app, pilot)
        await watch.settle()
        yield watch


# --- failures


async def test_a_failed_run_opens_at_its_first_failure(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        assert (watch.label, watch.screen.detail_pane.tab) == ("flaky.7", ERROR)
        assert "item 7 is poisoned" in text_of(watch.app)


async def test_a_run_that_went_well_opens_at_its_beginning(small_run: Recorded) -> None:
    async with watching(small_run) as watch:
        assert (watch.label, watch.screen.detail_pane.tab) == ("main", OVERVIEW)


async def test_a_failure_of_the_only_action_opens_its_error(hostile_run: Recorded) -> None:
    async with watching(hostile_run) as watch:
        assert (watch.label, watch.screen.detail_pane.tab) == ("main", ERROR)


async def test_e_goes_from_failure_to_failure_and_around(big_run: Recorded) -> None:
    async with watching(big_run) as watch:
        seen = [watch.label]
        for _ in range(4):
            await watch.press("e")
            seen.append(watch.label)
        assert seen == ["leaf.7", "leaf.2507", "leaf.5007", "leaf.7507", "leaf.7"]
        assert watch.said == "4 failures"


async def test_where_nothing_failed_e_says_so(small_run: Recorded) -> None:
    async with watching(small_run) as watch:
        await watch.press("e")
        assert (watch.label, watch.said) == ("main", "nothing failed")


async def test_who_is_busy_gets_a_badge_instead_of_being_taken_away(own_live_run: LiveRun) -> None:
    async with watching(own_live_run) as watch:
        await watch.press("end")
        own_live_run.fail()
        await watch.until("failed in")
        await watch.until("✗ 1  e")
        assert watch.label != "late.0"
        await watch.press("e")
        assert "✗ 1  e" not in lines_of(watch.app)[0]


async def test_who_only_watches_is_taken_to_what_failed(own_live_run: LiveRun) -> None:
    async with watching(own_live_run) as watch:
        assert watch.label == "stubborn.0", "it failed before"
        own_live_run.fail()
        await watch.until("too late")
        assert watch.label == "late.0"


# --- moving and folding


async def test_the_cursor_is_the_selection(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("home")
        assert watch.label == "main"
        await watch.press("down", "j")
        assert watch.label == "prepare.0"
        await watch.press("k")
        assert watch.label == "load.0"
        assert "load" in watch.screen.detail_pane.border_title  # type: ignore[operator]  # it has one


async def test_right_unfolds_then_goes_in_and_left_goes_out_then_folds(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("home", "down", "down", "right", "l")
        assert watch.label == "look_up.0"
        await watch.press("left")
        assert watch.label == "prepare.0"
        assert any("▾ ✓ prepare" in row for row in watch.rows())
        await watch.press("h")
        assert any("▸ ✓ prepare" in row for row in watch.rows())
        await watch.press("left", "left")
        assert watch.label == "main"
        assert watch.rows()[0].startswith("▸")


async def test_space_takes_a_chain_apart_and_puts_it_together(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("home", "down", "down", "down")
        assert watch.rows()[3].startswith("    ✓ branch › branch › branch › leaf")
        await watch.press("space")
        opened = [row.split("  ")[0] for row in (each.strip() for each in watch.rows()[3:7])]
        assert opened == ["▾ ✓ branch", "▾ ✓ branch", "▾ ✓ branch", "✓ leaf"]
        assert watch.label == "leaf.0"
        await watch.press("up", "up", "up", "space")
        assert watch.rows()[3].startswith("    ✓ branch › branch › branch › leaf")


async def test_z_folds_all_but_failures_and_Z_unfolds_everything(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        everything = len(watch.rows())
        await watch.press("z")
        assert not any("epoch" in row for row in watch.rows())
        assert watch.label == "flaky.7"
        await watch.press("Z")
        assert len(watch.rows()) > everything
        await watch.press("Z")
        assert len(watch.rows()) == everything


async def test_a_click_selects_and_the_fold_sign_folds(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        pane = watch.screen.tree_pane
        await watch.pilot.click(pane, offset=(20, 2))
        await watch.settle()
        assert watch.label == "load.0"
        await watch.pilot.click(pane, offset=(3, 5))
        await watch.settle()
        assert watch.label == "sweep"
        assert any("▸ ✓ sweep" in row for row in watch.rows())


async def test_a_huge_bucket_opens_and_ends_at_its_last_action(big_run: Recorded) -> None:
    async with watching(big_run) as watch:
        await watch.press("end", "space", "end")
        assert watch.label == "leaf.9999"
        assert "leaf.9999" in text_of(watch.app)
        assert "10,005 shown" in text_of(watch.app)


# --- finding and filtering


async def test_find_dims_others_and_n_goes_on(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("home", "slash", *"epoch.", "enter")
        assert watch.label == "epoch.0"
        assert "5 hits" in text_of(watch.app)
        pane = watch.screen.tree_pane
        lit = [row for index, row in enumerate(watch.rows()) if not pane.is_faint(index)]
        assert all("epoch" in row for row in lit)
        await watch.press("n", "n", "n", "n")
        ordered = in_order(watch.screen.source.tree, pane.hits)
        assert watch.screen.place.ordinal == ordered[-1]
        await watch.press("n")
        assert watch.screen.place.ordinal == ordered[0], "around the end"
        await watch.press("N")
        assert watch.screen.place.ordinal == ordered[-1]
        await watch.press("escape")
        assert not any(pane.is_faint(index) for index in range(len(pane.rows)))


async def test_what_a_search_found_is_unfolded_when_one_goes_there(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        assert not any("look_up" in row for row in watch.rows())
        await watch.press("home", "slash", *"beta", "enter")
        assert watch.label == "look_up.1"


async def test_finding_nothing_says_so(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("slash", *"zebra", "enter")
        assert watch.said == "nothing has `zebra` in its name, task, inputs or error"
        await watch.press("n")
        assert watch.said == "nothing was found: / finds"


async def test_a_filter_hides_others_while_it_is_typed_and_esc_takes_it_back(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        everything = len(watch.rows())
        await watch.press("ampersand", *"state:failed")
        assert [row.strip().split("  ")[0] for row in watch.rows()] == ["▾ ✗ main", "▾ ✗ flaky ×9", "✗ flaky.7"]
        await watch.press("escape")
        assert len(watch.rows()) == everything
        await watch.press("ampersand", *"state:failed", "enter")
        assert "filter: state:failed" in text_of(watch.app)
        await watch.press("escape")
        assert len(watch.rows()) == everything


@pytest.mark.parametrize(
    ("filter", "said"),
    [
        ("state:faild", "no state `faild`: did you mean `failed`?"),
        ("tok:>5s", "no input `tok`: did you mean `took`?"),
        ("task:flakey", "no task `flakey`: did you mean `flaky`?"),
        ("took:>5parsecs", "the filter compares `took` with a length of time"),
        ("state:paused", "nothing fits `state:paused`: Esc shows all again"),
    ],
)
async def test_a_filter_that_cannot_be_meant_names_the_near_miss(failed_run: Recorded, filter: str, said: str) -> None:
    async with watching(failed_run) as watch:
        await watch.press("ampersand", *filter, "enter")
        assert watch.said.startswith(said)


async def test_markup_in_a_filter_is_text(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("ampersand", *"[bold]", "enter")
        assert "filter: [bold]" in text_of(watch.app)


# --- following


async def test_follow_goes_where_something_runs_until_one_moves(live_run: LiveRun) -> None:
    async with watching(live_run) as watch:
        await watch.press("f")
        assert watch.label in ("long.0", "ask.0")
        assert "FOLLOW" in text_of(watch.app)
        await watch.press("up")
        assert watch.said == "you moved: follow is off, f follows again"
        assert "FOLLOW" not in text_of(watch.app)


async def test_a_run_that_is_over_cannot_be_followed(small_run: Recorded) -> None:
    async with watching(small_run) as watch:
        await watch.press("f")
        assert watch.said == "the run is over: there is nothing to follow"


# --- panes


async def test_enter_shows_the_selected_in_full_width_and_esc_goes_back(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("enter")
        assert watch.screen.detail_pane.size.width > 110
        assert not watch.screen.tree_pane.display
        await watch.press("escape")
        assert watch.screen.tree_pane.display
        assert watch.screen.tree_pane.has_focus


async def test_tab_goes_to_the_other_pane_and_m_leaves_it_alone(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("tab")
        assert not watch.screen.tree_pane.has_focus
        await watch.press("m")
        assert not watch.screen.tree_pane.display
        await watch.press("m", "shift+tab")
        assert watch.screen.tree_pane.has_focus


async def test_the_pane_with_the_keys_gets_wider_and_both_even(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        tree, detail = watch.screen.tree_pane, watch.screen.detail_pane
        before = tree.size.width
        await watch.press("ctrl+w")
        assert tree.size.width > before
        await watch.press("equals_sign")
        assert abs(tree.size.width - detail.size.width) <= 1


async def test_digits_open_tabs(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        opened = []
        for digit in "1234567":
            await watch.press(digit)
            opened.append(watch.screen.detail_pane.tab)
        assert opened == [1, 2, 3, 4, 5, 6, 7]


async def test_panes_stand_above_each_other_where_it_is_narrow(failed_run: Recorded) -> None:
    async with watching(failed_run, size=(80, 24)) as watch:
        tree, detail = watch.screen.tree_pane, watch.screen.detail_pane
        assert (tree.region.x, detail.region.x) == (0, 0)
        assert detail.region.y == tree.region.bottom
        await watch.press("ctrl+w")
        assert tree.size.height > detail.size.height


async def test_the_smallest_of_terminals_and_back_harms_nothing(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        for size in ((20, 5), (5, 2), (200, 60), (120, 36)):
            await watch.pilot.resize_terminal(*size)
            await watch.press("down", "t", "t", "z")
        assert "flaky" in text_of(watch.app)


# --- time


async def test_the_timeline_has_bars_in_full_width_below_a_ruler(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        pane = watch.screen.tree_pane
        before = pane.drawing(pane.widest()).measures.bar
        await watch.press("t")
        assert pane.drawing(pane.widest()).measures.bar > 2 * before
        assert watch.screen.query_one(TimeRuler).display
        assert lines_of(watch.app)[1].index("│0s") == lines_of(watch.app)[3].index("━")
        await watch.press("t")
        assert not watch.screen.query_one(TimeRuler).display


async def test_zoom_shows_less_and_fits_again(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        pane = watch.screen.tree_pane
        await watch.press("t", "plus", "plus")
        assert pane.axis_window.seconds == pytest.approx(pane.whole.seconds / 4, rel=0.3)
        start = pane.axis_window.start
        await watch.press("shift+left")
        assert pane.axis_window.start < start
        await watch.press("0")
        assert pane.window is None


async def test_the_critical_path_is_lit_and_all_else_dim(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("c")
        pane = watch.screen.tree_pane
        lit = [row for index, row in enumerate(watch.rows()) if not pane.is_faint(index)]
        assert "✗ main" in lit[0]
        assert any("flaky.7" in row for row in lit)
        assert not any("flaky.1 " in row for row in lit)
        await watch.press("c")
        assert not any(pane.is_faint(index) for index in range(len(pane.rows)))


async def test_the_time_cursor_shows_the_run_as_it_was(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        await watch.press("comma", "comma", "comma")
        screen = watch.screen
        assert screen.moment is not None
        assert screen.looked.tree.phase == "running"
        assert "✗ failed" not in lines_of(watch.app)[0]
        assert "Esc now" in lines_of(watch.app)[0]
        before = screen.moment
        await watch.press("full_stop")
        assert screen.moment > before
        await watch.press("escape")
        assert screen.moment is None
        assert "✗ failed" in lines_of(watch.app)[0]


async def test_before_an_action_was_there_the_cursor_is_on_the_run(failed_run: Recorded) -> None:
    async with watching(failed_run) as watch:
        assert watch.label == "flaky.7"
        await watch.press(*["comma"] * 45)
        assert watch.screen.place == ROOT
        assert len(watch.screen.looked.tree) < len(failed_run.tree())


async def test_a_past_that_cannot_be_read_is_told(failed_run: Recorded, tmp_path: Path) -> None:
    shutil.copytree(failed_run.folder, tmp_path / "runs" / "failed")
    async with watching(Recorded(tmp_path, "failed")) as watch:
        shutil.rmtree(tmp_path / "runs" / "failed")
        await watch.press("comma")
        assert watch.said.startswith("what it was like cannot be read: ")
        assert watch.screen.moment is None


# --- live


async def test_a_run_that_goes_on_is_drawn_as_it_changes(own_live_run: LiveRun) -> None:
    async with watching(own_live_run) as watch:
        await watch.until("● running")
        own_live_run.end()
        await watch.until("✓ succeeded in")


async def test_a_run_whose_driver_is_killed_stops_counting(own_live_run: LiveRun) -> None:
    async with watching(own_live_run) as watch:
        own_live_run.kill()
        await watch.until("interrupted")
        ended = watch.screen.source.until(1e12)
        assert ended < 1e11
        await watch.settle()


async def test_two_screens_of_one_run_show_the_same(live_run: LiveRun) -> None:
    async with watching(live_run) as one:
        first = one.rows()
    async with watching(live_run) as other:
        assert [row.split("  ")[0] for row in other.rows()] == [row.split("  ")[0] for row in first]


# --- every key


@pytest.mark.parametrize("run", ["empty_run", "live_run", "failed_run", "big_run"])
async def test_every_key_of_the_table_is_harmless(run: str, request: pytest.FixtureRequest) -> None:
    recorded: Recorded = request.getfixturevalue(run)
    async with watching(recorded) as watch:
        for key in every_key():
            for spelled in key.keys.split(","):
                await watch.press(spelled)
                await watch.press("escape")
                while not isinstance(watch.app.screen, RunScreen):
                    await watch.press("escape")
                assert watch.app.is_running, f"`{spelled}` ended it"
        watch.screen.select(Place(0))
        assert recorded.name in text_of(watch.app)


def every_key() -> list[Key]:
    """All but the one that leaves."""
    return [key for key in (*RUN, *EVERYWHERE) if key.action != "leave"]


def test_every_key_of_the_table_has_something_to_do() -> None:
    assert [key.action for key in (*RUN, *EVERYWHERE) if not hasattr(RunScreen, f"action_{key.action}")] == []


async def test_q_leaves(failed_run: Recorded) -> None:
    app = failed_run.app()
    async with app.run_test() as pilot:
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running
