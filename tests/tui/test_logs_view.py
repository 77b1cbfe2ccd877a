"""The logs tab and the logs in full width, with keys pressed."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from flyte_cli.tui.keys import LOG_SCREEN, LOGS
from flyte_cli.tui.logs.pane import LogsTab
from flyte_cli.tui.logs.view import LogView
from flyte_cli.tui.place import ROOT, Place
from flyte_cli.tui.screens.logs import FullLog, LogsScreen
from flyte_cli.tui.screens.run import RunScreen
from tests.tui.log_files import WrittenLog, emptied, going_on
from tests.tui.runs import LiveRun, Recorded, app_of, record

LOGS_TAB = 2
TIMES = re.compile(r"\d+\.\ds")

TALKING = """
import json, logging, subprocess, threading, traceback

@env.task
async def speak(i: int) -> None:
    print("several", "arguments", i, sep=" ")
    thread = threading.Thread(target=print, args=("from", "a", "thread", i))
    thread.start()
    thread.join()
    process = await asyncio.create_subprocess_exec("echo", "from", "a", "child", str(i))
    await process.wait()

@env.task
async def odd() -> None:
    logging.basicConfig(level="INFO", format="%(levelname)s %(message)s")
    logging.warning("it is late")
    try:
        {}["x"]
    except KeyError:
        traceback.print_exc(file=sys.stdout)
    print(json.dumps({"level": "info", "message": "epoch done", "loss": 0.5}))
    print("\\x1b[32mgreen\\x1b[0m [bold]not markup[/] a\\tb \\x1b[2J 界界 \\x07")
    print("x" * 10_000)

@env.task
async def main() -> None:
    print("begin")
    await speak(0)
    await speak(1)
    await odd()
    print("end")
"""


@pytest.fixture(scope="session")
def talking_run(home: Path) -> Recorded:
    """Prints in many ways, one after the other."""
    return record(home, "talking", TALKING, "process")


@pytest.fixture
def log(empty_run: Recorded, tmp_path: Path) -> WrittenLog:
    """The log of a run of one action that goes on, with 1,000 lines."""
    log = emptied(empty_run.folder, tmp_path / "run")
    log.write(*(f"line {number}" for number in range(1000)))
    return log


def screen_text(app: Any) -> str:
    """What is on the screen, as text; times differ from run to run."""
    lines = ["".join(segment.text for segment in strip).rstrip() for strip in app.screen._compositor.render_strips()]
    return TIMES.sub(lambda found: "0.0s".rjust(len(found[0])), "\n".join(lines))


def shown(view: LogView) -> list[str]:
    """The texts of the lines on the screen, without times."""
    rows = ["".join(span.text for span in row.line) for row in view.screen_rows]
    return [row.partition("s ")[2].strip() for row in rows]


class Watching:
    """A screen with logs, and what somebody does there."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        self.app: Any = pilot.app

    @property
    def view(self) -> LogView:
        return self.app.screen.query_one(FullLog if isinstance(self.app.screen, LogsScreen) else LogsTab)

    async def settle(self) -> None:
        """Until nothing is counted or searched any more."""
        await self.pilot.pause()
        while busy := [each for each in self.app.workers if each.group in BACKGROUND and not each.is_finished]:
            await self.app.workers.wait_for_complete(busy)
            await self.pilot.pause()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            if key != "backspace":
                await self.settle()

    async def type(self, text: str) -> None:
        await self.pilot.press(*("space" if letter == " " else letter for letter in text))
        await self.settle()

    async def look(self) -> None:
        """As the screen does ten times a second."""
        self.view.look(self.app.screen.looked if isinstance(self.app.screen, RunScreen) else self.run_screen.looked)
        await self.settle()

    @property
    def run_screen(self) -> RunScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, RunScreen))


BACKGROUND = ("count", "seek", "save")


@asynccontextmanager
async def watching(app: Any, place: Place = ROOT, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Watching]:
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = app.screen
        screen.select(place)
        screen.detail_pane.open(LOGS_TAB)
        screen.detail_pane.focus_content()
        watching = Watching(pilot)
        await watching.settle()
        yield watching


def status(view: LogView) -> tuple[int, int, int]:
    return view.state.lines, view.state.errors, view.state.warnings


# --- what is there


