"""The first line of a run's screen: what runs, how it stands, what it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from flyte_cli.marks import mark_of
from flyte_cli.output.actions import counts_line
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import stopwatch

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte_cli.tui.app import FlyteApp


class RunHeader(Widget):
    """One line."""

    DEFAULT_CSS = "RunHeader { dock: top; height: 1; background: $panel; }"
    app: FlyteApp

    def __init__(self) -> None:
        super().__init__()
        self._line: Line = ()

    def show(self, tree: RunTree, now: float) -> None:
        """Show how the run stands."""
        self._line = header_line(tree, now, self.app.look)
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        return self.app.painter.strip(clipped(self._line, width), width).apply_style(self.rich_style)


def header_line(tree: RunTree, now: float, look: Look) -> Line:
    """`main fan.py  r7k2m9q   ● running 14.2s     21✓ 4● 1↻ 1✗ 2◌`."""
    phase = tree.phase
    took = stopwatch((tree.ended_at or now) - tree.started_at)
    name = tree.task.rpartition(".")[2]
    return line(
        " ",
        bold(visible(name)),
        dim(f" {visible(tree.file)}  "),
        f"{tree.name}   ",
        look.mark(mark_of(phase)),
        Span(f" {phase}", f"bold {mark_of(phase).style}"),
        f" {took}    ",
        counts_line(tree.counts(), look),
    )
