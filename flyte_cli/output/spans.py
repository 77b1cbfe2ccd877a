"""Text with styles, as plain data: renderers make lines of spans, `Paper` writes them. It knows no terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flyte_cli.output.visible import clip, width_of


class Span(NamedTuple):
    """A piece of a line; `style` is words such as `bold red`, or nothing."""

    text: str
    style: str = ""


Line = tuple[Span, ...]

CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36}


def line(*pieces: Span | str | Sequence[Span]) -> Line:
    """A line from strings, spans and lists of spans."""
    spans: list[Span] = []
    for piece in pieces:
        if isinstance(piece, str):
            spans.append(Span(piece))
        elif isinstance(piece, Span):
            spans.append(piece)
        else:
            spans.extend(piece)
    return tuple(spans)


def dim(text: str) -> Span:
    """Text that matters less."""
    return Span(text, "dim")


def bold(text: str) -> Span:
    """Text the eye should find."""
    return Span(text, "bold")


def columns(spans: Line) -> int:
    """How wide the line is."""
    return sum(width_of(span.text) for span in spans)


def padded(spans: Line, width: int) -> Line:
    """The line filled with blanks up to a width."""
    missing = width - columns(spans)
    return (*spans, Span(" " * missing)) if missing > 0 else spans


def clipped(spans: Line, width: int, ellipsis: str = "…") -> Line:
    """The line cut to a width, with a sign that something is missing."""
    if columns(spans) <= width:
        return spans
    kept: list[Span] = []
    room = width - width_of(ellipsis)
    for span in spans:
        needed = width_of(span.text)
        if needed > room:
            kept.append(Span(clip(span.text, room, "") + ellipsis if room >= 0 else "", span.style))
            break
        kept.append(span)
        room -= needed
    return tuple(kept)


def trimmed(spans: Line) -> Line:
    """The line without blanks at its end."""
    kept = list(spans)
    while kept and not kept[-1].text.rstrip(" "):
        kept.pop()
    return (*kept[:-1], Span(kept[-1].text.rstrip(" "), kept[-1].style)) if kept else ()


def joined(parts: Sequence[Line], separator: Span) -> Line:
    """The parts with a separator between them."""
    spans: list[Span] = []
    for part in parts:
        if spans:
            spans.append(separator)
        spans.extend(part)
    return tuple(spans)


def painted(spans: Line, colour: bool) -> str:
    """The line as text, with escape codes when colour is wanted."""
    if not colour:
        return "".join(span.text for span in spans)
    return "".join(_painted(span) for span in spans)


def _painted(span: Span) -> str:
    if not span.style or not span.text:
        return span.text
    codes = ";".join(str(CODES[word]) for word in span.style.split())
    return f"\x1b[{codes}m{span.text}\x1b[0m"
