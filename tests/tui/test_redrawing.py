"""Long things are drawn line by line, and again only where they look different."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.strip import Strip

from flyte_cli.output.spans import line
from flyte_cli.tui.line_view import Lines
from flyte_cli.tui.paint import painter_of
from flyte_cli.tui.themes import DARK


class Watched(Lines):
    """Lines that remember which of them were drawn."""

    has_cursor: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        return super().render_line(y)


class Showing(App[None]):
    """One view over all of the screen."""

    painter = painter_of(DARK)

    def compose(self) -> ComposeResult:
        yield Watched()


def numbered(count: int, changed: dict[int, str] | None = None) -> list[tuple[object, ...]]:
    return [line((changed or {}).get(number, f"line {number}")) for number in range(count)]


async def drawn_by(app: Showing, count: int, changed: dict[int, str], scrolled: int = 0) -> list[int]:
    """The lines of the screen that are drawn when those of the view have become others."""
    async with app.run_test(size=(30, 10)) as pilot:
        view = app.query_one(Watched)
        view.show(numbered(count))
        await pilot.pause()
        view.scroll_to(y=scrolled, animate=False)
        await pilot.pause()
        view.drawn.clear()
        view.show(numbered(count, changed))
        await pilot.pause()
        return view.drawn


async def test_only_lines_that_look_different_are_drawn_again() -> None:
    assert await drawn_by(Showing(), 8, {2: "other", 5: "longer than it was"}) == [2, 5]


async def test_lines_out_of_sight_are_not_drawn() -> None:
    assert await drawn_by(Showing(), 100, {3: "above", 41: "seen", 90: "below"}, scrolled=40) == [1]


async def test_a_line_that_came_and_one_that_went_are_drawn() -> None:
    app = Showing()
    async with app.run_test(size=(30, 10)) as pilot:
        view = app.query_one(Watched)
        for count, place in ((4, 4), (5, 4)):
            view.show(numbered(count))
            await pilot.pause()
            view.drawn.clear()
            view.show(numbered(count + 1 if count == 4 else count - 1))
            await pilot.pause()
            assert view.drawn == [place]


async def test_all_of_it_is_drawn_when_it_is_asked_for() -> None:
    app = Showing()
    async with app.run_test(size=(30, 10)) as pilot:
        view = app.query_one(Watched)
        view.show(numbered(8))
        await pilot.pause()
        view.drawn.clear()
        view.refresh()
        await pilot.pause()
        assert view.drawn == list(range(10))


async def test_a_scrollbar_is_there_when_not_all_fits() -> None:
    app = Showing()
    async with app.run_test(size=(30, 10)) as pilot:
        view = app.query_one(Watched)
        shown = []
        for count in (10, 11, 10):
            view.show(numbered(count))
            await pilot.pause()
            shown.append(view.show_vertical_scrollbar)
        assert shown == [False, True, False]
