"""The folded tree as rows, and rows as aligned lines. One row per action, per fan-out or per group; it never writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.marks import FINISHED, mark_of
from flyte_cli.output.actions import done, elapsed, fold_phase, inputs_text
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line, padded, trimmed
from flyte_cli.output.visible import visible

if TYPE_CHECKING:
    from flyte._core import ActionView, Fold, RunTree

INPUTS_WIDTH = 24
NAME_WIDTH = 36
MOST_UNFINISHED = 3
DEEPEST = 6


@dataclass(frozen=True)
class Row:
    """One line of the tree before it is aligned."""

    depth: int
    phase: str
    name: Line
    seconds: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    fold: Fold | None = None
    ordinal: int | None = None
    note: Line = ()

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.phase in FINISHED


def tree_rows(tree: RunTree, look: Look, now: float, parent: int = 0, depth: int = 1) -> Iterator[Row]:
    """The rows under one action; only unfinished ones show what is under them."""
    for fold in tree.folds(parent):
        if fold.total == 1 and not fold.is_group:
            action = tree.action(fold.first)
            yield action_row(action, depth, now)
            if action.child_count and action.phase not in FINISHED and depth < DEEPEST:
                yield from tree_rows(tree, look, now, fold.first, depth + 1)
        else:
            yield fold_row(fold, look, depth, now)
            yield from _unfinished(tree, fold, look, depth + 1, now)


def action_row(action: ActionView, depth: int, now: float, name: str | None = None) -> Row:
    """The row of one action."""
    shown = action.short_name if action.index == 0 else action.label
    inputs = inputs_text(action, INPUTS_WIDTH)
    spans = line(Span(visible(name or shown)), *([dim(f" {inputs}")] if inputs else []))
    note: Line = ()
    if action.phase == "retrying" or (action.phase == "running" and action.attempts > 1):
        attempt = action.attempts + (action.phase == "retrying")
        note = (Span(f"attempt {attempt} of {action.max_attempts}", "yellow"),)
    if action.phase == "cached":
        note = (dim(f"cached from {action.cached_from}" if action.cached_from else "cached"),)
    seconds = elapsed(action.started_at, action.ended_at, now)
    return Row(
        depth, action.phase, spans, seconds, action.started_at, action.ended_at, ordinal=action.ordinal, note=note
    )


def fold_row(fold: Fold, look: Look, depth: int, now: float) -> Row:
    """The row of a fan-out or a group."""
    name = line(bold(f"{visible(fold.key)} {look.glyph('×')}{fold.total:,}"))
    seconds = elapsed(fold.started_at, fold.ended_at, now)
    return Row(depth, fold_phase(fold), name, seconds, fold.started_at, fold.ended_at, fold)


def _unfinished(tree: RunTree, fold: Fold, look: Look, depth: int, now: float) -> Iterator[Row]:
    shown = fold.unfinished[:MOST_UNFINISHED]
    for ordinal in shown:
        action = tree.action(ordinal)
        name = action.label if fold.is_group else f".{action.index}"
        yield action_row(action, depth, now, name)
    busy = sum(fold.counts.get(phase, 0) for phase in ("running", "waiting", "retrying"))
    if busy > len(shown):
        yield Row(depth, "", line(dim(f"{look.glyph('…')} {busy - len(shown):,} more")))


Tail = Callable[[Row, int], Line]
"""What stands at the end of a row, given how many columns are left."""


def drawn(rows: Sequence[Row], look: Look, seconds: Callable[[Row], str], tail: Tail) -> list[Line]:
    """The rows with names and times in columns."""
    names = [_named(row, look) for row in rows]
    width = min(max((columns(name) for name in names), default=0), NAME_WIDTH, max(look.width - 12, 8))
    lines = []
    for row, name in zip(rows, names, strict=True):
        time = seconds(row)
        head = line(padded(clipped(name, width, look.glyph("…")), width), f"  {time:>7}")
        room = look.width - 1 - columns(head) - 2
        rest = tail(row, room) if room > 4 else ()
        spans = line(head, "  ", clipped(rest, room, look.glyph("…"))) if rest else head
        lines.append(trimmed(clipped(spans, look.width - 1, look.glyph("…"))))
    return lines


def _named(row: Row, look: Look) -> Line:
    indent = Span("  " * row.depth)
    return line(indent, row.name) if not row.phase else line(indent, look.mark(mark_of(row.phase)), " ", row.name)


def progress_bar(fold: Fold, look: Look, width: int) -> Line:
    """Green for done, blue for running, red for failed, grey for the rest."""
    failed = fold.counts.get("failed", 0) + fold.counts.get("aborted", 0)
    busy = sum(fold.counts.get(phase, 0) for phase in ("running", "waiting", "retrying"))
    parts = [(done(fold) - failed, "green"), (failed, "red"), (busy, "blue")]
    full, spans, filled, seen = look.glyph("━"), [], 0, 0
    for count, style in parts:
        seen += count
        until = round(width * seen / fold.total)
        spans.append(Span(full * (until - filled), style))
        filled = until
    spans.append(dim(look.glyph("─") * (width - filled)))
    return tuple(span for span in spans if span.text)


def time_bar(row: Row, start: float, end: float, look: Look, width: int) -> Line:
    """When something ran, on the axis of the whole run."""
    if row.started_at is None or end <= start:
        return ()
    per_second = width / (end - start)
    first = min(int((row.started_at - start) * per_second), width - 1)
    last = min(round(((row.ended_at or end) - start) * per_second), width)
    body = look.glyph("━") * max(last - first, 1)
    if row.ended_at is None:
        body = body[:-1] + look.glyph("╸")
    style = mark_of(row.phase).style
    return (Span(" " * first), Span(body, style))
