"""The runs as a table: a heading that sorts, and rows that are made when they are seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from flyte_cli.marks import by_mark, mark_of
from flyte_cli.output.look import Look
from flyte_cli.output.runs_table import TITLES, aligned, cells_of, notes_of, that_fit
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line, padded
from flyte_cli.output.visible import visible, width_of
from flyte_cli.run_names import unique_lengths
from flyte_cli.tui.line_view import LineView

if TYPE_CHECKING:
    from textual import events

    from flyte._core import RunRow
    from flyte_cli.ops.runs_watch import Listed
    from flyte_cli.tui.app import FlyteApp

SORTS = ("name", "task", "started", "took", "actions", "")
"""What each column sorts by; nothing by the last."""
WIDEST_TASK = 36
WIDTHS = (0, 0, len("59 min ago"), len("59m 59s"), 0, 0)
"""Of columns whose cells are never wider."""
LEFT = 6
"""Columns before the first one: marked, mark, blanks."""


@dataclass(frozen=True)
class Table:
    """All that drawing a row needs, worked out once for a list."""

    rows: Sequence[RunRow] = ()
    newest: Sequence[RunRow] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    widths: tuple[int, ...] = tuple(len(title) for title in TITLES)
    sort: str = "started"
    """With a `-` before it, the other way round."""


def table_of(listed: Listed, before: Table | None = None) -> Table:
    """Work out notes, names, widths: 0.2 s for 10,000 runs, so once for a list, and not where keys are waited for."""
    newest = listed.newest
    if before is not None and before.newest is newest and before.rows is listed.rows:
        wide = max([before.widths[4], *(_counts_width(each) for each in listed.counts.values())])
        return replace(before, counts=listed.counts, widths=(*before.widths[:4], wide, *before.widths[5:]))
    if before is not None and before.newest is newest:
        notes, lengths = before.notes, before.lengths
    else:
        notes = dict(zip((row.name for row in newest), notes_of(newest), strict=True))
        lengths = unique_lengths([row.name for row in newest])
    widths = [max(len(title) + 1, least) for title, least in zip(TITLES, WIDTHS, strict=True)]
    widths[0] = max([widths[0], *(len(row.name) for row in listed.rows)])
    tasks = {row.task for row in listed.rows}
    widths[1] = min(max([widths[1], *(width_of(visible(task)) for task in tasks)]), WIDEST_TASK)
    widths[4] = max([widths[4], *(_counts_width(listed.counts.get(row.name) or row.counts) for row in listed.rows)])
    sort = listed.which.sort or "started"
    return Table(listed.rows, newest, notes, lengths, listed.counts, tuple(widths), sort)


def _counts_width(counts: Mapping[str, int]) -> int:
    return sum(len(f"{count:,}") + 2 for _, count in by_mark(dict(counts))) - 1


def heading(table: Table, look: Look, width: int) -> Line:
    """The titles; the one that sorts shows which way."""
    kept, _ = that_fit(table.widths, width - LEFT + 5)
    cells = [_title(place, table, look) for place in range(len(TITLES))]
    return clipped(line(" " * LEFT, aligned(cells, table.widths, kept)), width, "")


def _title(place: int, table: Table, look: Look) -> Line:
    if SORTS[place] != table.sort.removeprefix("-") or not SORTS[place]:
        return (dim(TITLES[place]),)
    return (Span(TITLES[place], "bold"), Span(look.glyph("▴" if table.sort.startswith("-") else "▾"), "accent"))


def column_at(table: Table, x: int, width: int) -> str:
    """What the heading at a place sorts by; nothing where there is none."""
    kept, _ = that_fit(table.widths, width - LEFT + 5)
    start = LEFT
    for place in kept:
        end = start + table.widths[place] + 2
        if start <= x < end:
            return SORTS[place]
        start = end
    return ""


def run_line(table: Table, index: int, is_marked: bool, look: Look, width: int, now: float) -> Line:
    """One row."""
    row = table.rows[index]
    note = table.notes.get(row.name, "")
    cells = cells_of(row, note, table.lengths.get(row.name, len(row.name)), look, now, table.counts.get(row.name))
    ellipsis = look.glyph("…")
    cells[1] = clipped(cells[1], table.widths[1], ellipsis)
    kept, _ = that_fit(table.widths, width - LEFT + 5)
    sign = Span(look.glyph("▌"), "accent") if is_marked else Span(" ")
    return clipped(
        line(" ", sign, " ", look.mark(mark_of(row.phase)), "  ", aligned(cells, table.widths, kept)), width, ellipsis
    )


def today_line(today: Mapping[str, int], look: Look) -> Line:
    """`2 ● 31 ✓ 3 ✗ today`, what goes on first."""
    counted = by_mark(dict(today))
    if not counted:
        return (dim("none today"),)
    pieces = [line(look.count(mark, count), "  ") for mark, count in counted]
    return line(*pieces, dim("today"))


def empty_lines(has_tasks: bool, new_key: str) -> list[Line]:
    """What a folder without runs says: the three commands that make a first one."""
    if has_tasks:
        steps = [
            ("flyte run FILE TASK -h", "what a task takes"),
            ("flyte run FILE TASK --INPUT VALUE", "run it"),
            ("flyte run", "choose one, and fill in a form"),
        ]
        first = line("  No run was started in this folder yet; ", Span(new_key, "accent bold"), " chooses a task.")
    else:
        steps = [
            ("flyte new hello", "start a project"),
            ("cd hello", ""),
            ("flyte run", "run its task"),
        ]
        first = line("  No run was started in this folder yet. These three commands make a first one:")
    wide = max(len(command) for command, _ in steps)
    rows = [line("    ", padded((bold(command),), wide), dim(f"   {about}")) for command, about in steps]
    return [(), first, (), *rows]


class RunsHeader(Widget):
    """What is listed, and how today's runs stand."""

    DEFAULT_CSS = "RunsHeader { dock: top; height: 1; background: $panel; }"
    app: FlyteApp

    def __init__(self) -> None:
        super().__init__()
        self._left: Line = ()
        self._right: Line = ()

    def show(self, left: Line, right: Line) -> None:
        """Show these at the two ends."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The line; the left end goes first where both do not fit."""
        width = self.size.width
        room = width - columns(self._right) - 2
        left = clipped(self._left, max(room, 0), self.app.look.glyph("…"))
        spans = line(left, " " * max(width - columns(left) - columns(self._right) - 1, 0), self._right)
        return self.app.painter.strip(clipped(spans, width, ""), width).apply_style(self.rich_style)


