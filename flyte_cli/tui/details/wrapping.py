"""Text of any length as lines of a width. Pure; what it is given is shown as it is, control characters escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flyte_cli.output.spans import Line, Span, columns, dim
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import number

MOST_CHARACTERS = 20_000
"""Of one text; nobody reads on in a column, and whole values are a key away."""
NARROWEST = 12
_WORDS_AND_GAPS = re.compile(r"\s+|\S+")
LABEL = 12
"""Columns of the labels before facts."""


def broken(text: str, width: int) -> Iterator[str]:
    """A line in pieces that are no wider, broken at blanks where that leaves not too little."""
    for start, end in _pieces(text, width, width):
        yield text[start:end]


def _pieces(text: str, first: int, rest: int) -> Iterator[tuple[int, int]]:
    """From where to where the pieces go: the first of one width, the others of another."""
    start, width = 0, max(first, NARROWEST)
    rest = max(rest, NARROWEST)
    while (fit := _fitting(text, start, width)) < len(text):
        blank = text.rfind(" ", start, fit + 1)
        if blank - start > (fit - start) // 2 and text[start:blank].strip():
            yield start, blank
            start = _no_blank(text, blank)
        else:
            yield start, fit
            start = fit
        width = rest
    yield start, len(text)


def _no_blank(text: str, start: int) -> int:
    while start < len(text) and text[start] == " ":
        start += 1
    return start


def _fitting(text: str, start: int, width: int) -> int:
    """Up to where the text from there on takes no more columns than that; one character at least."""
    piece = text[start : start + 4 * width + 4]
    if piece.isascii():
        return min(start + width, len(text))
    taken = 0
    for place, character in enumerate(piece):
        taken += width_of(character)
        if taken > width:
            return start + max(place, 1)
    return start + len(piece)


def wrapped(text: str, width: int, style: str = "", first: Line = (), indent: int = 0) -> Iterator[Line]:
    """All lines of a text; the first one behind what is given, the others indented as much as they should be."""
    cut, more = text[:MOST_CHARACTERS], len(text) - MOST_CHARACTERS
    lead: Line = first or ((Span(" " * indent),) if indent else ())
    for each in cut.split("\n"):
        shown = visible(each.rstrip("\r").expandtabs(4))
        for start, end in _pieces(shown, width - columns(lead), width - indent):
            yield (*lead, Span(shown[start:end], style))
            lead = (Span(" " * indent),) if indent else ()
    if more > 0:
        yield (*lead, dim(f"{number(more)} more characters"))


def fact(label: str, text: str | Line, width: int, style: str = "") -> Iterator[Line]:
    """A label, and what is to be said beside it."""
    head: Line = (dim(f"{label:<{LABEL}}"),)
    if isinstance(text, str):
        yield from wrapped(text, width, style, head, LABEL)
        return
    if columns(text) + LABEL <= width:
        yield (*head, *text)
        return
    yield from wrapped_spans(text, width, head, LABEL)


def wrapped_spans(spans: Line, width: int, first: Line = (), indent: int = 0) -> Iterator[Line]:
    """A line of spans in pieces, with their styles."""
    text = "".join(span.text for span in spans)
    lead: Line = first
    for start, end in _pieces(text, width - columns(first), width - indent):
        yield (*lead, *_sliced(spans, start, end))
        lead = (Span(" " * indent),) if indent else ()


def _sliced(spans: Line, start: int, end: int) -> Iterator[Span]:
    at = 0
    for span in spans:
        piece = span.text[max(start - at, 0) : max(end - at, 0)]
        if piece:
            yield Span(piece, span.style)
        at += len(span.text)


def flowed(spans: Iterable[Span], width: int, first: Line = (), indent: int = 0) -> Iterator[Line]:
    """Spans as a paragraph: white space is one blank, words stay whole where they fit."""
    current, used = list(first), columns(first)
    is_start = True
    gap = ""
    for span in spans:
        for word in _WORDS_AND_GAPS.findall(span.text):
            if word.isspace():
                gap = "" if is_start else " "
                continue
            for piece in broken(visible(word), width - indent):
                needed = width_of(piece)
                if not is_start and used + len(gap) + needed > width:
                    yield tuple(current)
                    current, used, gap = [Span(" " * indent)] if indent else [], indent, ""
                if gap:
                    current.append(Span(gap, span.style if "underline" in span.style else ""))
                current.append(Span(piece, span.style))
                used += len(gap) + needed
                gap, is_start = "", False
    if not is_start or first:
        yield tuple(current)
