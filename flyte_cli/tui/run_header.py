"""The first line of a run's screen: what runs, how it stands, what it uses, and what went wrong meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from flyte_cli.marks import FAILED, counts_at_rest, mark_of
from flyte_cli.output.actions import counts_line
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line
from flyte_cli.quantities import duration, number, size, stopwatch
from flyte_cli.sources import shown_path
from flyte_cli.tui.row_lines import short

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte_cli.tui.app import FlyteApp


@dataclass(frozen=True)
class Standing:
    """What the header tells, besides the run itself."""

    now: float
    moment: float | None = None
    """The time cursor, where it is not now."""
    until: float = 0.0
    """Where the run's time ends so far."""
    unseen_failures: int = 0
    """Since somebody looked last."""
    problem: str | None = None
    """Why the record cannot be read any more."""


class RunHeader(Widget):
    """One line."""

    DEFAULT_CSS = "RunHeader { dock: top; height: 1; background: $panel; }"
    app: FlyteApp

    def __init__(self) -> None:
        super().__init__()
        self._tree: RunTree | None = None
        self._standing = Standing(0.0)

    def show(self, tree: RunTree, standing: Standing) -> None:
        """Show how the run stands."""
        self._tree, self._standing = tree, standing
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        spans: Line = ()
        if self._tree is not None:
            here = self.app.host.folder()
            spans = header_line(self._tree, self._standing, self.app.look, here, width)
        return self.app.painter.strip(spans, width).apply_style(self.rich_style)


def header_line(tree: RunTree, standing: Standing, look: Look, here: str, width: int) -> Line:
    """`main fan.py  r7k2m9q   ● running 14.2s     21✓ 4● 1↻ 1✗ 2◌     cpu 9.1s  peak 1.2 GiB     ✗ 1  e`."""
    phase = tree.phase
    mark = mark_of(phase)
    end = tree.ended_at if tree.ended_at is not None else standing.now
    took = max(end - tree.started_at, 0.0)
    is_over = tree.ended_at is not None or phase == "interrupted"
    name = line(" ", bold(short(tree.task.rpartition(".")[2])))
    file = dim(f" {short(shown_path(tree.file, here))}") if tree.file else Span("")
    state = line(
        "   ",
        look.mark(mark),
        Span(f" {phase}", f"bold {mark.style}"),
        f" {'in ' if is_over else ''}{duration(took) if is_over else stopwatch(took)}",
    )
    counts = line("     ", counts_line(counts_at_rest(tree.counts(), phase), look))
    used = dim(f"     {_used(tree)}") if tree.cpu_time or tree.peak_memory else Span("")
    right = _right(tree, standing, look)
    room = width - columns(right)
    spans = line(name, file, f"  {tree.name}", state, counts, used)
    for without in ((used,), (used, file), (used, file, *counts)):  # what gives way first
        if columns(spans) <= room:
            break
        spans = tuple(span for span in line(name, file, f"  {tree.name}", state, counts, used) if span not in without)
    left = clipped(spans, room, look.glyph("…"))
    return line(left, " " * max(room - columns(left), 0), right)


def _used(tree: RunTree) -> str:
    parts = [f"cpu {duration(tree.cpu_time)}"] if tree.cpu_time else []
    if tree.peak_memory:
        parts.append(f"peak {size(tree.peak_memory)}")
    return "  ".join(parts)


def _right(tree: RunTree, standing: Standing, look: Look) -> Line:
    spans: list[Span] = []
    if standing.problem is not None:
        spans.append(Span(f"  cannot be read any more: {short(standing.problem)}", "bold red"))
    if standing.moment is not None:
        at = stopwatch(standing.moment - tree.started_at)
        whole = duration(max(standing.until - tree.started_at, 0.0))
        spans += [Span("  "), Span(f" at {at} of {whole} ", "reverse accent bold"), dim(" Esc now")]
    if standing.unseen_failures:
        badge = f" {look.mark(FAILED).text} {number(standing.unseen_failures)}  e "
        spans += [Span("  "), Span(badge, "reverse bold red")]
    return line(*spans, " ") if spans else ()
