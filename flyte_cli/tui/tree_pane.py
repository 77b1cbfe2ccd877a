"""The actions of a run as a tree, with a time bar in every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message

from flyte_cli.output.spans import Line, Span, line
from flyte_cli.tui.line_view import LineView
from flyte_cli.tui.place import ROOT, Place
from flyte_cli.tui.rows import Folding, Row, layout

if TYPE_CHECKING:
    from flyte._core import RunTree


class TreePane(LineView):
    """The left side of a run's screen."""

    DEFAULT_CSS = "TreePane { border: round $border-quiet; } TreePane:focus { border: round $primary; }"

    class Selected(Message):
        """The cursor is on another place."""

        def __init__(self, place: Place, by_person: bool) -> None:
            super().__init__()
            self.place = place
            self.by_person = by_person

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.folding = Folding()
        self.rows: list[Row] = []
        self.drawn_tree: RunTree | None = None
        self.now = 0.0
        self.selected = ROOT

    def show(self, tree: RunTree, now: float) -> None:
        """Show the tree as it is at a moment; the cursor stays where it is in it."""
        self.drawn_tree, self.now = tree, now
        self.rows = layout(tree, self.folding)
        places = [row.place for row in self.rows]
        if self.selected in places:
            self.cursor = places.index(self.selected)
        self.changed()

    def select(self, place: Place) -> None:
        """Put the cursor on a place, unfolding what it is in."""

    def count(self) -> int:
        """Rows that are not folded away."""
        return len(self.rows)

    def draw(self, index: int, width: int) -> Line:
        """One row."""
        row = self.rows[index]
        return line("  " * row.depth, Span(row.place.key or str(row.place.ordinal)))

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """What has the cursor is selected."""
        event.stop()
        self.selected = self.rows[event.index].place
        self.post_message(self.Selected(self.selected, by_person=True))
