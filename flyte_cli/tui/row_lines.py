"""The rows of the tree as lines: mark, name, what makes it different, time, and a bar on one axis. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.marks import CACHED, RETRYING, STEP, SUCCEEDED, at_rest, counts_at_rest, mark_of
from flyte_cli.output.actions import counts_line, elapsed, fold_phase
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, clipped, columns, dim, line, padded
from flyte_cli.output.visible import clip, visible
from flyte_cli.quantities import duration, number, stopwatch
from flyte_cli.tui.rows import BUCKETS, bucket_size

if TYPE_CHECKING:
    from flyte._core import Fold, RowView

TIME = 8
"""Columns of a duration with the blank before it."""
NARROWEST_BAR = 10
LONGEST_TEXT = 400
"""Characters of a name that are looked at: no screen shows more."""
LONGEST_VALUE = 40
DEEPEST_INDENT = 12
"""Levels; what is deeper stands below each other."""
BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Window:
    """A part of the run's time, in Unix seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is; never nothing."""
        return max(self.end - self.start, 1e-3)

    def scaled(self, by: float, around: float, whole: Window) -> Window:
        """A shorter or longer part that keeps a moment where it is, within the whole."""
        around = min(max(around, self.start), self.end)
        start = max(around - (around - self.start) * by, whole.start)
        end = min(around + (self.end - around) * by, whole.end)
        return Window(start, max(end, start + 1e-3))

    def moved(self, share: float, whole: Window) -> Window:
        """The same length, earlier or later by a share of it, within the whole."""
        by = share * self.seconds
        by = max(min(by, whole.end - self.end), whole.start - self.start)
        return Window(self.start + by, self.end + by)


@dataclass(frozen=True)
class Axis:
    """Time across some columns."""

    window: Window
    width: int
    cursor: float | None = None
    """The moment that is shown, where it is not now."""

    def column(self, at: float) -> float:
        """Where a moment is; outside, when it is outside of the window."""
        return (at - self.window.start) / self.window.seconds * self.width