class RunsHeading(Widget):
    """The titles of the columns; a click sorts."""

    DEFAULT_CSS = "RunsHeading { height: 1; background: $surface; }"
    app: FlyteApp

    class Clicked(Message):
        """Somebody wants to sort by this."""

        def __init__(self, sort: str) -> None:
            super().__init__()
            self.sort = sort

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()

    def show(self, table: Table) -> None:
        """Show the titles of this list."""
        self.table = table
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The titles."""
        width = self.size.width
        titles = heading(self.table, self.app.look, width) if self.table.rows else ()
        return self.app.painter.strip(titles, width).apply_style(self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Sort."""
        sort = column_at(self.table, event.x, self.size.width)
        if sort and self.table.rows:
            self.post_message(self.Clicked(sort))


class RunsList(LineView):
    """The rows; the cursor stays on its run, whatever comes above it."""

    DEFAULT_CSS = "RunsList { height: 1fr; }"

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.table = Table()
        self.marked: dict[str, None] = {}
        """Names, in the order in which they were marked."""
        self.message: list[Line] = []
        """What stands there in place of rows."""

    @property
    def row(self) -> RunRow | None:
        """The run with the cursor."""
        rows = self.table.rows
        return rows[self.cursor] if 0 <= self.cursor < len(rows) else None

    def show(self, table: Table, message: list[Line], to_top: bool = False) -> None:
        """Show other rows."""
        chosen = self.row.name if self.row is not None and not to_top and self.cursor else None
        self.table, self.message = table, [] if table.rows else message
        self.marked = {name: None for name in self.marked if name in table.notes}
        if to_top:
            self.cursor = 0
        self.changed()
        if not table.rows:
            self.cursor = -1  # on nothing
            return
        self.cursor = max(self.cursor, 0)
        place = next((at for at, row in enumerate(table.rows) if row.name == chosen), None)
        if place is not None:
            self.move_to(place)
        else:
            self.show_line(self.cursor)

    def move_to(self, index: int, by_person: bool = False) -> None:
        """There is nothing to move to where there are no rows."""
        if self.table.rows:
            super().move_to(index, by_person)

    def toggle(self) -> None:
        """Mark the run with the cursor, or do not; the next one follows."""
        row = self.row
        if row is None:
            return
        if row.name in self.marked:
            del self.marked[row.name]
        else:
            self.marked[row.name] = None
        self.refresh()
        self.action_cursor(1)

    def chosen(self) -> list[RunRow]:
        """The marked ones, else the one with the cursor."""
        if self.marked:
            return [row for row in self.table.rows if row.name in self.marked]
        return [] if self.row is None else [self.row]

    def count(self) -> int:
        """How many rows."""
        return len(self.table.rows) or len(self.message)

    def draw(self, index: int, width: int) -> Line:
        """One of them."""
        if not self.table.rows:
            return clipped(self.message[index], width)
        name = self.table.rows[index].name
        return run_line(self.table, index, name in self.marked, self.app.look, width, self.app.host.clock())
