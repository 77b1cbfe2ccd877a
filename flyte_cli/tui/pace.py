"""How often a screen is drawn: as often as people can see, as long as that takes little of the machine. Pure."""

from __future__ import annotations

QUICKEST, SLOWEST = 0.1, 0.18
"""Seconds between two frames. Slower would be seen to stutter."""
FRAMES_TAKE = 1 / 16
LOOKING_TAKES = 1 / 20
"""Parts of one core, as long as frames are not slower than that."""


def next_frame(used: float) -> float:
    """Seconds until the next frame, when this one used so many of a core."""
    return min(max(used / FRAMES_TAKE, QUICKEST), SLOWEST)


class Rest:
    """Looking at all of a run takes the longer the larger it is: afterwards nobody looks for some time."""

    def __init__(self) -> None:
        self._until = 0.0

    def is_over(self, now: float) -> bool:
        """Whether there was enough of it."""
        return now >= self._until

    def begin(self, now: float, used: float) -> None:
        """Rest after something that used so many seconds of a core."""
        self._until = now + used / LOOKING_TAKES
