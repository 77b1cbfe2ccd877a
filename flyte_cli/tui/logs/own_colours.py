"""Colours that tasks print themselves, as styled spans; everything else a terminal would obey is shown escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flyte_cli.output.spans import Line, Span
from flyte_cli.output.visible import visible

_COLOUR = re.compile(r"\x1b\[([0-9;:]*)m")
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_FONTS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}
TAB = 8
"""Columns from one tab stop to the next."""


def coloured(text: str) -> Line:
    """The text in spans: `fg:` and `bg:` words for its own colours, tabs as blanks."""
    if "\x1b" not in text:
        shown = visible(text)
        return (Span(_untabbed(shown, 0)),) if "\t" in shown else (Span(shown),)
    return tuple(_pieces(text))


def _pieces(text: str) -> Iterator[Span]:
    words: dict[str, str] = {}
    end = column = 0
    for colour in (*_COLOUR.finditer(text), None):
        piece = visible(text[end : colour.start() if colour else len(text)])
        if piece:
            piece = _untabbed(piece, column)
            column += len(piece)
            yield Span(piece, " ".join(words.values()))
        if colour is not None:
            end = colour.end()
            _obey(colour[1], words)


def _untabbed(text: str, column: int) -> str:
    if "\t" not in text:
        return text
    before = " " * (column % TAB)
    return (before + text).expandtabs(TAB)[len(before) :]


def _obey(codes: str, words: dict[str, str]) -> None:
    """Change the words by one colour sequence; what nobody knows changes nothing."""
    numbers = [int(code) if code else 0 for code in codes.replace(":", ";").split(";") if len(code) < 5]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            words.clear()
        elif code in _FONTS:
            words[_FONTS[code]] = _FONTS[code]
        elif code in _OFF:
            for font in _OFF[code]:
                words.pop(font, None)
        elif code in (38, 48):
            _set(words, "fg" if code == 38 else "bg", _wide(numbers))
        elif code in (39, 49):
            words.pop("fg" if code == 39 else "bg", None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            name = _NAMES[code % 10]
            _set(words, "fg", name if code < 90 else f"bright_{name}")
        elif 40 <= code <= 47 or 100 <= code <= 107:
            name = _NAMES[code % 10]
            _set(words, "bg", name if code < 100 else f"bright_{name}")


def _set(words: dict[str, str], ground: str, colour: str | None) -> None:
    if colour is not None:
        words[ground] = f"{ground}:{colour}"


def _wide(numbers: list[int]) -> str | None:
    """The colour behind 38 or 48: `5;N` of 256, or `2;R;G;B`."""
    kind = numbers.pop(0) if numbers else 0
    if kind == 5 and numbers:
        number = numbers.pop(0)
        return f"color({number})" if number < 256 else None
    if kind == 2 and len(numbers) >= 3:
        red, green, blue = numbers[:3]
        del numbers[:3]
        return f"#{red:02x}{green:02x}{blue:02x}" if max(red, green, blue) < 256 else None
    return None
