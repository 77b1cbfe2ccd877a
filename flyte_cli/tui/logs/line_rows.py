"""A line of a log as the rows it takes on the screen: time, name, text; wrapped or cut, folded or not. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from flyte_cli.marks import FAILED, RETRYING
from flyte_cli.output.happenings import name_span
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, clipped, columns, dim, line
from flyte_cli.output.visible import clip, last_state, visible, width_of
from flyte_cli.quantities import duration
from flyte_cli.tui.logs.own_colours import coloured

if TYPE_CHECKING:
    from flyte._core import LogRow, Setback

MOST = 20_000
"""Characters of one line that are shown."""
LITTLE_ROOM = 56
JSON_MOST = 200_000
"""Longer lines are not looked at as JSON."""
MESSAGE_FIELDS = ("message", "msg", "event")
BAR_STYLES = {1: "red", 2: "yellow"}
"""By level: of the bar before the text."""
HIT = "bold yellow reverse"

Hits = Callable[[str], Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Layout:
    """How lines are shown, the same for all of them."""

    width: int
    started_at: float
    """Unix seconds."""
    look: Look
    wraps: bool = False
    clock: bool = False
    """Times of day instead of seconds since the run started."""
    name_width: int = 0
    """Columns for names; 0 where all is of one action."""
    left: int = 0
    """Columns of the text that are scrolled away."""


def time_text(at: float, layout: Layout) -> str:
    """`3.1s`, or `14:03:22.117`; at is seconds since the run started."""
    if layout.clock:
        return f"{datetime.fromtimestamp(layout.started_at + at):%H:%M:%S.%f}"[:-3]
    return f"{at:.1f}s" if at < 600 else duration(at)


def line_rows(row: LogRow, name: str, layout: Layout, opened: bool, hits: Hits | None) -> list[Line]:
    """The rows of a printed line. `opened`: what may be folded in it is shown."""
    shown = last_state(row.text.decode("utf-8", "backslashreplace"))
    most = MOST if layout.wraps else min(layout.left + 16 * layout.width, MOST)  # what is out of sight costs nothing
    document = json_object(shown)
    message = message_of(document) if document is not None else None
    spans = _lit(coloured(message if message is not None else shown[:most]), hits)
    fold: Line = ()
    if document is not None:
        fold = _folded(len(document) - (message is not None), "field", opened, layout)
    elif row.inside:
        fold = _folded(row.inside, "line", opened, layout)
    elif len(shown) > MOST and layout.wraps:
        fold = (dim(f" {layout.look.glyph('…')} {len(shown) - MOST:,} more characters"),)
    bar = Span(f"{layout.look.glyph('│')} ", BAR_STYLES.get(row.level, "dim"))
    head = _head(row.at, row.ordinal, name, bar, layout)
    if fold and not layout.wraps and not layout.left:  # what is folded is worth more than the end of the text
        spans = clipped(spans, max(layout.width - columns(head) - columns(fold), 8), layout.look.glyph("…"))
    rows = _fitted(line(spans, fold), head, layout)
    if document is not None and opened:
        for each in json.dumps(document, indent=2, ensure_ascii=False).splitlines():
            rows += _fitted(coloured(each), _under(head, layout), layout)
    return rows


def setback_rows(setback: Setback, name: str, attempts: int, layout: Layout) -> list[Line]:
    """The row of what went wrong: `↻ RuntimeError: transient failure · attempt 2 of 3`."""
    look = layout.look
    mark = RETRYING if setback.is_retried else FAILED
    text, tries = visible(setback.text), ""
    if setback.kind == "lost":
        text = "its worker died, started again"
    elif setback.kind == "failed" and attempts > 1:
        tries = f" {look.glyph('·')} attempt {setback.attempt + setback.is_retried} of {attempts}"
    sign = look.mark(mark)
    head = _head(setback.at, setback.ordinal, name, Span(f"{sign.text} ", sign.style), layout)
    if not layout.wraps and not layout.left:  # the attempt is worth more than the end of the message
        text = clip(text, max(layout.width - columns(head) - width_of(tries), 8), look.glyph("…"))
    return _fitted((Span(f"{text}{tries}", mark.style),), head, layout)


def plain_text(rows: Sequence[Line]) -> str:
    """Rows without colours, for a file."""
    return "\n".join("".join(span.text for span in row).rstrip() for row in rows)


def json_object(text: str) -> dict[str, object] | None:
    """The fields of a line that is a JSON object with any."""
    if not text.startswith("{") or not text.rstrip().endswith("}") or len(text) > JSON_MOST:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found else None


def message_of(document: dict[str, object]) -> str | None:
    """What a line of JSON says to people."""
    return next((str(document[field]) for field in MESSAGE_FIELDS if isinstance(document.get(field), str)), None)


def _folded(count: int, noun: str, opened: bool, layout: Layout) -> Line:
    """`▸ 6 lines folded`; where there is little room the last word goes without saying."""
    is_ascii = layout.look.ascii
    if opened:
        return (dim(f"  {'v' if is_ascii else '▾'}"),)
    word = " folded" if layout.width >= LITTLE_ROOM else ""
    return (dim(f"  {'>' if is_ascii else '▸'} {_several(count, noun)}{word}"),)


def _several(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _head(at: int, ordinal: int, name: str, bar: Span, layout: Layout) -> Line:
    time = dim(f"{time_text(at / 1e6, layout):>{12 if layout.clock else 7}} ")
    if not layout.name_width:
        return line(time, bar)
    shown = _short(name, layout)
    blank = " " * (layout.name_width - width_of(shown))
    return line(time, Span(shown, name_span(ordinal, "").style), f"{blank} ", bar)


def _short(name: str, layout: Layout) -> str:
    """The end of a name that is too long: there it differs from others."""
    if width_of(name) <= layout.name_width:
        return name
    sign = layout.look.glyph("…")
    return sign + clip(name[::-1], max(layout.name_width - len(sign), 0), "")[::-1]


def _under(head: Line, layout: Layout) -> Line:
    """Before the further rows of a line."""
    return line(" " * (columns(head) - 2), dim(f"{layout.look.glyph('│')} "))


def _lit(spans: Line, hits: Hits | None) -> Line:
    """The spans with what was searched for lit."""
    if hits is None:
        return spans
    found = hits("".join(span.text for span in spans))
    if not found:
        return spans
    edges = sorted({edge for pair in found for edge in pair})
    lit: list[Span] = []
    start = 0
    for span in spans:
        end = start + len(span.text)
        cuts = [start, *(edge for edge in edges if start < edge < end), end]
        for first, last in pairwise(cuts):
            is_hit = any(begin <= first < behind for begin, behind in found)
            lit.append(Span(span.text[first - start : last - start], HIT if is_hit else span.style))
        start = end
    return tuple(lit)


def _fitted(spans: Line, head: Line, layout: Layout) -> list[Line]:
    room = max(layout.width - columns(head), 8)
    if layout.wraps:
        rows = list(_wrapped(spans, room))
        return [line(head if place == 0 else _under(head, layout), row) for place, row in enumerate(rows)]
    return [line(head, _window(spans, layout.left, room, layout.look))]


def _window(spans: Line, left: int, room: int, look: Look) -> Line:
    """The columns in sight, with a sign where there is more."""
    whole = columns(spans)
    if left:
        spans = _behind(spans, left)
    if whole - left <= room:
        return spans
    kept = next(iter(_wrapped(spans, room - 1)))
    return line(kept, " " * (room - 1 - columns(kept)), dim(">" if look.ascii else "›"))


def _behind(spans: Line, left: int) -> Line:
    kept: list[Span] = []
    for span in spans:
        wide = width_of(span.text)
        if left >= wide:
            left -= wide
            continue
        text = span.text
        while left > 0 and text:
            left -= width_of(text[0])
            text = text[1:]
        kept.append(Span(" " * -left + text, span.style))
        left = 0
    return tuple(kept)


def _wrapped(spans: Line, room: int) -> Iterator[Line]:
    """The spans in rows that are so wide at most; at least one."""
    row: list[Span] = []
    free = room
    for span in spans:
        text = span.text
        while text:
            piece = text[:free] if text.isascii() else clip(text[: 4 * free], free, "")
            if not piece and not row:  # wider than all there is
                piece, text = "?", text[1:]
            else:
                text = text[len(piece) :]
            row.append(Span(piece, span.style))
            free -= width_of(piece)
            if text:
                yield tuple(row)
                row, free = [], room
    yield tuple(row)