async def test_the_tab_shows_what_all_below_printed_each_with_its_name(
    talking_run: Recorded, snapshot: SnapshotAssertion
) -> None:
    async with watching(talking_run.app(), size=(120, 36)) as watch:
        pane = watch.app.screen.detail_pane.region
        lines = screen_text(watch.app).splitlines()[pane.y : pane.bottom]
        assert "\n".join(line[pane.x : pane.right] for line in lines) == snapshot
        assert status(watch.view) == (17, 1, 1)


@pytest.mark.parametrize("theme", ["flyte-dark", "flyte-light", "flyte-mono"])
async def test_full_width_shows_the_same_with_how_it_stands(
    talking_run: Recorded, snapshot: SnapshotAssertion, theme: str
) -> None:
    async with watching(talking_run.app(theme=theme), size=(100, 30)) as watch:
        await watch.press("l")
        assert screen_text(watch.app) == snapshot(name="full")
        await watch.press("w")
        assert all(len(line) <= 100 for line in screen_text(watch.app).splitlines())


async def test_several_arguments_of_a_print_are_one_line_also_from_threads_and_children(talking_run: Recorded) -> None:
    tree = talking_run.tree()
    (second,) = [ordinal for ordinal in range(len(tree)) if tree.action(ordinal).label == "speak.1"]
    async with watching(talking_run.app(), Place(second)) as watch:
        assert [line.removeprefix("│ ") for line in shown(watch.view)] == [
            "several arguments 1",
            "from a thread 1",
            "from a child 1",
        ]


async def test_attempts_are_shown_apart(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    (seventh,) = [
        each for each in tree.failures() if tree.action(each).short_name == "flaky" and tree.action(each).attempts == 3
    ]
    async with watching(failed_run.app(), Place(seventh)) as watch:
        assert watch.view.state.lines == 6
        assert sum("attempt" in line for line in shown(watch.view)) == 3
        await watch.press("left_square_bracket")
        assert watch.view.state.title == "flaky.7 · logs of attempt 2"
        assert [line[:1] for line in shown(watch.view)] == ["│", "│", "↻"]
        await watch.press("l", "left_square_bracket")
        assert watch.view.state.title == "flaky.7 · logs of attempt 1"
        await watch.press("right_square_bracket", "right_square_bracket", "escape")
        assert watch.view.state.lines == 6


@pytest.mark.parametrize(
    ("label", "text"),
    [("load.0", "load.0 was taken from the cache"), ("leaf.0", "leaf.0 printed nothing")],
)
async def test_an_action_without_lines_says_why(failed_run: Recorded, label: str, text: str) -> None:
    tree = failed_run.tree()
    (ordinal,) = [each for each in range(len(tree)) if tree.action(each).label == label]
    async with watching(failed_run.app(), Place(ordinal), size=(160, 30)) as watch:
        assert text in screen_text(watch.app)


async def test_text_that_a_terminal_would_obey_is_harmless(hostile_run: Recorded) -> None:
    async with watching(hostile_run.app(), size=(100, 30)) as watch:
        await watch.press("l")
        for key in ("w", "right", "right", "w", "right", "T", "home", "end"):
            await watch.press(key)
            text = screen_text(watch.app)
            assert "\x1b" not in text
            assert "\x07" not in text
        await watch.press("left", "g")
        text = screen_text(watch.app)
        assert "[bold]not markup[/bold] [/] [red red a" in text
        assert r"\x00\x01" in text


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (80, 24), (200, 60)])
async def test_every_size_is_fine(talking_run: Recorded, size: tuple[int, int]) -> None:
    async with watching(talking_run.app(), size=(100, 30)) as watch:
        await watch.press("l")
        await watch.pilot.resize_terminal(*size)
        await watch.press("w", "g", "end", "pageup")
        assert all(len(line) <= size[0] for line in screen_text(watch.app).splitlines())


# --- following


