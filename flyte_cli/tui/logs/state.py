"""What a log says of itself beside its lines: whether it follows, how many lines, what is searched for. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, columns, dim, joined, line
from flyte_cli.output.visible import visible
from flyte_cli.tui.logs.book import Narrowing

LEVELS = ("", "errors only", "warnings and errors", "without debug", "")
"""By level: what is shown."""


@dataclass(frozen=True)
class LogState:
    """Changes when a line about the log has to be drawn anew."""

    title: str = ""
    follows: bool = True
    is_over: bool = False
    """Nothing new will come."""
    missed: int = 0
    """Lines that came since it stopped to follow."""
    lines: int = 0
    errors: int = 0
    warnings: int = 0
    hits: int = 0
    is_counted: bool = False
    is_searched: bool = False
    narrowing: Narrowing = field(default_factory=Narrowing)
    problem: str = ""
    """Why the pattern is none."""
    note: str = ""


def status_line(state: LogState, look: Look) -> Line:
    """`FOLLOW · 412 lines · 1 error · 5 warnings`."""
    parts: list[Line] = []
    if state.note:
        parts.append((Span(state.note, "yellow"),))
    if not state.follows and state.missed:
        parts.append((Span(f"{'v' if look.ascii else '▼'} {state.missed:,} new", "bold accent"), dim("  G")))
    elif state.follows and not state.is_over:
        parts.append((Span("FOLLOW", "bold green"),))
    more = "" if state.is_counted else "+"
    parts.append((Span(f"{state.lines:,}{more} {'line' if state.lines == 1 and not more else 'lines'}"),))
    if state.errors:
        parts.append((Span(f"{state.errors:,} {'error' if state.errors == 1 else 'errors'}", "red"),))
    if state.warnings:
        parts.append((Span(f"{state.warnings:,} {'warning' if state.warnings == 1 else 'warnings'}", "yellow"),))
    if LEVELS[state.narrowing.level]:
        parts.append((Span(LEVELS[state.narrowing.level], "bold"),))
    return joined(parts, dim(f" {look.glyph('·')} "))


def find_line(state: LogState) -> Line:
    """`find: loss=0.0   12 hits`; nothing while nothing is searched for."""
    narrowing = state.narrowing
    if not narrowing.text:
        return ()
    pieces: list[Span] = [dim("find: "), Span(visible(narrowing.text), "bold")]
    if state.problem:
        return (*pieces, Span(f"   {state.problem}", "red"))
    more = "" if state.is_searched else "+"
    pieces.append(Span(f"   {state.hits:,}{more} {'hit' if state.hits == 1 and not more else 'hits'}"))
    on = [
        name
        for name, is_on in (
            ("regex", narrowing.is_regex),
            ("case", not narrowing.any_case),
            ("only hits", narrowing.only_hits),
        )
        if is_on
    ]
    return (*pieces, *(Span(f"   {name}", "accent") for name in on))


def title_line(state: LogState, width: int, look: Look) -> Line:
    """The first line in full width: the title, and at its end how it stands."""
    left, right = line(" ", Span(state.title, "bold")), status_line(state, look)
    gap = width - columns(left) - columns(right) - 1
    return line(left, " " * max(gap, 2), right)
