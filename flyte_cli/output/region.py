"""The live region: at most a third of the screen, what runs first. Pure: a tree and a clock in, lines out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flyte_cli.marks import mark_of
from flyte_cli.output.actions import child_counts, counts_line, done
from flyte_cli.output.look import Look
from flyte_cli.output.rows import Row, drawn, progress_bar, tree_rows
from flyte_cli.output.spans import Line, bold, clipped, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import duration, number, stopwatch

if TYPE_CHECKING:
    from flyte._core import Fold, RunTree

BAR_WIDTH = 38
ENOUGH_DONE = 0.25


def region(tree: RunTree, look: Look, now: float, said: Mapping[int, str]) -> list[Line]:
    """The lines of the region; `said` is the last line that each action printed."""
    room = max(look.height // 3 - 2, 1)
    rows = fitted(list(tree_rows(tree, look, now)), room, look)

    def tail(row: Row, width: int) -> Line:
        return _tail(row, width, look, said)

    lines = [header(tree, look, now), *drawn(rows, look, _seconds, tail), footer(tree, look)]
    return [clipped(each, look.width - 1, look.glyph("…")) for each in lines]


def header(tree: RunTree, look: Look, now: float) -> Line:
    """`● main  r7k2m9q  8.4s   17✓ 4● 1↻ 1◌`."""
    root = tree.action(0)
    head = line(look.mark(mark_of(tree.phase)), " ", bold(visible(root.short_name)), "  ", dim(tree.name))
    return line(head, f"  {stopwatch(now - tree.started_at)}   ", counts_line(child_counts(tree), look))


def footer(tree: RunTree, look: Look) -> Line:
    """What one can do meanwhile."""
    return line(dim(f"  ctrl-c abort {look.glyph('·')} flyte get run {tree.name} in another terminal to look"))


def fitted(rows: list[Row], room: int, look: Look) -> list[Row]:
    """At most so many rows: finished ones become a count first, then the deepest go, then the last."""
    if len(rows) > room:
        rows = _without_finished(rows)
    while len(rows) > room and max(row.depth for row in rows) > 1:
        deepest = max(row.depth for row in rows)
        rows = [row for row in rows if row.depth < deepest]
    if len(rows) > room:
        rows = [row for row in rows if not row.finished]
    if len(rows) > room:
        hidden = len(rows) - room + 1
        rows = [*rows[: room - 1], Row(1, "", line(dim(f"{look.glyph('…')} {number(hidden)} more")))]
    return rows


def _without_finished(rows: list[Row]) -> list[Row]:
    over = [row for row in rows if row.finished and row.depth == 1]
    if len(over) < 2:
        return rows
    count = sum(row.fold.total if row.fold else 1 for row in over)
    return [Row(1, "succeeded", line(f"{number(count)} done")), *(row for row in rows if row not in over)]


def _seconds(row: Row) -> str:
    if row.seconds is None:
        return ""
    return duration(row.seconds) if row.finished else stopwatch(row.seconds)


def _tail(row: Row, width: int, look: Look, said: Mapping[int, str]) -> Line:
    if row.fold is not None and not row.finished:
        return _fold_tail(row, row.fold, width, look)
    if row.note or row.finished or row.ordinal is None:
        return row.note
    last = said.get(row.ordinal, "")
    return (dim(last),) if last else ()


def _fold_tail(row: Row, fold: Fold, width: int, look: Look) -> Line:
    counted = f"  {number(done(fold))}/{number(fold.total)}"
    left = time_left(fold, row.seconds)
    bar = min(BAR_WIDTH, max(width - len(counted) - 20, 10))
    return line(progress_bar(fold, look, bar), counted, *([dim(f"  about {left} left")] if left else []))


def time_left(fold: Fold, seconds: float | None) -> str | None:
    """An estimate, once a quarter is done and a second has passed."""
    ended = done(fold)
    if seconds is None or seconds < 1 or ended < fold.total * ENOUGH_DONE or ended == fold.total:
        return None
    left = max(round(seconds * (fold.total - ended) / ended), 1)
    return duration(left) if left >= 10 else f"{left}s"
