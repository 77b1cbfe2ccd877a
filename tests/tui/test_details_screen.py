"""The right side as people use it: keys pressed on recorded runs, and records that are damaged or gone."""

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from flyte._core import RunTree
from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.details.tab import DetailTab
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.place import Place
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.screens.run import RunScreen
from flyte_cli.tui.source import Source
from tests.tui.runs import LiveRun, Recorded, app_of, record

OVERVIEW, LOGS, VALUES, ERROR, SOURCE, REPORT, EVENTS = range(1, 8)
SIZE = (120, 36)


def screen_of(app: FlyteApp) -> RunScreen:
    assert isinstance(app.screen, RunScreen)
    return app.screen


def seen(app: FlyteApp) -> str:
    """What the tab shows, line by line."""
    (tab,) = [each for each in screen_of(app).detail_pane.query(DetailTab) if each.size.height]
    return "\n".join(tab.render_line(y).text.rstrip() for y in range(tab.size.height)).rstrip()


def words(app: FlyteApp) -> str:
    """What the tab shows, wherever its lines are broken."""
    return " ".join(seen(app).split())


def said(app: FlyteApp) -> str:
    return screen_of(app).query_one(KeyLine).render_line(0).text.strip()


async def until(pilot: Pilot[Any], holds: Callable[[], object]) -> None:
    """Let the screen work until it holds."""
    for _ in range(400):
        if holds():
            return
        await pilot.pause(0.005)
    raise AssertionError(f"never shown; there is:\n{seen(screen_app(pilot))}\n{said(screen_app(pilot))}")


def screen_app(pilot: Pilot[Any]) -> FlyteApp:
    assert isinstance(pilot.app, FlyteApp)
    return pilot.app


async def open_at(pilot: Pilot[Any], place: Place, tab: int) -> None:
    """Select a place and look at one of its tabs."""
    app = screen_app(pilot)
    await pilot.pause()
    screen = screen_of(app)
    screen.select(place)
    screen.detail_pane.open(tab)
    screen.detail_pane.focus_content()
    await pilot.pause()


def named(tree: RunTree, label: str) -> Place:
    """The place of an action."""
    return Place(next(each for each in range(len(tree)) if tree.action(each).label == label))


def copy_of(run: Recorded, folder: Path) -> Recorded:
    """The run in a state folder of its own, to be damaged."""
    shutil.copytree(run.folder, folder / "runs" / run.name)
    return Recorded(folder, run.name)


async def test_the_error_shows_the_line_and_leads_to_who_raised_it(failed_run: Recorded) -> None:
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, Place(0), ERROR)
        await until(pilot, lambda: "from flaky.7, which it called Enter goes there" in words(app))
        await pilot.press("enter")
        await until(pilot, lambda: "attempt 3 of 3 · raised in your code" in seen(app))
        assert screen_of(app).place == named(failed_run.tree(), "flaky.7")
        await until(pilot, lambda: "❱" in seen(app))
        assert "ValueError: item 7 is poisoned" in seen(app)
        assert 'raise ValueError(f"item {i} is' in seen(app)
        assert "failed.py:" in seen(app)


async def test_brackets_go_through_the_attempts(failed_run: Recorded) -> None:
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, named(failed_run.tree(), "flaky.4"), ERROR)
        await until(pilot, lambda: "no error: it succeeded" in seen(app))
        pane = screen_of(app).detail_pane
        assert pane.border_subtitle == "attempt ‹2/2›"
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "RuntimeError: transient failure on item 4" in words(app))
        assert pane.border_subtitle == "attempt ‹1/2›"
        await pilot.press("left_square_bracket")
        assert said(app) == "that is the first of 2 attempts"
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "no error: it succeeded" in seen(app))
        await open_at(pilot, named(failed_run.tree(), "flaky.1"), ERROR)
        await pilot.press("right_square_bracket")
        assert said(app) == "there is only one attempt"


