"""How often a screen may be drawn, so that the run below it is not short of the core it needs."""

from __future__ import annotations

import time
from collections.abc import Callable

SHARE = 0.2
"""Of one core: what drawing takes at most, as long as a frame comes in time."""

LATEST = 0.5
"""Seconds after which a frame comes whatever it costs."""


class Frames:
    """Counts the processor time of the thread that asks it, from one frame to the next."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, spent: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock, self._processor = clock, spent
        self._at, self._spent = clock(), spent()

    def may_draw(self) -> bool:
        """Whether it is time for a frame; the next one is counted from here."""
        now, spent = self._clock(), self._processor()
        elapsed = now - self._at
        if spent - self._spent > SHARE * elapsed and elapsed < LATEST:
            return False
        self._at, self._spent = now, spent
        return True
