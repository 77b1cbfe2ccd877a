"""Lines of source files around a place, and paths as people read them. It never imports what it reads."""

from __future__ import annotations

import linecache
import os
import sys
from dataclasses import dataclass
from pathlib import Path

BEFORE, AFTER = 2, 1


@dataclass(frozen=True)
class Place:
    """Somewhere in somebody's code: `fan.py:18 in flaky`, and lines to show of it."""

    where: str
    at: int = 0
    lines: tuple[tuple[int, str], ...] = ()
    lit: bool = True
    caret: int | None = None
    """The column, counted from 0, that a mark should point at."""


_LIBRARIES = (str(Path(os.__file__).parent), str(Path(__file__).parent), str(Path(__file__).parent.parent / "flyte"))


def source_around(
    file: str, at: int, recorded: str | None = None, before: int = BEFORE, after: int = AFTER
) -> tuple[tuple[int, str], ...]:
    """The line and its neighbours; only the recorded line when the file has changed since."""
    linecache.checkcache(file)
    now = linecache.getlines(file)
    known = 0 < at <= len(now)
    if not known or (recorded is not None and now[at - 1].strip() != recorded.strip()):
        return ((at, recorded.strip("\n")),) if recorded and recorded.strip() else ()
    first, last = max(at - before, 1), min(at + after, len(now))
    return tuple((each, now[each - 1].rstrip("\n")) for each in range(first, last + 1))


def shown_path(file: str, here: str) -> str:
    """The path relative to the folder one is in, when it is inside."""
    inside = os.path.join(here, "")
    return file[len(inside) :] if file.startswith(inside) else file


def is_library(file: str) -> bool:
    """Whether a file is not the user's own: installed, the standard library's, ours, or no file at all."""
    if file.startswith("<"):
        return True
    parts = Path(file).parts
    if "site-packages" in parts or "dist-packages" in parts:
        return True
    return any(file.startswith(folder + os.sep) for folder in (*_LIBRARIES, os.path.join(sys.prefix, "lib")))