async def test_it_follows_until_somebody_scrolls_up_and_counts_what_came(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        assert shown(watch.view)[-1] == "│ line 999"
        assert "FOLLOW · 1,000 lines" in screen_text(watch.app)
        log.write("line 1000")
        await watch.look()
        assert shown(watch.view)[-1] == "│ line 1000"
        await watch.press("up")
        before = shown(watch.view)
        log.write(*(f"line {number}" for number in range(1001, 1039)))
        await watch.look()
        assert shown(watch.view) == before
        assert "▼ 38 new" in screen_text(watch.app)
        assert "FOLLOW" not in screen_text(watch.app)
        await watch.press("G")
        assert shown(watch.view)[-1] == "│ line 1038"
        assert "FOLLOW · 1,039 lines" in screen_text(watch.app)


async def test_the_end_that_is_reached_is_followed_again(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        await watch.press("pageup", "pageup")
        assert not watch.view.state.follows
        await watch.press("pagedown", "pagedown")
        assert watch.view.state.follows
        await watch.press("up", "down")
        assert watch.view.state.follows


async def test_the_first_line_and_the_last(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        await watch.press("g")
        assert shown(watch.view)[0] == "│ line 0"
        await watch.press("down", "down", "end")
        assert shown(watch.view)[-1] == "│ line 999"


async def test_a_hundred_thousand_lines_at_once_cost_one_look(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        read: list[int] = []
        rows_of = watch.view._rows_of

        def counted(item: Any) -> Any:
            read.append(item.key.offset)
            return rows_of(item)

        assert watch.view.pager is not None
        watch.view.pager.rows_of = counted
        log.write(*(f"more {number}" for number in range(100_000)))
        await watch.look()
        assert shown(watch.view)[-1] == "│ more 99999"
        assert watch.view.state.lines == 101_000
        assert len(read) < 500


async def test_a_run_that_goes_on_is_followed_in_its_own_log(own_live_run: LiveRun) -> None:
    async with watching(own_live_run.app()) as watch:
        assert any(line.endswith("│ long begins") for line in shown(watch.view))
        assert "FOLLOW" in screen_text(watch.app)
        own_live_run.end()
        while not watch.app.source.is_over:
            watch.app.screen.tick()
            await watch.settle()
        assert "FOLLOW" not in screen_text(watch.app)


# --- finding


async def test_what_is_found_is_counted_lit_and_gone_to(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        await watch.press("l", "slash")
        await watch.type("LINE 77")
        await watch.press("enter")
        assert "find: LINE 77   11 hits" in screen_text(watch.app)
        assert watch.view._at_cursor().row.text == b"line 779"  # type: ignore[union-attr]
        await watch.press("N")
        assert watch.view._at_cursor().row.text == b"line 778"  # type: ignore[union-attr]
        await watch.press("n", "n")
        assert watch.view._at_cursor().row.text == b"line 77"  # type: ignore[union-attr]
        await watch.press("ctrl+t")
        assert "0 hits   case" in screen_text(watch.app)
        await watch.press("n")
        assert "LINE 77 is in no line" in screen_text(watch.app)


async def test_regular_expressions_and_only_hits(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        await watch.press("l", "ampersand")
        assert "find something first" in screen_text(watch.app)
        await watch.press("slash")
        await watch.type("^line [12]0$")
        await watch.press("ctrl+r", "enter", "ampersand")
        assert shown(watch.view) == ["│ line 10", "│ line 20"]
        assert "2 hits   regex   only hits" in screen_text(watch.app)
        await watch.press("ampersand")
        assert len(shown(watch.view)) > 20
        await watch.press("slash", "backspace", "backspace", "(", "enter")
        assert "is no regular expression" in screen_text(watch.app)


async def test_a_hit_in_a_folded_traceback_unfolds_it(talking_run: Recorded) -> None:
    async with watching(talking_run.app()) as watch:
        await watch.press("l")
        assert not any("KeyError:" not in line and "in odd" in line for line in shown(watch.view))
        await watch.press("slash")
        await watch.type("in odd")
        await watch.press("enter")
        assert b"in odd" in watch.view._at_cursor().row.text  # type: ignore[union-attr]


async def test_esc_takes_back_what_was_typed(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        await watch.press("slash")
        await watch.type("zebra")
        await watch.press("escape")
        assert watch.view.state.narrowing.text == ""


async def test_levels_hide_what_is_less_serious(talking_run: Recorded) -> None:
    async with watching(talking_run.app()) as watch:
        await watch.press("l", "2")
        assert len(shown(watch.view)) == 3
        assert "warnings and errors" in screen_text(watch.app)
        await watch.press("1")
        assert len(shown(watch.view)) == 2
        await watch.press("4")
        assert len(shown(watch.view)) > 10


# --- folding, going elsewhere, saving


async def test_tracebacks_and_json_unfold(talking_run: Recorded) -> None:
    async with watching(talking_run.app()) as watch:
        await watch.press("l", "slash")
        await watch.type("Traceback")
        await watch.press("enter", "space")
        assert any("▾" in line for line in shown(watch.view))
        assert any('{}["x"]' in line for line in shown(watch.view))
        await watch.press("space")
        assert not any('{}["x"]' in line for line in shown(watch.view))
        await watch.press("slash", "ctrl+u")
        await watch.type("epoch")
        await watch.press("enter", "enter")
        assert '│   "loss": 0.5' in screen_text(watch.app)


async def test_enter_goes_to_the_action_of_a_line(talking_run: Recorded) -> None:
    async with watching(talking_run.app()) as watch:
        await watch.press("l", "slash")
        await watch.type("arguments 1")
        await watch.press("enter", "enter")
        assert isinstance(watch.app.screen, RunScreen)
        place = watch.app.screen.place
        assert talking_run.tree().action(place.ordinal).label == "speak.1"


async def test_the_last_line_offers_what_the_log_does_while_it_has_the_keys(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        assert "& only hits" in screen_text(watch.app)
        await watch.app.screen.run_action("wrap")
        assert watch.view.wraps
        await watch.press("shift+tab")
        assert "& only hits" not in screen_text(watch.app)


async def test_full_width_begins_where_the_tab_was_and_esc_leads_back(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        await watch.press("pageup", "pageup", "w")
        top = shown(watch.view)[0]
        await watch.press("enter")
        assert isinstance(watch.app.screen, LogsScreen)
        assert shown(watch.view)[0] == top
        assert watch.view.wraps
        await watch.press("escape")
        assert isinstance(watch.app.screen, RunScreen)


async def test_what_is_shown_is_saved(talking_run: Recorded, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    async with watching(app_of(tmp_path, talking_run.source())) as watch:
        await watch.press("l", "S", "ctrl+u")
        await watch.type("kept.log")
        await watch.press("enter")
        assert " 14 lines saved in " in screen_text(watch.app)
    text = (tmp_path / "kept.log").read_text()
    assert TIMES.sub("0.0s", text).replace("x" * 10_000, "x*10000") == snapshot


async def test_a_file_that_cannot_be_written_is_said(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        await watch.press("S", "ctrl+u")
        await watch.type("no/x")
        await watch.press("enter")
        assert "cannot write" in screen_text(watch.app)


async def test_the_wheel_and_the_bar_scroll(log: WrittenLog) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        await watch.press("l")
        last = shown(watch.view)[-1]
        watch.view._scroll(-3)
        assert shown(watch.view)[-1] == "│ line 996" != last
        width = watch.view.content_size.width
        await watch.pilot.mouse_down(FullLog, offset=(width - 1, 0))
        await watch.settle()
        assert shown(watch.view)[0] == "│ line 0"
        await watch.pilot.mouse_up(FullLog, offset=(width - 1, 0))
        await watch.pilot.click(FullLog, offset=(20, 4))
        assert watch.view._at_cursor().row.text == b"line 4"  # type: ignore[union-attr]


@pytest.mark.parametrize("fixture", ["empty_run", "live_run", "failed_run", "big_run"])
async def test_every_key_is_fine_on_every_run(fixture: str, request: pytest.FixtureRequest) -> None:
    run = request.getfixturevalue(fixture)
    async with watching(run.app()) as watch:
        for is_full in (False, True):
            table = [*LOGS, *LOG_SCREEN] if is_full else LOGS
            for key in table:
                for spelled in key.keys.split(","):
                    if is_full and not isinstance(watch.app.screen, LogsScreen):
                        watch.run_screen.on_log_view_full()
                        await watch.settle()
                    await watch.press(spelled)
                    if watch.app.screen.prompt.has_class("asking"):
                        await watch.press("escape")
                    if not is_full and isinstance(watch.app.screen, LogsScreen):
                        await watch.press("escape")
                        watch.app.screen.detail_pane.focus_content()
        await watch.press("question_mark", "escape")
        assert watch.app.is_running


# --- faults


@pytest.mark.parametrize(
    "harm",
    [
        lambda log: (log.folder / "logs").write_bytes(b"\xff" * 5000),
        lambda log: (log.folder / "logs").write_bytes(b""),
        lambda log: (log.folder / "logs").unlink(),
        lambda log: (log.folder / "logs.places").write_bytes(bytes(range(256)) * 10),
        lambda log: (log.folder / "journal.db").unlink(),
    ],
)
async def test_a_log_that_is_damaged_while_one_looks_takes_nothing_down(
    log: WrittenLog, harm: Callable[[WrittenLog], object]
) -> None:
    async with watching(app_of(log.folder.parent, going_on(log))) as watch:
        harm(log)
        await watch.look()
        await watch.press("g", "pagedown", "end", "slash", "x", "enter", "l", "pageup", "escape")
        assert isinstance(watch.app.screen, RunScreen)