async def test_v_shows_the_frames_of_libraries(failed_run: Recorded) -> None:
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, named(failed_run.tree(), "flaky.7"), ERROR)
        await until(pilot, lambda: "❱" in seen(app))
        await pilot.press("v")
        assert said(app) == "library frames are shown"
        await pilot.press("v")
        assert said(app) == "library frames are hidden"


async def test_a_place_without_failures_says_so(small_run: Recorded) -> None:
    app = small_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, Place(0), ERROR)
        await until(pilot, lambda: seen(app).strip() == "no error: it succeeded")
        await open_at(pilot, Place(0, "square"), ERROR)
        await until(pilot, lambda: "none of them failed" in seen(app))


async def test_enter_on_the_errors_of_a_fan_out_goes_to_the_first(big_run: Recorded) -> None:
    app = big_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, Place(0, "leaf"), ERROR)
        await until(pilot, lambda: "4 of 10,000 failed" in seen(app))
        await until(pilot, lambda: "1 × ValueError: leaf 7 fell" in words(app))
        await pilot.press("enter")
        await until(pilot, lambda: screen_of(app).place == named(big_run.tree(), "leaf.7"))


async def test_the_overview_of_ten_thousand(big_run: Recorded) -> None:
    app = big_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, Place(0, "leaf"), OVERVIEW)
        await until(pilot, lambda: "slowest" in seen(app))
        assert "leaf ×10,000" in seen(app)
        assert "9,996✓ 4✗" in seen(app)
        await open_at(pilot, Place(0), EVENTS)
        await until(pilot, lambda: "✗ leaf" in seen(app) or "✓ main  succeeded" in seen(app))
        assert screen_of(app).detail_pane.query_one("#tab-7", DetailTab).count() == 30_003
        await open_at(pilot, Place(0, "leaf"), VALUES)
        await until(pilot, lambda: "✓ leaf.0  i=0" in seen(app))
        await pilot.press("end", "enter")
        await until(pilot, lambda: screen_of(app).place == named(big_run.tree(), "leaf.9999"))


async def test_the_overview_says_why_and_what(failed_run: Recorded) -> None:
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, named(failed_run.tree(), "load.0"), OVERVIEW)
        await until(pilot, lambda: "hit: taken from before" in words(app))
        await open_at(pilot, named(failed_run.tree(), "flaky.7"), OVERVIEW)
        await until(pilot, lambda: "that was attempt 3 of 3" in words(app))
        assert "attempts    3 of 3" in seen(app)
        await open_at(pilot, Place(0, "sweep", is_group=True), OVERVIEW)
        await until(pilot, lambda: "group       sweep ×2" in seen(app))


async def test_values_open_and_close(failed_run: Recorded) -> None:
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, named(failed_run.tree(), "flaky.7"), VALUES)
        await until(pilot, lambda: "i  int  7" in seen(app))
        assert "none: it failed" in seen(app)
        await pilot.press("d")
        await until(pilot, lambda: screen_of(app).query_one(Prompt).has_class("asking"))
        await pilot.press(*"flaky.3", "enter")
        await until(pilot, lambda: "failed flaky.3" in seen(app))
        assert "- 3" in seen(app)
        assert "+ 7" in seen(app)
        await pilot.press("escape")
        await until(pilot, lambda: "i  int  7" in seen(app))


async def test_values_are_compared_with_the_run_before(failed_run: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(failed_run.home))
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, Place(0), VALUES)
        await until(pilot, lambda: "n  int  9" in seen(app))
        for typed, answer in (("", "- before main"), ("before", "- before main"), ("nothing.9", "nothing.9")):
            await pilot.press("d")
            await until(pilot, lambda: screen_of(app).query_one(Prompt).has_class("asking"))
            await pilot.press(*typed, "enter")
            await until(pilot, lambda answer=answer: answer in seen(app))  # type: ignore[misc]  # bound at once
            await pilot.press("escape")


