"""What of a log is on the screen: it stands at the end, or at something that stays where it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from flyte_cli.output.spans import Line
from flyte_cli.tui.logs.book import BEHIND, FIRST, Item, Key, Part

Rows = Callable[[Item], list[Line]]


class Readable(Protocol):
    """What is shown."""

    def after(self, key: Key, count: int) -> Part:
        """What stands behind a key."""

    def before(self, key: Key, count: int) -> Part:
        """What stands before a key."""


class ScreenRow(NamedTuple):
    """One row of the screen: a part of an item."""

    item: Item
    part: int
    line: Line


class Pager:
    """Only what is on the screen is read and drawn; so a long log costs as much as a short one."""

    def __init__(self, book: Readable, rows_of: Rows) -> None:
        self.book = book
        self.rows_of = rows_of
        self.follows = True
        self.top: tuple[Key, int] = (FIRST, 0)
        """The item that the screen begins with, and how many of its rows are above it."""
        self.is_looking = False
        """Whether more may be there than was read for this screen."""

    def screen(self, height: int) -> list[ScreenRow]:
        """The rows to draw; fewer only where there are no more."""
        if self.follows:
            return self._up_from(BEHIND, height)
        rows, is_end = self._down_from(self.top, height)
        if len(rows) < height and is_end:
            rows = self._up_from(BEHIND, height)  # never more blank than needs to be
        if rows:
            self.top = (rows[0].item.key, rows[0].part)
        return rows

    def scroll(self, by: int, height: int) -> None:
        """So many rows down, or up. The end that is reached by going down is followed."""
        now = self.screen(height)
        if not now:
            return
        top = (now[0].item.key, now[0].part)
        if by > 0:
            rows, is_end = self._down_from(top, by + height)
            self.follows = is_end
            if len(rows) > by:
                self.top = (rows[by].item.key, rows[by].part)
        elif by < 0:
            above = self._up_from(top[0], -by, top[1])
            if above:
                self.top, self.follows = (above[0].item.key, above[0].part), False

    def to(self, key: Key) -> None:
        """Begin the screen with something."""
        self.top, self.follows = (key, 0), False

    def show(self, item: Item, height: int) -> None:
        """Scroll as little as it takes to have an item in sight."""
        rows = self.screen(height)
        if not rows or item.key <= rows[0].item.key:
            self.to(item.key)
            return
        whole = len(self.rows_of(item))
        seen = sum(row.item.key == item.key for row in rows)
        if seen == whole or (seen and rows[0].item.key == item.key):
            return
        rows = self._up_from(item.key, max(height - whole, 0))
        self.top = (rows[0].item.key, rows[0].part) if rows else (item.key, 0)
        self.follows = False

    def bring(self, item: Item, height: int) -> None:
        """Have an item in sight, with what is around it where it was not."""
        if any(row.item.key == item.key for row in self.screen(height)):
            self.show(item, height)
            return
        above = self._up_from(item.key, height // 3)
        self.top, self.follows = (above[0].item.key, above[0].part) if above else (item.key, 0), False

    # --- rows from somewhere on

    def _down_from(self, top: tuple[Key, int], height: int) -> tuple[list[ScreenRow], bool]:
        key, hidden = top
        rows: list[ScreenRow] = []
        at = Key(key.offset, key.order - 1)  # the item itself comes first
        while True:
            part = self.book.after(at, max(height - len(rows), 1) + 1)
            for item in part.items:
                some = self._rows(item)
                rows += some[hidden:] if item.key == key else some
            self.is_looking = not part.is_end and not part.items
            if part.is_end or not part.items or len(rows) > height:
                return rows[:height], part.is_end and len(rows) <= height
            at = part.items[-1].key

    def _up_from(self, key: Key, height: int, parts: int = 0) -> list[ScreenRow]:
        """The last rows before an item, and the first `parts` of its own."""
        rows: list[ScreenRow] = []
        if parts:
            here = self.book.after(Key(key.offset, key.order - 1), 1).items
            rows = self._rows(here[0])[:parts] if here and here[0].key == key else []
        at = key
        while len(rows) < height:
            part = self.book.before(at, height - len(rows))
            rows = [row for item in part.items for row in self._rows(item)] + rows
            self.is_looking = not part.is_end and not part.items
            if part.is_end or not part.items:
                break
            at = part.items[0].key
        return rows[-height:] if height else []

    def _rows(self, item: Item) -> list[ScreenRow]:
        return [ScreenRow(item, part, line) for part, line in enumerate(self.rows_of(item))]
