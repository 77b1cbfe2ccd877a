"""Runs as a table for a terminal, and as tab-separated lines for a pipe. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from flyte_cli.marks import mark_of
from flyte_cli.output.actions import counts_line
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line, padded
from flyte_cli.output.visible import visible
from flyte_cli.quantities import age, duration, moment, number
from flyte_cli.run_names import unique_lengths

if TYPE_CHECKING:
    from flyte._core import RunRow
    from flyte_cli.ops.runs import Listing

TITLES = ("RUN", "TASK", "STARTED", "TOOK", "ACTIONS", "NOTE")
RIGHT = {"TOOK"}
LEAST_NOTE = 12
_QUOTED_OR_NAME = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?:^|(?<= ))(\w+)=""")


def runs_table(listing: Listing, look: Look, now: float) -> Iterator[Line]:
    """The newest first, with the part of each name that must be typed in bold."""
    lengths = unique_lengths([row.name for row in listing.rows])
    notes = notes_of(listing.rows)
    cells = [cells_of(row, note, lengths[row.name], look, now) for row, note in zip(listing.rows, notes, strict=True)]
    widths = [max(len(title), *(columns(row[place]) for row in cells)) for place, title in enumerate(TITLES)]
    kept, dropped = that_fit(widths, look.width)
    titles = [(dim(title),) for title in TITLES]
    yield line("     ", aligned(titles, widths, kept))
    for row, spans in zip(listing.rows, cells, strict=True):
        text = line("  ", look.mark(mark_of(row.phase)), "  ", aligned(spans, widths, kept))
        yield clipped(text, look.width - 1, look.glyph("…"))
    parts = [_left_out(listing)] if listing.more else []
    if dropped:
        parts.append(f"+{dropped} {'column' if dropped == 1 else 'columns'}, a wider terminal shows more")
    if parts:
        yield line(dim(f" {look.glyph('·')} ".join(parts)))


def _left_out(listing: Listing) -> str:
    of = f"{number(listing.limit)} of {number(listing.count)}" if listing.count else f"the latest {listing.limit}"
    return f"{of}; --limit {listing.limit * 2} shows more"


def notes_of(rows: Sequence[RunRow]) -> list[str]:
    """Heads of errors; else which inputs differ from those of the run before of the same task, the newest first."""
    before: dict[str, dict[str, str]] = {}
    notes = []
    for row in reversed(rows):
        note = row.note.partition("\n")[0]
        inputs = _inputs(row.note)
        then = before.get(row.task)
        notes.append(note if then is None or row.phase == "failed" else _differing(note, then))
        if inputs:
            before[row.task] = inputs
    return notes[::-1]


def _differing(note: str, then: dict[str, str]) -> str:
    """The inputs that differ; all, when none does or they are not told apart."""
    now = _inputs(note)
    changed = [text for name, text in now.items() if then.get(name) != text]
    return " ".join(changed) if now.keys() == then.keys() and changed else note


def _inputs(note: str) -> dict[str, str]:
    """`n=20 x='a b'` by names; nothing for the head of an error."""
    starts = [found.start() for found in _QUOTED_OR_NAME.finditer(note) if found[1]]
    if not starts or starts[0] != 0:
        return {}
    ends = [*starts[1:], len(note) + 1]
    pieces = [note[start : end - 1] for start, end in zip(starts, ends, strict=True)]
    return {piece.partition("=")[0]: piece for piece in pieces}


def cells_of(
    row: RunRow, note: str, length: int, look: Look, now: float, counts: Mapping[str, int] | None = None
) -> list[Line]:
    """What stands in the columns; `counts` of a run that goes on are newer than those of its row."""
    took = duration((row.ended_at if row.ended_at is not None else now) - row.started_at)
    if row.phase == "interrupted" and row.ended_at is None:
        took = "?"
    return [
        line(bold(row.name[:length]), dim(row.name[length:])),
        line(visible(row.task)),
        line(age(row.started_at, now)),
        line(took),
        counts_line(dict(counts or row.counts), look),
        line(Span(visible(note), "" if row.phase == "failed" else "dim")),
    ]


def that_fit(widths: Sequence[int], width: int) -> tuple[list[int], int]:
    """Which columns fit; they go from the right, the note last of all since it can be cut."""
    kept = list(range(len(TITLES)))
    note = kept[-1]
    for place in (4, 3, 2, note):
        needed = 5 + sum(min(widths[each], LEAST_NOTE) if each == note else widths[each] + 2 for each in kept)
        if needed <= width - 1:
            break
        kept.remove(place)
    return kept, len(TITLES) - len(kept)


def aligned(cells: Sequence[Line], widths: Sequence[int], kept: Sequence[int]) -> Line:
    """The cells of the columns that are kept, side by side."""
    spans: list[Span] = []
    for place in kept:
        missing = " " * (widths[place] - columns(cells[place]))
        if TITLES[place] in RIGHT:
            spans += [Span(missing), *cells[place], Span("  ")]
        elif place == kept[-1]:
            spans += cells[place]
        else:
            spans += [*padded(cells[place], widths[place]), Span("  ")]
    return tuple(spans)


def runs_lines(listing: Listing) -> Iterator[Line]:
    """Name, phase, task, start, seconds, note: tab-separated, nothing cut."""
    for row in listing.rows:
        seconds = f"{row.ended_at - row.started_at:.3f}" if row.ended_at is not None else ""
        note = visible(row.note.replace("\t", " ").partition("\n")[0])
        yield line("\t".join([row.name, row.phase, visible(row.task), moment(row.started_at), seconds, note]))
