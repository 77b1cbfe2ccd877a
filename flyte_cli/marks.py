"""The marks and words for the states of an action: one table for every screen. It draws nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """How one state looks."""

    glyph: str
    ascii: str
    style: str

    def __post_init__(self) -> None:
        if len(self.glyph) != 1 or len(self.ascii) != 1 or not self.ascii.isascii():
            raise ValueError(f"a mark is one character, with one ASCII character beside it: {self!r}")


RUNNING = Mark("●", "*", "blue")
SUCCEEDED = Mark("✓", "+", "green")
FAILED = Mark("✗", "x", "red")
RETRYING = Mark("↻", "r", "yellow")
QUEUED = Mark("◌", ".", "dim")
ABORTED = Mark("⊘", "-", "dim")
RECOVERED = Mark("«", "<", "cyan")
PAUSED = Mark("⏸", "!", "magenta")
CACHED = Mark("≡", "=", "cyan")
STEP = Mark("·", ",", "dim italic")
"""A step inside an action that went well; any other shows its state."""

BY_PHASE = {
    "succeeded": SUCCEEDED,
    "recovered": RECOVERED,
    "cached": CACHED,
    "running": RUNNING,
    "waiting": RUNNING,
    "paused": PAUSED,
    "retrying": RETRYING,
    "failed": FAILED,
    "aborted": ABORTED,
    "interrupted": ABORTED,
    "queued": QUEUED,
}
"""In the order in which counts are shown."""

FINISHED = frozenset({"succeeded", "recovered", "cached", "failed", "aborted"})


def mark_of(phase: str) -> Mark:
    """The mark of a phase; one we do not know counts as running."""
    return BY_PHASE.get(phase, RUNNING)


UNFINISHED = frozenset({"queued", "running", "waiting", "retrying"})


def at_rest(phase: str, run_phase: str) -> str:
    """How an action stands: nothing of a run whose driver is gone goes on, whatever was recorded last."""
    return "interrupted" if run_phase == "interrupted" and phase in UNFINISHED else phase


def counts_at_rest(counts: Mapping[str, int], run_phase: str) -> dict[str, int]:
    """The same for counts by phase."""
    sums: dict[str, int] = {}
    for phase, count in counts.items():
        stands = at_rest(phase, run_phase)
        sums[stands] = sums.get(stands, 0) + count
    return sums


def by_mark(counts: dict[str, int]) -> list[tuple[Mark, int]]:
    """The counts per mark, done first, nothing for what does not occur."""
    sums: dict[Mark, int] = {}
    for phase, mark in BY_PHASE.items():
        sums[mark] = sums.get(mark, 0) + counts.get(phase, 0)
    return [(mark, count) for mark, count in sums.items() if count]