async def test_the_source_begins_at_the_task_and_says_when_it_changed(failed_run: Recorded, tmp_path: Path) -> None:
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, named(failed_run.tree(), "flaky.7"), SOURCE)
        await until(pilot, lambda: "async def flaky(i: int, seed: int = 7)" in seen(app))
        await until(pilot, lambda: "❱" in seen(app))
        assert screen_of(app).detail_pane.query_one("#tab-5", DetailTab).scroll_y > 0


async def test_keys_copy_and_say_what(failed_run: Recorded) -> None:
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, named(failed_run.tree(), "flaky.7"), ERROR)
        for key, copied in (
            ("i", "failed flaky.7"),
            ("c", "flyte explain failed flaky.7"),
            ("e", "ValueError: item 7 is poisoned: expected > 0, got -7\n"),
        ):
            await pilot.press("y")
            await until(pilot, lambda: screen_of(app).query_one(Prompt).has_class("asking"))
            await pilot.press(key)
            await until(pilot, lambda: said(app).startswith("copied: "))
            assert app.clipboard.endswith(copied)
        await pilot.press("y")
        await until(pilot, lambda: screen_of(app).query_one(Prompt).has_class("asking"))
        await pilot.press("o")
        await until(pilot, lambda: "flaky.7 has no outputs: it failed" in said(app))
        await open_at(pilot, named(failed_run.tree(), "flaky.1"), VALUES)
        await pilot.press("y")
        await until(pilot, lambda: screen_of(app).query_one(Prompt).has_class("asking"))
        await pilot.press("o")
        await until(pilot, lambda: app.clipboard == '{\n  "o0": 1\n}')


async def test_e_opens_the_editor_at_the_line_of_the_error(failed_run: Recorded, tmp_path: Path) -> None:
    editor, told = tmp_path / "code", tmp_path / "told"
    editor.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}.part && mv {told}.part {told}\n')
    editor.chmod(0o755)
    app = failed_run.app(environment={"VISUAL": f"{editor} --wait", "TERM": "xterm"})
    async with app.run_test(size=SIZE) as pilot:
        flaky = named(failed_run.tree(), "flaky.7")
        await open_at(pilot, flaky, ERROR)
        await pilot.press("E")
        await until(pilot, told.exists)
        error = failed_run.tree().action(flaky.ordinal).error
        assert error is not None
        line = error.frames[-1][1]
        assert told.read_text().splitlines() == ["--wait", "-g", f"{failed_run.home}/failed.py:{line}"]


async def test_an_editor_that_is_not_there_is_named(failed_run: Recorded) -> None:
    app = failed_run.app(environment={"EDITOR": "/nowhere/code", "TERM": "xterm"})
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, Place(0), SOURCE)
        await pilot.press("E")
        await until(pilot, lambda: "cannot start `/nowhere/code`" in said(app))


PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4)).decode()
REPORTS = f"""
import flyte.report
reports = flyte.TaskEnvironment("reports", cache="disable")

@reports.task(report=True, links=[])
async def main(n: int = 1) -> str:
    flyte.report.log("<h1>Training [bold]</h1><img src='data:image/png;base64,{PICTURE}'>")
    flyte.report.get_tab("more").log("<ul><li>one</ul>")
    return "x" * 6_000_000
"""


@pytest.fixture(scope="session")
def reported_run(home: Path) -> Recorded:
    """A run with a report, and a result of six million characters."""
    return record(home, "reported", REPORTS.replace(", links=[]", ""))


async def test_a_report_is_text_and_opens_in_the_browser(reported_run: Recorded) -> None:
    opened: list[str] = []
    app = reported_run.app()
    app.host = type(app.host)(
        environment=app.host.environment, folder=app.host.folder, browse=lambda address: opened.append(address) or True
    )
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, Place(0), REPORT)
        await until(pilot, lambda: "Training [bold]" in seen(app))
        assert "[picture 640x480]" in seen(app)
        assert "tabs: main, more" in seen(app)
        await pilot.press("o")
        await until(pilot, lambda: opened)
        assert opened[0].startswith("file:///")
        assert opened[0].endswith("/0.html")
        await until(pilot, lambda: "opened file:///" in said(app))


