"""The axis above the bars of a timeline: round times, and the moment that is shown. It knows no actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from flyte_cli.output.spans import line
from flyte_cli.tui.row_lines import TIME, Drawing, ruler_line

if TYPE_CHECKING:
    from flyte_cli.tui.app import FlyteApp

BEFORE_ROWS = 1
"""Columns of the border that rows begin behind."""


class TimeRuler(Widget):
    """One line; it is hidden while the tree has room for short bars only."""

    DEFAULT_CSS = "TimeRuler { height: 1; display: none; background: $background; }"
    app: FlyteApp

    def __init__(self) -> None:
        super().__init__()
        self._drawing: Drawing | None = None
        self._start = 0.0

    def show(self, drawing: Drawing, start: float) -> None:
        """Stand above rows that are drawn so, of a run that began then."""
        if (drawing, start) != (self._drawing, self._start):
            self._drawing, self._start = drawing, start
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The axis, in the columns of the bars."""
        if self._drawing is None:
            return Strip.blank(self.size.width, self.rich_style)
        before = " " * (BEFORE_ROWS + self._drawing.measures.name + TIME + 2)
        ruler = ruler_line(self._drawing.axis, self._start, self.app.look)
        return self.app.painter.strip(line(before, ruler), self.size.width).apply_style(self.rich_style)