@dataclass(frozen=True)
class Measures:
    """How wide the parts of a row are."""

    width: int
    name: int
    bar: int
    """Nothing where there is no room for bars."""

    @staticmethod
    def of(width: int, is_timeline: bool = False) -> Measures:
        """Names get most of a narrow pane; bars most of a timeline."""
        if is_timeline:
            bar = max(width - max(width * 3 // 10, 24) - TIME - 2, NARROWEST_BAR)
        elif width < 44:
            bar = 0
        elif width < 56:
            bar = NARROWEST_BAR
        else:
            bar = NARROWEST_BAR + (width - 56) * 3 // 5
        return Measures(width, max(width - TIME - (bar + 2 if bar else 0), 4), bar)


def short(text: str) -> str:
    """Text of users that is safe to show, however long."""
    return visible(text[:LONGEST_TEXT])


def differing(rows: Sequence[RowView]) -> tuple[str, ...]:
    """Names of the inputs that vary among siblings; of one alone its first two."""
    if len(rows) < 2:
        return tuple(name for row in rows for name, _ in row.inputs[:2])
    first = dict(rows[0].inputs)
    names = dict.fromkeys(name for row in rows for name, _ in row.inputs)
    varying = [name for name in names if any(dict(row.inputs).get(name) != first.get(name) for row in rows[1:])]
    return tuple(varying[:3])


# --- rows


@dataclass(frozen=True)
class Drawing:
    """What all rows of one picture share."""

    look: Look
    measures: Measures
    axis: Axis
    now: float
    run_phase: str = "running"


@dataclass(frozen=True)
class Around:
    """What a row shows of what is around its action."""

    inputs: Collection[str] = ()
    """Names of the inputs that make it different."""
    is_numbered: bool = True
    """Whether its name needs its number: it has siblings of that name."""
    chain: Sequence[str] = ()
    """Names of the actions that stand in the row before its own."""
    starts: Sequence[float] = ()
    """Of its attempts."""
    counts: Mapping[str, int] | None = None
    """What is folded away below it."""


def action_line(
    drawing: Drawing, row: RowView, depth: int, is_open: bool | None, around: Around, first: RowView | None = None
) -> Line:
    """One action; of a chain the last one, with the times and inputs of the first."""
    first = first or row
    look = drawing.look
    is_quiet = row.is_step and row.phase == "succeeded"
    phase = at_rest(row.phase, drawing.run_phase)
    mark = STEP if is_quiet else mark_of(phase)
    own = row.label if around.is_numbered else row.short_name
    name = f" {look.glyph('›')} ".join(short(each) for each in (*around.chain, own))
    left = _left(
        drawing,
        line(_indent(depth, is_open, look), look.mark(mark), " "),
        Span(name, "dim italic" if row.is_step else "bold" if phase in EYE_CATCHING else ""),
        " ".join(_input(name, value, look) for name, value in first.inputs if name in around.inputs),
        line(
            Span(f"  {row.attempts}{look.glyph('×')}" if row.attempts > 1 else "", RETRYING.style),
            line("  ", counts_line(_counts(drawing, around.counts), look)) if around.counts else (),
        ),
    )
    started = first.started_at if first.started_at is not None else first.ended_at  # what was cached never started
    style = "dim" if is_quiet else mark.style
    ended = _end(drawing, first.ended_at)
    bar = _bar(drawing, first.queued_at, started, ended, around.starts[1:], style)
    return _whole(drawing, left, _took(phase, first.started_at, ended, drawing.now), bar)


def _end(drawing: Drawing, ended: float | None) -> float | None:
    """When something ended, or its run was interrupted; None while it goes on."""
    return drawing.now if ended is None and drawing.run_phase == "interrupted" else ended


def _counts(drawing: Drawing, counts: Mapping[str, int]) -> dict[str, int]:
    return counts_at_rest(counts, drawing.run_phase)


EYE_CATCHING = ("failed", "running", "retrying", "paused")


def _input(name: str, value: str, look: Look) -> str:
    return f"{short(name)}={clip(short(value), LONGEST_VALUE, look.glyph('…'))}"


def fold_line(drawing: Drawing, fold: Fold, depth: int, is_open: bool | None) -> Line:
    """A fan-out or a group, with its counts."""
    look, phase = drawing.look, at_rest(fold_phase(fold), drawing.run_phase)
    style, counted = mark_of(phase).style, counts_line(_counts(drawing, fold.counts), look)
    left = _left(
        drawing,
        line(_indent(depth, is_open, look), look.mark(mark_of(phase)), " "),
        Span(short(fold.key), "italic" if fold.is_group else "bold"),
        "",
        line(f" {look.glyph('×')}{number(fold.total)}  ", counted) if fold.total > 1 else (),
    )
    ended = _end(drawing, fold.ended_at)
    bar = _bar(drawing, None, fold.started_at, ended, (), "dim" if fold.is_group else style)
    return _whole(drawing, left, _took(phase, fold.started_at, ended, drawing.now), bar)


def bucket_line(drawing: Drawing, fold: Fold, glyph: str, depth: int, is_open: bool | None) -> Line:
    """The siblings that share a mark."""
    look = drawing.look
    mark = next(each for each in BUCKETS if each.glyph == glyph)
    count = bucket_size(fold, glyph)
    spans = line(_indent(depth, is_open, look), look.mark(mark), Span(f" {number(count)}", f"bold {mark.style}"))
    word = next(phase for phase in WORDS if mark_of(phase) == mark)
    left = clipped(line(spans, dim(f"  {word}")), drawing.measures.name, look.glyph("…"))
    share = round(drawing.measures.bar * count / fold.total)
    bar = Span(look.glyph("━") * max(share, 1) if drawing.measures.bar else "", mark.style)
    return _whole(drawing, left, dim(_percent(count, fold.total)), (bar,))


WORDS = ("failed", "retrying", "running", "paused", "queued", "aborted", "cached", "recovered", "succeeded")


def _percent(count: int, of: int) -> str:
    """Never nothing, and never all where it is not all."""
    if count == of:
        return ""
    percent = 100 * count / of
    return "<1%" if percent < 1 else ">99%" if percent > 99 else f"{percent:.0f}%"


def histogram_line(drawing: Drawing, times: tuple[float, float, list[int]] | None, depth: int) -> Line:
    """How long siblings took: `0.3s ▂▇█▃▁ 4.1s`."""
    look = drawing.look
    indent = _indent(depth, None, look)
    if times is None:
        return indent
    shortest, longest, counts = times
    most = max(counts)
    blocks = look.glyph(BLOCKS)
    shape = "".join(
        blocks[min(count * len(blocks) // (most + 1), len(blocks) - 1)] if count else " " for count in counts
    )
    return clipped(
        line(indent, dim(f"{duration(shortest)} "), Span(shape, SUCCEEDED.style), dim(f" {duration(longest)}")),
        drawing.measures.width,
        look.glyph("…"),
    )


def _indent(depth: int, is_open: bool | None, look: Look) -> Line:
    sign = "  " if is_open is None else f"{look.glyph('▾' if is_open else '▸')} "
    return (Span("  " * min(depth, DEEPEST_INDENT)), dim(sign))


def sign_column(depth: int) -> int:
    """Where the fold sign of a row is."""
    return 2 * min(depth, DEEPEST_INDENT)


def _left(drawing: Drawing, head: Line, name: Span, differs: str, after: Line) -> Line:
    """Everything before the time: inputs give way first, then the name."""
    ellipsis, room = drawing.look.glyph("…"), drawing.measures.name
    for_name = room - columns(head) - columns(after)
    if for_name < 6:
        return clipped(line(head, name, after), room, ellipsis)
    shown = clipped((name,), for_name, ellipsis)
    for_inputs = for_name - columns(shown) - 2
    inputs = dim(f"  {clip(differs, for_inputs, ellipsis)}") if differs and for_inputs >= 4 else Span("")
    return line(head, shown, inputs, after)


def _took(phase: str, started: float | None, ended: float | None, now: float) -> Span:
    if phase == "cached":
        return Span("cached", CACHED.style)
    seconds = elapsed(started, ended, now)
    if seconds is None:
        return Span("")
    return Span(stopwatch(seconds)) if ended is None else Span(duration(seconds), "dim")


def _whole(drawing: Drawing, left: Line, took: Span, bar: Line) -> Line:
    measures = drawing.measures
    gap = " " * max(TIME - columns((took,)), 1)
    head = line(padded(left, measures.name), gap, took)
    return line(head, "  ", bar) if measures.bar else head


# --- bars


def _bar(
    drawing: Drawing,
    queued: float | None,
    started: float | None,
    ended: float | None,
    again: Sequence[float],
    style: str,
) -> Line:
    """From the queue to the end, on the axis; a new attempt starts with a sign, what goes on has an open end."""
    look, axis = drawing.look, drawing.axis
    if not axis.width:
        return ()
    cells: list[tuple[str, str]] = [(" ", "")] * axis.width
    until = drawing.now if ended is None else ended
    if queued is not None:
        _fill(cells, axis, queued, started if started is not None else until, look.glyph("─"), "dim")
    if started is not None:
        last = _fill(cells, axis, started, until, look.glyph("━"), style)
        for start in again:
            column = int(axis.column(start))
            if 0 <= column < axis.width:
                cells[column] = (look.glyph("╋"), RETRYING.style)
        if ended is None and last is not None and until <= axis.window.end:
            cells[last] = (look.glyph("╸"), style)
    if axis.cursor is not None:
        column = min(int(axis.column(axis.cursor)), axis.width - 1)
        if column >= 0 and cells[column][0] == " ":
            cells[column] = (look.glyph("┆"), "accent")
    return _joined(cells)


def _fill(cells: list[tuple[str, str]], axis: Axis, start: float, end: float, sign: str, style: str) -> int | None:
    """Draw a stretch of time, at least one cell of it, and tell which was the last."""
    left, right = axis.column(start), axis.column(end)
    if right < 0 or left > axis.width:
        return None
    first = min(max(int(left), 0), axis.width - 1)
    last = min(max(round(right), first + 1), axis.width)
    cells[first:last] = [(sign, style)] * (last - first)
    return last - 1


def _joined(cells: Sequence[tuple[str, str]]) -> Line:
    spans: list[Span] = []
    for sign, style in cells:
        if spans and spans[-1].style == style:
            spans[-1] = Span(spans[-1].text + sign, style)
        else:
            spans.append(Span(sign, style))
    return tuple(spans)


# --- the axis itself


def ruler_line(axis: Axis, start: float, look: Look) -> Line:
    """Round times above the bars: `0s      5s      10s`."""
    if axis.width < 8:
        return ()
    step = _step(axis.window.seconds / max(axis.width // 10, 1))
    text = [" "] * axis.width
    tick = step * -(-(axis.window.start - start) // step)
    while (column := int(axis.column(start + tick))) < axis.width:
        label = f"{look.glyph('│')}{_label(tick)}"
        if column >= 0 and column + len(label) <= axis.width:
            text[column : column + len(label)] = label
        tick += step
    spans = dim("".join(text))
    if axis.cursor is None:
        return (spans,)
    column = min(max(int(axis.column(axis.cursor)), 0), axis.width - 1)
    return line(dim(spans.text[:column]), Span(look.glyph("▼"), "bold accent"), dim(spans.text[column + 1 :]))


STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def _step(least: float) -> float:
    """A round number of seconds, at least so many."""
    small = 0.001
    while small < 1:
        for factor in (1, 2, 5):
            if small * factor >= least:
                return small * factor
        small *= 10
    return next((float(step) for step in STEPS if step >= least), 86400.0 * -(-least // 86400))


def _label(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m" + (f"{whole % 60:02d}s" if whole % 60 else "")
    return f"{whole // 3600}h" + (f"{whole % 3600 // 60:02d}m" if whole % 3600 // 60 else "")
