"""Values of secrets, replaced by `***` in what leaves this process as text. It reads and writes nothing.

A secret is looked for as it is, line by line, and in the spellings that programs print it in: `repr`, JSON, percent,
hexadecimal and base64, also in the middle of something longer. Anything else that a task makes of it is not found.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

MASK = "***"
SHORTEST = 4
"""Characters: masking what is shorter would leave little of any text."""


class Masks:
    """What to look for; two patterns, so that text and bytes are each searched once."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in _forms(value) if len(form) >= SHORTEST}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        as_bytes = [os.fsencode(form) for form in longest_first]
        self.text = re.compile("|".join(map(re.escape, longest_first)))
        self.data = re.compile(b"|".join(map(re.escape, as_bytes)))
        self.longest = max(map(len, as_bytes), default=0)

    def __bool__(self) -> bool:
        return self.longest > 0


_values: set[str] = set()
_masks: Masks | None = None


def hide(values: Iterable[str]) -> None:
    """Mask these values from now on, for as long as the process lives."""
    global _masks
    new = set(values) - _values
    if new:
        _values.update(new)
        _masks = Masks(_values) or None


def masked(text: str) -> str:
    """The text with `***` for every value."""
    return text if _masks is None else _masks.text.sub(MASK, text)


def masked_bytes(data: bytes) -> bytes:
    """The bytes with `***` for every value."""
    return data if _masks is None else _masks.data.sub(MASK.encode(), data)


def gives_away(data: bytes) -> bool:
    """Whether a value is in there."""
    return _masks is not None and _masks.data.search(data) is not None


def held_back(data: bytes) -> tuple[bytes, bytes]:
    """Part masked bytes without a line's end in what can go and what may be the beginning of a value."""
    data = masked_bytes(data)
    if _masks is None or len(data) < _masks.longest:
        return (data, b"") if _masks is None else (b"", data)
    end = len(data) - _masks.longest + 1
    return data[:end], data[end:]


def _forms(value: str) -> Iterator[str]:
    yield value
    for line in value.splitlines():
        yield line.strip()
    if len(value) >= SHORTEST:  # what is too short as it is must not be found by a longer spelling either
        yield from _spellings(value)


def _spellings(value: str) -> Iterator[str]:
    import json  # deferred with the rest: only processes with secrets get here
    from urllib.parse import quote, quote_plus

    data = os.fsencode(value)
    yield repr(value)[1:-1]
    yield repr(data)[2:-1]
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield quote(data)
    yield quote(data, safe="")
    yield quote_plus(data)
    yield data.hex()
    yield from _in_base64(data)


def _in_base64(data: bytes) -> Iterator[str]:
    """On its own, and what stays the same whatever stands before and after it."""
    import base64

    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode()
        for before in range(3):
            text = encode(b"\0" * before + data).decode().rstrip("=")
            unsure = 1 if (before + len(data)) % 3 else 0
            yield text[(0, 2, 3)[before] : len(text) - unsure]
