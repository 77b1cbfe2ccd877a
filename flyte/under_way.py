"""Which runs are under way, as marks in the state folder: one that outlives its driver tells of an interruption.

A mark is an empty file, so that looking for none costs 20 us. It decides nothing: a run's journal and lock do.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

FOLDER = "going"


def mark(home: str | os.PathLike[str], run: str) -> None:
    """A run has begun. Without the mark its interruption would go untold, which is no reason to refuse it."""
    with suppress(OSError):
        Path(home, FOLDER).mkdir(exist_ok=True)
        Path(home, FOLDER, run).touch()


def unmark(home: str | os.PathLike[str], run: str) -> bool:
    """It has ended, or its interruption is to be told; False when the mark is gone already, or cannot be removed."""
    try:
        Path(home, FOLDER, run).unlink()
    except OSError:
        return False
    return True


def left_behind(home: str | os.PathLike[str]) -> Sequence[str]:
    """Marked runs whose driver is gone; those that ended in its last moment are among them."""
    try:
        names = os.listdir(os.path.join(home, FOLDER))
    except OSError:
        return ()
    return sorted(name for name in names if not _has_driver(Path(home, "runs", name)))


def _has_driver(folder: Path) -> bool:
    import fcntl  # deferred: as a rule there is no mark to look behind

    try:
        with open(folder / "lock", "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # the folder is gone
        return False
    return False
