"""What stands in a log, in order: printed lines, and between them what went wrong. It reads only what is asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from flyte._core import LogPages, Setbacks

if TYPE_CHECKING:
    from flyte._core import LogPage, LogRow, LogTotals, Setback
    from flyte_cli.tui.logs.asked import Asked


class Key(NamedTuple):
    """Names what stands in a log, and says in what order: it stays, however much is written."""

    offset: int
    """Where the line begins, or the one before which a setback stands."""
    order: int
    """Among the setbacks there; of a line `LINE`."""


LINE = 1 << 62
FIRST = Key(-1, 0)
BEHIND = Key(1 << 62, LINE)
READ_AT_ONCE = 4 << 20
"""Bytes that a screen waits for: some milliseconds."""


class Item(NamedTuple):
    """A line or a setback."""

    key: Key
    row: LogRow | None
    setback: Setback | None

    @property
    def ordinal(self) -> int:
        """Whose it is."""
        each = self.row or self.setback
        assert each is not None
        return each.ordinal


@dataclass(frozen=True)
class Part:
    """Some of what stands there, in order."""

    items: list[Item]
    is_end: bool
    """Whether there is nothing more that way."""
    reached: int
    """Offset up to which was looked."""


@dataclass(frozen=True)
class Narrowing:
    """Which of the lines are shown."""

    text: str = ""
    is_regex: bool = False
    any_case: bool = True
    only_hits: bool = False
    level: int = 4


class LogBook:
    """The log of one place. Threads may count and seek in it while a screen reads."""

    def __init__(self, asked: Asked, ordinals: Sequence[int] | None, since: int) -> None:
        self.asked = asked
        self.ordinals = None if ordinals is None else set(ordinals)
        self.pages = LogPages(asked.folder, ordinals, since=since, after=asked.after, until=asked.until)
        self.narrowing = Narrowing()
        self._setbacks = Setbacks(asked.folder)
        self._lock = Lock()
        self._keys: list[Key] = []
        self._found: list[Setback] = []

    # --- what is there

    def refresh(self) -> bool:
        """Look whether more was printed."""
        return self.pages.refresh()

    def grow(self, ordinals: Sequence[int], at: int) -> None:
        """Take in actions that were started since, none before a time."""
        if self.ordinals is not None and (fresh := [each for each in ordinals if each not in self.ordinals]):
            self.ordinals.update(fresh)
            self.pages.add(fresh, at)

    def learn_setbacks(self) -> bool:
        """Read what went wrong since the last time, for threads; whether anything did."""
        fresh = [each for each in self._setbacks.read() if self._is_asked(each)]
        if not fresh:
            return False
        fresh.sort(key=lambda each: each.at)
        places = self.pages.places_of(fresh)
        with self._lock:
            keys = [Key(at, number) for number, at in enumerate(places, start=len(self._keys))]
            both = sorted(zip([*self._keys, *keys], [*self._found, *fresh], strict=True), key=lambda pair: pair[0])
            self._keys, self._found = [key for key, _ in both], [each for _, each in both]
        return True

    def totals(self) -> LogTotals:
        """How many lines there are, as far as they are counted."""
        return self.pages.totals()

    def _is_asked(self, setback: Setback) -> bool:
        asked = self.asked
        return (
            (self.ordinals is None or setback.ordinal in self.ordinals)
            and asked.attempt in (None, setback.attempt)
            and (asked.until is None or asked.attempt is not None or setback.at <= asked.until)
        )

    # --- which of it is shown

    def narrow(self, narrowing: Narrowing) -> None:
        """Show other lines. Raises ValueError for a pattern that is none."""
        self.pages.narrow(
            narrowing.level,
            narrowing.text or None,
            is_regex=narrowing.is_regex,
            any_case=narrowing.any_case,
            only_hits=narrowing.only_hits,
        )
        self.narrowing = narrowing

    # --- reading

    def after(self, key: Key, count: int) -> Part:
        """What stands behind a key."""
        offset = max(key.offset + 1 if key.order == LINE else key.offset, 0)
        page = self.pages.after(offset, count, READ_AT_ONCE)
        until = BEHIND if page.is_end else Key(page.reached, -1)
        with self._lock:
            some = range(bisect_right(self._keys, key), bisect_left(self._keys, until))
            items = self._merged(page, some)
        return Part(items[:count], page.is_end and len(items) <= count, page.reached)

    def before(self, key: Key, count: int) -> Part:
        """What stands before a key."""
        page = self.pages.before(max(key.offset, 0), count, READ_AT_ONCE)
        # what stands right before the first line found comes with the lines before that one
        first = page.rows[0].offset if page.rows and not page.is_end else page.reached
        begin = FIRST if page.is_end else Key(first, LINE if page.rows else -1)
        with self._lock:
            some = range(bisect_left(self._keys, begin), bisect_left(self._keys, key))
            items = self._merged(page, some)
        return Part(items[-count:], page.is_end and len(items) <= count, page.reached)

    def _merged(self, page: LogPage, setbacks: range) -> list[Item]:
        items = [Item(Key(row.offset, LINE), row, None) for row in page.rows]
        found = [Item(self._keys[place], None, self._found[place]) for place in setbacks]
        if self.narrowing.only_hits:
            found = [each for each in found if each.setback and self.pages.hits_in(each.setback.text)]
        return sorted([*items, *found], key=lambda item: item.key) if found else items
