"""In which line of a TOML text each key stands. It reads only texts that a TOML reader took."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")


def lines_of(text: str, loads: Callable[[str], dict[str, Any]]) -> dict[tuple[str, ...], int]:
    """The line, from 1, of every table and key; keys in inline tables have that of the table.

    `loads` reads TOML: it tells where a value that takes several lines ends.
    """
    found: dict[tuple[str, ...], int] = {}
    lines = text.splitlines()
    table: tuple[str, ...] = ()
    at = 0
    while at < len(lines):
        header, key = _TABLE.match(lines[at]), _KEY.match(lines[at])
        number = at + 1
        at += 1
        if header:
            table = _parts(header[1])
            for depth in range(1, len(table) + 1):
                found.setdefault(table[:depth], number)
        elif key:
            path = (*table, *_parts(key[1]))
            written, at = _written(lines, at - 1, loads)
            for depth in range(len(table) + 1, len(path)):
                found.setdefault(path[:depth], number)
            found.update(dict.fromkeys(_inner(written, table), number))
    return found


def _written(lines: list[str], start: int, loads: Callable[[str], dict[str, Any]]) -> tuple[Any, int]:
    """What the key that begins in a line says, and the line after its end."""
    for end in range(start + 1, len(lines) + 1):
        try:
            return loads("\n".join(lines[start:end])), end
        except ValueError:
            continue
    return {}, start + 1


def _inner(value: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return []
    return [each for name, inner in value.items() for each in ((*path, name), *_inner(inner, (*path, name)))]


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