async def test_a_huge_value_is_read_when_it_is_opened(reported_run: Recorded) -> None:
    app = reported_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, Place(0), VALUES)
        await until(pilot, lambda: "▸ o0  5.7 MiB" in seen(app))
        await pilot.press("end", "enter")
        await until(pilot, lambda: "6,000,000 characters" in seen(app))
        await pilot.press("end")
        await until(pilot, lambda: "5,980,000 more characters" in seen(app))
        await pilot.press("y")
        await until(pilot, lambda: screen_of(app).query_one(Prompt).has_class("asking"))
        await pilot.press("o")
        await until(pilot, lambda: "more than a terminal takes" in said(app))


# --- what is damaged or gone


async def test_every_tab_survives_a_journal_that_is_gone(failed_run: Recorded, tmp_path: Path) -> None:
    run = copy_of(failed_run, tmp_path)
    app = app_of(tmp_path, run.source())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        shutil.rmtree(run.folder)
        for tab in (OVERVIEW, VALUES, ERROR, SOURCE, REPORT, EVENTS):
            await open_at(pilot, named(failed_run.tree(), "flaky.7"), tab)
            await until(pilot, lambda: seen(app).strip())
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert "Traceback" not in seen(app)
        await until(pilot, lambda: "cannot be read" in seen(app))


async def test_every_tab_survives_a_damaged_journal(failed_run: Recorded, tmp_path: Path) -> None:
    run = copy_of(failed_run, tmp_path)
    app = app_of(tmp_path, run.source())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for file in run.folder.rglob("*"):
            if file.is_file():
                file.write_bytes(b"\0garbage[bold]" * 1_000)
        for tab in (OVERVIEW, VALUES, ERROR, SOURCE, REPORT, EVENTS):
            await open_at(pilot, named(failed_run.tree(), "flaky.7"), tab)
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert seen(app).strip()


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (20, 5)])
async def test_hostile_text_is_shown_and_not_obeyed(hostile_run: Recorded, size: tuple[int, int]) -> None:
    app = hostile_run.app()
    async with app.run_test(size=size) as pilot:
        for ordinal in (0, 1):
            for tab in (OVERVIEW, VALUES, ERROR, SOURCE, REPORT, EVENTS):
                await open_at(pilot, Place(ordinal), tab)
                await app.workers.wait_for_complete()
                await pilot.pause()
        await open_at(pilot, Place(0), ERROR)
        await until(pilot, lambda: app.screen.size == size)
        if size[0] == 120:
            await until(pilot, lambda: "ValueError: [/bold] \\x1b[2J 界" in words(app))


async def test_a_run_that_goes_on_is_read_again(own_live_run: LiveRun) -> None:
    app = own_live_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, named(own_live_run.tree(), "long.0"), OVERVIEW)
        await until(pilot, lambda: "● running" in seen(app))
        await open_at(pilot, Place(0), OVERVIEW)
        await until(pilot, lambda: "waits for 2 of its" in words(app))
        own_live_run.end()
        await until(pilot, lambda: "✓ succeeded" in seen(app))
        await until(pilot, lambda: "waits for" not in words(app))


async def test_the_past_is_shown_as_it_was(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    flaky = named(tree, "flaky.7")
    ended = tree.action(flaky.ordinal).ended_at
    assert ended is not None
    app = failed_run.app()
    async with app.run_test(size=SIZE) as pilot:
        await open_at(pilot, flaky, EVENTS)
        await until(pilot, lambda: "✗ failed" in seen(app))
        screen = screen_of(app)
        screen.moment, screen.past = ended - 0.01, failed_run.tree(ended - 0.01)
        screen.draw()
        await until(pilot, lambda: "attempt 3" in seen(app) and "✗ failed" not in seen(app))
        assert screen.detail_pane.looked is not None
        assert isinstance(screen.source, Source)
