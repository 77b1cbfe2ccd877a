"""Make text of users safe to show. It changes only what a terminal would obey; nothing is ever read as markup."""

from __future__ import annotations

import re
import unicodedata

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_RESET = "\x1b[0m"


def visible(text: str, keep_colour: bool = False) -> str:
    """One line of the text with control characters escaped; colours kept or stripped."""
    if text.isascii() and text.isprintable():
        return text
    if not keep_colour:
        return _CONTROL.sub(_escaped, _COLOUR.sub("", text))
    pieces = []
    end = 0
    for colour in _COLOUR.finditer(text):
        pieces += [_CONTROL.sub(_escaped, text[end : colour.start()]), colour[0]]
        end = colour.end()
    pieces.append(_CONTROL.sub(_escaped, text[end:]))
    return "".join(pieces) + (_RESET if end else "")


def last_state(text: str) -> str:
    """What a line shows once its carriage returns are obeyed, as progress bars use them."""
    return text.rstrip("\r").rpartition("\r")[2]


def width_of(text: str) -> int:
    """How many columns the text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """The text cut to a width, with a sign that something is missing."""
    if width_of(text) <= width:
        return text
    room = width - width_of(ellipsis)
    if room < 0:
        return ""
    kept = []
    for character in text:
        room -= _columns(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + ellipsis


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
