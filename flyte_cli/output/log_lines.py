"""Printed lines of a run as people read them: time, name, text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flyte_cli.marks import RETRYING
from flyte_cli.output.happenings import name_span
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, dim, line
from flyte_cli.output.visible import last_state, visible
from flyte_cli.quantities import duration

if TYPE_CHECKING:
    from flyte_cli.ops.logs import LogEntry

TIME_WIDTH = 7


@dataclass(frozen=True)
class LogStyle:
    """How lines are shown."""

    timestamps: bool = False
    """Dates and times of day instead of seconds since the run started."""
    raw: bool = False
    """Bytes as they were printed."""
    pager: bool = True
    lit: tuple[re.Pattern[str], ...] = ()
    """What is to catch the eye."""


def log_line(entry: LogEntry, started_at: float, style: LogStyle, look: Look) -> Line:
    """`4.0s flaky.12 │ step=6`; lines of the root carry no name."""
    time = dim(f"{_time(entry.at, started_at, style):>{TIME_WIDTH}} ")
    if not entry.stream:
        name = Span(f"{visible(entry.path)} ", "yellow")
        return line(time, name, look.mark(RETRYING), f" attempt {entry.attempt}")
    text = visible(last_state(entry.text), look.colour)
    if entry.ordinal == 0:
        return line(time, *_lit(text, style, look))
    return line(time, name_span(entry.ordinal, entry.path), dim(f" {look.glyph('│')} "), *_lit(text, style, look))


def _time(at: float, started_at: float, style: LogStyle) -> str:
    if style.timestamps:
        return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")
    seconds = max(at - started_at, 0.0)
    return f"{seconds:.1f}s" if seconds < 600 else duration(seconds)


def _lit(text: str, style: LogStyle, look: Look) -> Iterator[Span]:
    """The text with its hits lit, unless it has colours of its own."""
    if not look.colour or not style.lit or "\x1b" in text:
        yield Span(text)
        return
    hits = sorted(hit.span() for each in style.lit for hit in each.finditer(text) if hit.end() > hit.start())
    end = 0
    for first, last in hits:
        if first >= end:
            yield from (Span(text[end:first]), Span(text[first:last], "bold red"))
            end = last
    yield Span(text[end:])
