"""The exit statuses of the tool: the one place that knows the numbers. It never decides what an error means."""

from __future__ import annotations

DONE = 0
RUN_FAILED = 1
USAGE = 2
NOT_ALLOWED = 3
MACHINE = 4
BUG = 70
INTERRUPTED = 130


def of_phase(phase: str, interrupted: bool = False) -> int:
    """The status of a run that ended in this phase."""
    if phase in ("succeeded", "recovered", "cached"):
        return DONE
    return INTERRUPTED if interrupted else RUN_FAILED
