"""What a screen looks at: a run, whoever drives it. It reads what was recorded and draws nothing."""

from __future__ import annotations

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
    stop: Callable[[], None] | None = None
    """Ctrl-C, for a run of this process."""
    _is_over: bool = field(default=False, repr=False)

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.tree.name

    @property
    def is_over(self) -> bool:
        """Whether there will be nothing new."""
        return self._is_over

    def refresh(self) -> bool:
        """Take in what was recorded since; whether anything was. Never raises."""
        if self._is_over:
            return False
        is_over = self.tree.phase in OVER  # asked before: what is recorded up to then is read below
        try:
            is_new = self.tree.refresh()
        except (OSError, ValueError) as error:
            is_new = str(error) != self.problem
            self.problem = str(error)
            return is_new
        self.problem = None
        self._is_over = is_over
        return is_new or is_over
