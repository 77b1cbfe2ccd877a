"""Tasks found earlier, in the state folder, by path, size and time of the file. What is lost or odd is found anew."""

from __future__ import annotations

import marshal
import os
import sys
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flyte_cli.completion.found import Task

FORMAT = 1


def home() -> str:
    """The state folder; importing what knows it costs 8 ms."""
    return os.environ.get("FLYTE_HOME") or os.path.join(os.path.expanduser("~"), ".flyte")


def stamp(path: str) -> tuple[str, int, int]:
    """What tells one version of a file from another."""
    found = os.stat(path)
    return path, found.st_size, found.st_mtime_ns


def recall(path: str) -> tuple[list[Task], bool] | None:
    """Its tasks, and whether the file was imported to find them; None when that version of it is not known."""
    try:
        with open(_place(path), "rb") as file:
            known = marshal.load(file)  # written by us, and by this version of Python: as trusted as a .pyc
        format, of, tasks, imported = known
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return (tasks, imported) if format == FORMAT and of == stamp(path) else None


def remember(path: str, tasks: list[Task], imported: bool) -> None:
    """Keep them, if the state folder can be written."""
    place = _place(path)
    with suppress(OSError):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        beside = f"{place}.{os.getpid()}"
        with open(beside, "wb") as file:
            marshal.dump((FORMAT, stamp(path), tasks, imported), file)
        os.replace(beside, place)


def _place(path: str) -> str:
    name = f"{zlib.crc32(os.fsencode(path)):08x}.{sys.implementation.cache_tag}"
    return os.path.join(home(), "completion", name)
