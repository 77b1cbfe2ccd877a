"""The folder for what the tasks of a run need for a while: temporary files go there, and all of it goes with the run.

What a task leaves there and returns need not be copied: nobody else writes to it. What is left of a run whose driver
was killed goes when the next run starts, which is the engine's business.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

LONGEST = 75
"""Characters: programs put sockets into their temporary folder, and the path of a socket ends at 107."""


def use_scratch_folder(home: str, run: str) -> None:
    """Let this process put its temporary files into the run's scratch folder, unless it was told where they go."""
    folder = Path(home) / "runs" / run / "scratch" / str(os.getpid())
    if len(str(folder)) > LONGEST or (os.environ.get("TMPDIR") and sys.platform != "darwin"):  # macOS always sets it
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # a full or read-only disk is said by whoever needs it
    os.environ["TMPDIR"] = str(folder)
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None  # type: ignore[attr-defined]  # it is looked for again


def claim(home: str, run: str, what: str) -> bool:
    """Whether this is the first process of the run that says so; on a disk that cannot be written, every one is."""
    import hashlib  # deferred: 1 ms, and few runs have something to say

    folder = Path(home) / "runs" / run / "scratch" / "said"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.md5(what.encode()).hexdigest()).touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        pass
    return True


def remove_scratch_folder(run: Path) -> None:
    """Remove what the tasks of a run that is over left in its scratch folder."""
    folder = run / "scratch"
    if folder.is_dir():
        import shutil  # deferred: 4 ms, and few runs have one

        shutil.rmtree(folder, ignore_errors=True)
