"""How often a screen is drawn: as often as people can see, as long as that takes little of the machine."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from time import perf_counter, thread_time

QUICKEST, SLOWEST = 0.1, 0.17
"""Seconds between two frames. Slower would be seen to stutter."""
FRAMES_TAKE = 1 / 24
"""Part of one core, as long as frames are not slower than that."""
PARTS_TAKE = 1 / 60
"""Part of one core that is for each part of a screen."""


def next_frame(used: float) -> float:
    """Seconds until the next frame, when this one used so many of a core."""
    return min(max(used / FRAMES_TAKE, QUICKEST), SLOWEST)


class Part:
    """A part of a screen whose drawing may take the longer the larger a run is: it rests the longer afterwards."""

    def __init__(self, clock: Callable[[], float] = perf_counter, used: Callable[[], float] = thread_time) -> None:
        self._clock, self._used = clock, used
        self.state: Hashable = None
        """What was drawn last."""
        self._rested_at = 0.0

    def is_due(self, state: Hashable) -> bool:
        """Whether there is something new, and it has rested."""
        return state != self.state and self._clock() >= self._rested_at

    @contextmanager
    def drawing(self, state: Hashable) -> Iterator[None]:
        """Draw it in here."""
        began = self._used()
        yield
        self.state = state
        self._rested_at = self._clock() + (self._used() - began) / PARTS_TAKE
