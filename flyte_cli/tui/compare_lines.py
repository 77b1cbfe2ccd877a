"""Two runs side by side as lines: a column for names, one for each run, one for what changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.marks import mark_of
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line, padded
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import age, duration

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte_cli.ops.alignment import Pair, Side
    from flyte_cli.ops.comparing import Comparison, Difference

CHANGE = 10
"""Columns for what changed."""
MOST_CODE = 40


@dataclass(frozen=True)
class Columns:
    """Where the columns begin."""

    width: int

    @property
    def name(self) -> int:
        """Columns for names."""
        return max(min(self.width // 3, 44), 10)

    @property
    def side(self) -> int:
        """Columns for each run."""
        return max((self.width - self.name - CHANGE - 2) // 2, 8)

    def row(self, name: Line, left: Line, right: Line, change: Line, ellipsis: str) -> Line:
        """A line with all four."""
        parts = ((name, self.name), (left, self.side), (right, self.side))
        cells = [padded(clipped(spans, width - 1, ellipsis), width) for spans, width in parts]
        return clipped(line(*cells, change), self.width, "")


def head_line(comparison: Comparison, look: Look, width: int) -> Line:
    """The names of both runs, with their marks."""
    sides = [
        line(look.mark(mark_of(tree.phase)), " ", bold(tree.name), dim(f"  {visible(tree.task)}"))
        for tree in (comparison.left, comparison.right)
    ]
    return Columns(width).row((), sides[0], sides[1], (), look.glyph("…"))


def difference_lines(comparison: Comparison, look: Look, now: float, width: int, with_same: bool) -> list[Line]:
    """Facts, inputs, outputs and code: what differs, or all of it."""
    columns = Columns(width)
    lines = list(_facts(comparison, look, now, columns, with_same))
    for title, differences in (("inputs", comparison.inputs), ("outputs", comparison.outputs)):
        lines += _section(title, differences, look, columns, with_same)
    lines += [(), line(" ", bold("code"))]
    changed = [f"{visible(each)} changed" for each in comparison.code[:MOST_CODE]]
    rest = len(comparison.code) - len(changed)
    lines += [clipped(line("   ", Span(each, "yellow")), width) for each in changed] or [line(dim("   the same"))]
    if rest:
        lines.append(line(dim(f"   and {rest:,} more")))
    return lines


def _facts(comparison: Comparison, look: Look, now: float, columns: Columns, with_same: bool) -> Iterator[Line]:
    one, other = comparison.left, comparison.right
    took = [duration((tree.ended_at or now) - tree.started_at) for tree in (one, other)]
    change = ((other.ended_at or now) - other.started_at) - ((one.ended_at or now) - one.started_at)
    ellipsis = look.glyph("…")
    started = [line(age(tree.started_at, now)) for tree in (one, other)]
    yield columns.row(line("   ", dim("started")), started[0], started[1], (), ellipsis)
    yield columns.row(line("   ", dim("took")), (Span(took[0]),), (Span(took[1]),), _change(change), ellipsis)
    for each in comparison.facts:
        if with_same or not each.is_same:
            yield from _difference(each, look, columns)


def _section(
    title: str, differences: Sequence[Difference], look: Look, columns: Columns, with_same: bool
) -> Iterator[Line]:
    if not differences:
        return
    shown = [each for each in differences if with_same or not each.is_same]
    same = len(differences) - len(shown)
    yield ()
    yield line(" ", bold(title))
    for each in shown:
        yield from _difference(each, look, columns)
    if same:
        yield line(dim("   the same" if not shown else f"   {same} more, the same"))


def _difference(each: Difference, look: Look, columns: Columns) -> Iterator[Line]:
    name = line("   ", visible(each.what))
    texts = [visible(text) if text is not None else "(none)" for text in (each.left, each.right)]
    styles = ("dim", "dim") if each.is_same else ("red", "green")
    ellipsis = look.glyph("…")
    if each.is_same or all(width_of(text) < columns.side for text in texts):
        spans = [(Span(text, style),) for text, style in zip(texts, styles, strict=True)]
        yield columns.row(name, spans[0], spans[1], (), ellipsis)
        return
    yield clipped(name, columns.width, ellipsis)
    for sign, text, style in zip("-+", texts, styles, strict=True):
        yield clipped(line("     ", Span(f"{sign} {text}", style)), columns.width, ellipsis)


def tree_title(pairs: Sequence[Pair], with_same: bool, width: int) -> Line:
    """How many actions differ."""
    differing = sum(pair.differs for pair in pairs)
    counted = f"{differing:,} of {len(pairs):,} differ" if differing else f"all {len(pairs):,} are the same"
    shown = "" if with_same or not differing else ", shown are those"
    return clipped(line(" ", bold("actions"), dim(f"   {counted}{shown}")), width)


def pair_line(pair: Pair, look: Look, width: int) -> Line:
    """One action in both runs."""
    style = "bold" if pair.differs and pair.depth else ""
    name = line("   ", "  " * min(pair.depth, 12), Span(visible(pair.name), style))
    columns = Columns(width)
    if pair.left is None:
        change: Line = (Span("new", "green"),)
    elif pair.right is None:
        change = (Span("gone", "red"),)
    else:
        change = _change(pair.change) if pair.change is not None else ()
    return columns.row(name, _side(pair.left, look), _side(pair.right, look), change, look.glyph("…"))


def _side(side: Side | None, look: Look) -> Line:
    if side is None:
        return (dim("-"),)
    took = f" {duration(side.seconds)}" if side.seconds is not None else f" {side.phase}"
    return line(look.mark(mark_of(side.phase)), took)


def _change(seconds: float) -> Line:
    if abs(seconds) < 0.005:
        return ()
    sign, style = ("+", "red") if seconds > 0 else ("-", "green")
    return (Span(f"{sign}{duration(abs(seconds))}", style if abs(seconds) >= 0.1 else "dim"),)


def title_of(one: RunTree, other: RunTree) -> str:
    """What the screen is called."""
    return f"{one.name} and {other.name}"
