"""Python code in colours: a file as lines of spans. Pure; text that is no Python stays plain, and nothing is run."""

from __future__ import annotations

import builtins
import io
import keyword
import tokenize
from collections.abc import Iterator, Sequence

from flyte_cli.output.spans import Line, Span
from flyte_cli.output.visible import visible

TAB = 4
MOST_COLOURED = 20_000
"""Lines: telling tokens apart takes 5 us each, and such a file is no program."""

_WORDS = frozenset(keyword.kwlist)
_CONSTANTS = frozenset({"True", "False", "None"})
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_STRINGS = frozenset(
    getattr(tokenize, name)
    for name in ("STRING", "FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
    if hasattr(tokenize, name)
)

Piece = tuple[int, int, str]
"""From one column to another, in a style."""


def coloured(lines: Sequence[str]) -> list[Line]:
    """The lines of a Python file, each as spans."""
    if len(lines) > MOST_COLOURED:
        return [plain(text) for text in lines]
    pieces: dict[int, list[Piece]] = {}
    for row, start, end, style in _styled(lines):
        pieces.setdefault(row, []).append((start, end, style))
    return [_line(text, pieces.get(row, ())) for row, text in enumerate(lines, start=1)]


def plain(text: str) -> Line:
    """A line without colours."""
    return (Span(visible(text.expandtabs(TAB))),)


def _line(text: str, pieces: Sequence[Piece]) -> Line:
    spans: list[Span] = []
    at = 0
    for start, end, style in pieces:
        if start > at:
            spans.append(Span(text[at:start]))
        if end > max(start, at):
            spans.append(Span(text[max(start, at) : end], style))
        at = max(at, end)
    spans.append(Span(text[at:]))
    return tuple(Span(visible(span.text.expandtabs(TAB)), span.style) for span in spans if span.text)


def _styled(lines: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """Row, columns and style of what is not plain; it ends where the text is no Python any more."""
    source = io.StringIO("".join(f"{text}\n" for text in lines))
    before, decorates = "", False
    try:
        for token in tokenize.generate_tokens(source.readline):
            if token.string == "@" and not token.line[: token.start[1]].strip():
                decorates = True
            elif token.type != tokenize.NAME and token.string != ".":
                decorates = False
            style = "blue" if decorates else _style(token, before)
            before = token.string
            if style:
                yield from _rows(token, style, lines)
    except (tokenize.TokenError, SyntaxError):  # also of wrong indentation
        return


def _style(token: tokenize.TokenInfo, before: str) -> str:
    if token.type in _STRINGS:
        return "green"
    if token.type == tokenize.COMMENT:
        return "dim italic"
    if token.type == tokenize.NUMBER:
        return "yellow"
    if token.type != tokenize.NAME:
        return ""
    if before in ("def", "class"):
        return "bold blue"
    if token.string in _CONSTANTS:
        return "yellow"
    if token.string in _WORDS:
        return "magenta"
    return "cyan" if token.string in _BUILTINS and before != "." else ""


def _rows(token: tokenize.TokenInfo, style: str, lines: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """A token, one piece for each row that it is on."""
    (first, start), (last, end) = token.start, token.end
    for row in range(first, last + 1):
        width = len(lines[row - 1]) if row <= len(lines) else 0
        yield row, start if row == first else 0, end if row == last else width, style
