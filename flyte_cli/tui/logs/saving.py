"""Write what is shown of a log to a file, as plain text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flyte_cli.tui.logs.book import FIRST, Item, LogBook

AT_ONCE = 2000


class NotSaved(Exception):
    """The lines could not be written."""


def save(book: LogBook, path: Path, text_of: Callable[[Item], str], is_cancelled: Callable[[], bool]) -> int:
    """Write it, a few lines at a time; how many there were. What comes while it writes is not waited for."""
    count, end = 0, book.pages.end
    try:
        with path.open("w", encoding="utf-8") as file:
            at = FIRST
            while not is_cancelled():
                part = book.after(at, AT_ONCE)
                items = [item for item in part.items if item.key.offset <= end]
                file.writelines(f"{text_of(item)}\n" for item in items)
                count += len(items)
                if part.is_end or len(items) < len(part.items):
                    break
                at = part.items[-1].key if part.items else at._replace(offset=part.reached, order=-1)
    except OSError as error:
        raise NotSaved(f"cannot write {path}: {error.strerror or error}") from error
    return count
