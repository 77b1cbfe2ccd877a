"""The list of runs, again and again: as cheap as a look at a file while nothing happens. No terminal here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import EVERYTHING, Which, in_order, query_of, values_of_run

if TYPE_CHECKING:
    from flyte._core import RunRow, RunTree
    from flyte_cli.where import Query

MOST_OPEN = 20
"""Runs that go on whose actions are counted: more are not looked at."""
GOES_ON = ("queued", "running")


@dataclass(frozen=True)
class Listed:
    """The runs at a moment."""

    which: Which
    stamp: tuple[int, ...]
    """The same for the same runs, whatever their counts."""
    rows: Sequence[RunRow]
    """Those that fit, in the order wanted."""
    newest: Sequence[RunRow]
    """All of them, newest first."""
    counts: Mapping[str, Mapping[str, int]]
    """Of runs that go on: how many of their actions are in each phase."""
    today: Mapping[str, int]
    """How many runs that were started today are in each phase."""
    elsewhere: bool = False
    """Whether other folders have runs, where this one has none."""


@dataclass
class RunsWatch:
    """Lists runs, and knows whether there is anything new."""

    host: Host
    _listed: Listed | None = None
    _trees: dict[str, RunTree] = field(default_factory=dict)
    _fits: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether a run that is over fits the filter, by name and phase: nothing about it changes any more."""

    def look(self, which: Which) -> Listed | None:
        """The runs as they are; None when they are as before. Raises Misuse for a filter that cannot be read."""
        query = query_of(which)
        stamp, before = self.host.engine.stamp(), self._listed
        known = self._still(before, which, stamp) if before is not None else None
        if known is not None and known.which == which and not self._is_timely(query, which):
            if not any(row.phase in GOES_ON for row in known.newest):
                return None
            self._listed = replace(known, counts=self._counts(known.newest))
            return self._listed
        if before is None or before.which.where != which.where:
            self._fits.clear()
        here = None if which.everywhere else self.host.folder()
        rows = known.newest if known is not None else self.host.engine.runs(here, EVERYTHING)
        fitting = [row for row in rows if self._fit(row, query)]
        elsewhere = not rows and not which.everywhere and bool(self.host.engine.runs(None, 1))
        shown = in_order(fitting, which.sort, self.host)
        self._listed = Listed(which, stamp, shown, rows, self._counts(rows), self._today(rows), elsewhere)
        return self._listed

    def _still(self, before: Listed, which: Which, stamp: tuple[int, ...]) -> Listed | None:
        """The list before, where all its runs are as they were, whatever was wanted of them."""
        if stamp != before.stamp or which.everywhere != before.which.everywhere:
            return None
        return None if any(self._has_ended(row) for row in before.newest if row.phase in GOES_ON) else before

    def _is_timely(self, query: Query, which: Which) -> bool:
        """Whether the list may be another one although nothing happened."""
        return any(term.key in ("started", "took") for term in query.terms) or (which.sort or "").endswith("took")

    def _has_ended(self, row: RunRow) -> bool:
        """Whether its driver is gone: that writes nothing."""
        now = next((each for each in self.host.engine.find(row.name) if each.name == row.name), None)
        return now is None or now.phase != row.phase

    def _fit(self, row: RunRow, query: Query) -> bool:
        """Ages grow, and so does what goes on; all else is asked once: inputs are read from the run's folder."""
        if row.phase in GOES_ON or any(term.key == "started" for term in query.terms):
            return query.holds(partial(values_of_run, row, self.host))
        key = (row.name, row.phase)
        if key not in self._fits:
            self._fits[key] = query.holds(partial(values_of_run, row, self.host))
        return self._fits[key]

    def _counts(self, rows: Sequence[RunRow]) -> dict[str, Mapping[str, int]]:
        live = [row for row in rows if row.phase in GOES_ON][:MOST_OPEN]
        names = {row.name for row in live}
        self._trees = {name: tree for name, tree in self._trees.items() if name in names}
        counts: dict[str, Mapping[str, int]] = {}
        for row in live:
            try:
                if row.name not in self._trees:
                    self._trees[row.name] = self.host.engine.tree(row)
                else:
                    self._trees[row.name].refresh()
                counts[row.name] = self._trees[row.name].counts()
            except (OSError, ValueError):
                continue  # its screen tells what is wrong with its record
        return counts

    def _today(self, rows: Sequence[RunRow]) -> dict[str, int]:
        midnight = datetime.fromtimestamp(self.host.clock()).replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight.timestamp()
        found: dict[str, int] = {}
        for row in rows:
            if row.started_at >= since:
                found[row.phase] = found.get(row.phase, 0) + 1
        return found


def size_of_runs(rows: Sequence[RunRow]) -> int:
    """Bytes that runs take on the disk."""
    import os

    total = 0
    for row in rows:
        for folder, _, names in os.walk(row.folder):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_size
                except OSError:
                    continue  # it went away meanwhile
    return total
