"""Help, palette, the line for questions, and two runs side by side."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Button, Input

from flyte_cli.ops.alignment import Pair, Side, aligned
from flyte_cli.ops.host import Host
from flyte_cli.output.look import Look
from flyte_cli.tui.app import FlyteApp
from flyte_cli.tui.compare_lines import pair_line
from flyte_cli.tui.keys import COMPARE, EVERYWHERE, LAUNCH, RUN, RUNS, TASKS
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.screens.compare import CompareScreen, CompareView
from flyte_cli.tui.screens.help import HelpLines, help_page
from flyte_cli.tui.screens.palette import THEME, OfferList, PaletteScreen
from flyte_cli.tui.screens.run import RunScreen
from flyte_cli.tui.screens.runs import RunsScreen
from flyte_cli.tui.wishes import Wishes
from tests.cli.fakes import Action, Tree
from tests.tui.pilots import Listing, listing_app, said, screen_text, sees, some_runs, typed, until
from tests.tui.runs import Recorded

# --- help


@pytest.mark.parametrize("width", [78, 160])
@pytest.mark.parametrize("keys", [RUN, RUNS, COMPARE, TASKS, LAUNCH], ids=lambda keys: keys[0].where)
def test_help_names_every_key_and_nothing_is_too_wide(keys: Any, width: int) -> None:
    lines = ["".join(span.text for span in line) for line in help_page("it", (*keys, *EVERYWHERE), Look(), width)]
    assert all(len(line) <= width for line in lines)
    assert all(any(key.sign in line and key.about[:30] in line for line in lines) for key in (*keys, *EVERYWHERE))


def test_help_of_the_list_of_runs(snapshot: SnapshotAssertion) -> None:
    lines = help_page("the list of runs", (*RUNS, *EVERYWHERE), Look(), 100)
    assert "\n".join("".join(span.text for span in line).rstrip() for line in lines) == snapshot


@pytest.mark.parametrize("close", ["escape", "q", "question_mark", "enter"])
async def test_help_scrolls_and_is_closed(close: str) -> None:
    app = listing_app(Listing(some_runs()))
    async with app.run_test(size=(80, 24)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("question_mark")
        await sees(pilot, "Keys of the list of runs")
        await pilot.press("pagedown", "pagedown")
        await until(pilot, lambda: app.screen.query_one(HelpLines).scroll_y > 0, "the end of the page")
        await pilot.press(close)
        await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the list")


# --- palette


async def test_the_palette_offers_what_makes_sense_with_its_command(snapshot: SnapshotAssertion) -> None:
    app = listing_app(Listing(some_runs()))
    async with app.run_test(size=(110, 30)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("ctrl+p")
        await sees(pilot, "flyte abort r7k2m9q")
        offers = [each for each in app.screen.query_one(OfferList).offers if not each.action.startswith(THEME)]
        shown = [f"{each.sign:8}{each.about:55}{each.command}".rstrip() for each in offers]
        assert shown == snapshot
        assert "delete runs" not in screen_text(app)  # the run goes on


async def test_typing_narrows_the_palette_and_enter_does_it() -> None:
    app = listing_app(Listing(some_runs()))
    async with app.run_test(size=(110, 30)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("p")
        await sees(pilot, "What to do")
        await typed(pilot, "copy name")
        await until(pilot, lambda: len(app.screen.query_one(OfferList).offers) == 1, "one left")
        await pilot.press("enter")
        await until(pilot, lambda: app.clipboard == "r7k2m9q", "the name copied")
        assert isinstance(app.screen, RunsScreen)


async def test_a_click_in_the_palette_does_it() -> None:
    app = listing_app(Listing(some_runs()))
    async with app.run_test(size=(110, 30)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("p")
        await sees(pilot, "What to do")
        await typed(pilot, "copy name")
        await until(pilot, lambda: len(app.screen.query_one(OfferList).offers) == 1, "one left")
        await pilot.click(OfferList, offset=(3, 0))
        await until(pilot, lambda: app.clipboard == "r7k2m9q", "the name copied")


async def test_a_theme_is_seen_before_it_is_chosen() -> None:
    app = listing_app(Listing(some_runs()))
    async with app.run_test(size=(110, 30)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("p")
        await typed(pilot, "flyte-")
        await until(pilot, lambda: len(app.screen.query_one(OfferList).offers) == 3, "ours")
        await pilot.press("down")
        assert app.theme == "flyte-light"
        await pilot.press("escape")
        assert app.theme == "flyte-dark"
        await pilot.press("p")
        await typed(pilot, "theme dracula")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, PaletteScreen), "the palette closed")
        assert app.theme == "dracula"


async def test_a_palette_without_anything_left_does_nothing() -> None:
    app = listing_app(Listing(some_runs()))
    async with app.run_test(size=(110, 30)) as pilot:
        await sees(pilot, "r7k2m9q")
        await pilot.press("p")
        await typed(pilot, "zzz")
        await pilot.press("enter", "down")
        assert isinstance(app.screen, PaletteScreen)


# --- the line for questions


class Asking(Screen[None]):
    """Something with the focus, and the line."""

    def compose(self) -> ComposeResult:
        yield Button("elsewhere")
        yield Prompt()


class AskingApp(App[None]):
    def on_mount(self) -> None:
        self.push_screen(Asking())

    @property
    def prompt(self) -> Prompt:
        return self.screen.query_one(Prompt)


async def test_a_text_is_asked_for_and_the_focus_comes_back() -> None:
    app = AskingApp()
    async with app.run_test() as pilot:
        before = app.screen.query_one(Button)
        before.focus()
        heard: list[str] = []
        asked = asyncio.create_task(app.prompt.ask("name", "Ad", heard.append))
        await pilot.pause()
        await pilot.press("a", "enter")
        assert await asked == "Ada"
        assert heard == ["Ada"]
        await pilot.pause()
        assert app.focused is before
        assert not app.prompt.is_asking


async def test_escape_takes_a_question_back() -> None:
    app = AskingApp()
    async with app.run_test() as pilot:
        asked = asyncio.create_task(app.prompt.ask("name"))
        await pilot.pause()
        await pilot.press("x", "escape")
        assert await asked is None
        confirmed = asyncio.create_task(app.prompt.confirm("sure?"))
        await pilot.pause()
        await pilot.press("escape")
        assert await confirmed is False


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("n", False), ("x", False), ("enter", False)])
async def test_yes_is_the_only_yes(key: str, answer: bool) -> None:
    app = AskingApp()
    async with app.run_test() as pilot:
        confirmed = asyncio.create_task(app.prompt.confirm("sure?"))
        await pilot.pause()
        await pilot.press(key)
        assert await confirmed is answer


async def test_two_questions_in_a_row_are_both_answered() -> None:
    app = AskingApp()
    async with app.run_test() as pilot:
        app.screen.query_one(Button).focus()

        async def both() -> tuple[str | None, bool]:
            return await app.prompt.ask("name"), await app.prompt.confirm("sure?")

        asked = asyncio.create_task(both())
        await pilot.pause()
        await pilot.press("a", "enter")
        await pilot.pause()
        await pilot.press("y")
        assert await asked == ("a", True)
        await pilot.pause()
        assert isinstance(app.focused, Button)


async def test_a_new_question_answers_the_old_one_with_nothing_and_stays() -> None:
    app = AskingApp()
    async with app.run_test() as pilot:
        app.screen.query_one(Button).focus()
        first = asyncio.create_task(app.prompt.ask("first"))
        await pilot.pause()
        second = asyncio.create_task(app.prompt.ask("second"))
        await pilot.pause()
        assert await first is None
        await pilot.pause()
        assert app.prompt.is_asking
        await pilot.press("b", "enter")
        assert await second == "b"
        await pilot.pause()
        assert isinstance(app.focused, Button)


async def test_a_click_elsewhere_takes_no_question_away() -> None:
    app = AskingApp()
    async with app.run_test() as pilot:
        asked = asyncio.create_task(app.prompt.ask("name"))
        await pilot.pause()
        await pilot.click(Button)
        await until(cast(Any, pilot), lambda: isinstance(app.focused, Input), "the focus back")
        await pilot.press("a", "enter")
        assert await asked == "a"


# --- two runs side by side


def two_trees() -> tuple[Any, Any]:
    left = Tree(Action("main", start=0.0, end=5.0), name="rleft22")
    branch = left.add(Action("branch", start=0.0, end=2.0))
    left.add(Action("leaf", "failed", parent=branch.ordinal, start=0.0, end=1.0))
    left.add(Action("old", start=1.0, end=2.0))
    right = Tree(Action("main", start=0.0, end=5.02), name="rright2")
    branch = right.add(Action("branch", start=0.0, end=2.04))
    right.add(Action("leaf", parent=branch.ordinal, start=0.0, end=1.0))
    right.add(Action("leaf", parent=branch.ordinal, start=0.0, end=1.0))
    return left, right


def test_actions_are_aligned_by_their_paths() -> None:
    pairs = aligned(*two_trees())
    assert [(pair.name, pair.depth, pair.differs, pair.has_difference) for pair in pairs] == [
        ("main", 0, False, True),
        ("branch.0", 1, False, True),
        ("leaf.0", 2, True, True),
        ("leaf.1", 2, True, True),
        ("old.0", 1, True, True),
    ]
    assert (pairs[3].left, pairs[4].right) == (None, None)


def test_the_same_run_twice_differs_in_nothing() -> None:
    left, _ = two_trees()
    assert not any(pair.has_difference for pair in aligned(left, left))


@pytest.mark.parametrize(
    ("left", "right", "change"),
    [
        (Side(1, "succeeded", 1.0), Side(1, "succeeded", 3.5), "+2.5s"),
        (Side(1, "succeeded", 3.5), Side(1, "cached", 1.0), "-2.5s"),
        (Side(1, "succeeded", 1.0), Side(1, "succeeded", 1.001), ""),
        (None, Side(1, "succeeded", 1.0), "new"),
        (Side(1, "failed", 1.0), None, "gone"),
        (Side(1, "running", None), Side(1, "succeeded", 1.0), ""),
    ],
)
def test_a_row_tells_what_changed(left: Side | None, right: Side | None, change: str) -> None:
    text = "".join(span.text for span in pair_line(Pair("leaf.0", 1, left, right), Look(), 80))
    assert text.rstrip().endswith(change)
    assert len(text) <= 80


@pytest.fixture
def comparing(home: Path, small_run: Recorded, failed_run: Recorded, monkeypatch: pytest.MonkeyPatch) -> FlyteApp:
    monkeypatch.setenv("FLYTE_HOME", str(home))
    environment = {"FLYTE_HOME": str(home), "TERM": "xterm-256color"}
    return FlyteApp(Host(environment=environment, folder=lambda: str(home)), None, Wishes())


async def test_two_runs_stand_beside_each_other(comparing: FlyteApp) -> None:
    app = comparing
    async with app.run_test(size=(120, 40)) as pilot:
        app.open_compare("before", "failed")
        await sees(pilot, "before", "failed", "inputs", "outcome", "actions")
        assert said(app) == "$ flyte diff before failed"
        view = app.screen.query_one(CompareView)
        few = view.count()
        await pilot.press("s")
        assert view.count() > few
        await pilot.press("s", "x")
        await until(pilot, lambda: said(app) == "$ flyte diff failed before", "the other way round")
        assert isinstance(app.screen, CompareScreen)
        assert app.screen.names == ("failed", "before")


async def test_enter_opens_the_run_at_that_action(comparing: FlyteApp) -> None:
    app = comparing
    async with app.run_test(size=(120, 60)) as pilot:
        app.open_compare("before", "failed")
        await sees(pilot, "actions", "new")
        view = app.screen.query_one(CompareView)
        at = next(index for index in range(view.count()) if "flaky.7" in "".join(s.text for s in view.draw(index, 100)))
        view.move_to(at, by_person=True)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen), "the run")
        screen = cast(RunScreen, app.screen)
        assert screen.source.name == "failed"
        await until(pilot, lambda: bool(screen.looked.ordinal), "the action")
        assert screen.source.tree.action(screen.looked.ordinal or 0).label == "flaky.7"


async def test_a_run_that_cannot_be_read_is_told_of() -> None:
    app = listing_app(Listing(some_runs()))
    async with app.run_test() as pilot:
        await sees(pilot, "r7k2m9q")
        app.open_compare("r7k2m9q", "r3k9a2e")
        await until(pilot, lambda: said(app).startswith("the folder of run"), "what is wrong")
