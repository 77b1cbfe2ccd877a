"""What a screen looks at: a run, whoever drives it. It reads what was recorded and draws nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flyte._core import RunTree

OVER = ("succeeded", "failed", "aborted", "interrupted")
"""Phases of runs that nothing will change any more."""


@dataclass
class Source:
    """One run."""

    tree: RunTree
    is_here: bool = False
    """Whether this process drives it: then leaving asks what becomes of it."""
    problem: str | None = None
    """Why its record cannot be read any more: what was read stays on the screen."""
    stop: Callable[[], int] | None = None
    """Ctrl-C, for a run of this process: it counts, and the second one ends it at once."""
    detach: Callable[[], None] | None = None
    """Let a run of this process go on without a terminal, and leave the screen."""
    _is_over: bool = field(default=False, repr=False)
    _heard: tuple[int, float] = field(default=(-1, 0.0), repr=False)

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.tree.name

    @property
    def is_over(self) -> bool:
        """Whether there will be nothing new."""
        return self._is_over

    def goes_on_here(self) -> bool:
        """Whether this process has to see it to its end, or to leave it to itself."""
        return self.is_here and not self._is_over and self.tree.phase not in OVER

    @property
    def note(self) -> str | None:
        """What somebody who looks at it has to know, beside what is drawn."""
        if self.problem is not None:
            return f"{self.problem}: what was read of it stays here"
        if self.tree.phase == "interrupted":
            return f"whoever drove this run is gone: flyte rerun {self.name} --recover"
        return None

    def until(self, now: float) -> float:
        """Where the run's time ends so far; for one whose driver is gone, when it was last heard of."""
        if self.tree.ended_at is not None:
            return self.tree.ended_at
        if self.tree.phase != "interrupted":
            return max(now, self.tree.started_at)
        version = self.tree.version()
        if version != self._heard[0]:
            self._heard = (version, _last_heard(self.tree))
        return self._heard[1]

    def refresh(self) -> bool:
        """Take in what was recorded since; whether anything was. Never raises."""
        if self._is_over:
            return False
        is_over = self.tree.phase in OVER  # asked before: what is recorded up to then is read below
        before = self.problem
        try:
            is_new = self.tree.refresh()
            self.problem = None if os.path.isdir(self.tree.folder) else f"the record of run {self.name} was deleted"
        except (OSError, ValueError) as error:
            self.problem = f"the record of run {self.name} cannot be read: {error}"
            return self.problem != before
        self._is_over = is_over
        return is_new or is_over or self.problem != before


def _last_heard(tree: RunTree) -> float:
    rows = tree.rows(range(len(tree)))
    times = (time for row in rows for time in (row.queued_at, row.started_at, row.ended_at) if time is not None)
    return max(times, default=tree.started_at)
