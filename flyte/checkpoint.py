"""Checkpoints: what a task saves on its way, and finds again when it starts again.

It reads and writes files of one action; it knows nothing of attempts or runs.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

_DATA = "checkpoint"
"""Name of the file that holds bytes, or of the file or folder that was saved."""


class BaseCheckpoint(ABC):
    """What a checkpoint can do."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """A folder of the task's own, to write files to that are saved later."""

    @abstractmethod
    def prev_exists(self) -> bool:
        """Whether there is something to load."""

    @abstractmethod
    def load_sync(self) -> Path | None:
        """Where the last saved data is: a file, or a folder; None when nothing was saved."""

    @abstractmethod
    def save_sync(self, data: Path | str | bytes) -> None:
        """Save bytes, a file, or a folder whole; what was saved before is replaced."""

    @abstractmethod
    async def load(self) -> Path | None:
        """As `load_sync`."""

    @abstractmethod
    async def save(self, data: Path | str | bytes) -> None:
        """As `save_sync`."""


class Checkpoint(BaseCheckpoint):
    """Data of one action in a folder.

    `checkpoint_dest` is where `save` writes; `checkpoint_src`, where `load` reads as long as nothing was saved.
    """

    def __init__(self, checkpoint_dest: str, checkpoint_src: str | None = None) -> None:
        self._destination = Path(checkpoint_dest)
        self._source = None if checkpoint_src is None else Path(checkpoint_src)
        self._work: Path | None = None

    @property
    def remote_destination(self) -> str:
        """Where `save` writes."""
        return str(self._destination)

    @property
    def remote_source(self) -> str | None:
        """Where `load` reads what an earlier attempt saved."""
        return None if self._source is None else str(self._source)

    @property
    def path(self) -> Path:
        """A folder to prepare a checkpoint in; it goes with the process's temporary files."""
        if self._work is None:
            self._work = Path(tempfile.mkdtemp(prefix="checkpoint-"))
        return self._work

    def prev_exists(self) -> bool:
        """Whether there is something to load."""
        return self._saved() is not None

    def load_sync(self) -> Path | None:
        """Where the last saved data is; None when nothing was saved."""
        return self._saved()

    def save_sync(self, data: Path | str | bytes) -> None:
        """Save bytes, or the file or folder at a path.

        Whoever loads finds this or what was there before, never a part. Raises FileNotFoundError for a path that is
        not there, OSError when it cannot be written.
        """
        if not isinstance(data, bytes) and not Path(data).exists():
            raise FileNotFoundError(f"nothing to save: there is no {data}")
        self._destination.mkdir(parents=True, exist_ok=True)
        # Folders cannot replace one another in one step, so each save has its own, and a link says which one counts.
        version = Path(tempfile.mkdtemp(prefix="v-", dir=self._destination))
        target = version / _DATA
        if isinstance(data, bytes):
            target.write_bytes(data)
        elif Path(data).is_dir():
            shutil.copytree(data, target)
        else:
            target = version / Path(data).name
            shutil.copy2(data, target)
        link = version / "link"
        link.symlink_to(target.relative_to(self._destination))
        os.replace(link, self._destination / "latest")
        for old in self._destination.glob("v-*"):
            if old != version:
                shutil.rmtree(old, ignore_errors=True)

    async def load(self) -> Path | None:
        """As `load_sync`."""
        return self._saved()

    async def save(self, data: Path | str | bytes) -> None:
        """As `save_sync`, while the loop goes on."""
        import asyncio  # deferred: whoever awaits has it

        await asyncio.to_thread(self.save_sync, data)

    def _saved(self) -> Path | None:
        for folder in (self._destination, self._source):
            latest = None if folder is None else folder / "latest"
            if latest is not None and latest.exists():
                return latest.resolve()
        return None


def latest_checkpoint(
    root: Path, glob_pattern: str = "**/last.ckpt", *, key: Callable[[Path], Any] | None = None
) -> Path | None:
    """The newest file below `root` that matches, by `key` or by the time it was changed; None when there is none."""
    found = [path for path in Path(root).glob(glob_pattern) if path.exists()]
    return max(found, key=key or _changed, default=None)


def _changed(path: Path) -> float:
    return path.stat().st_mtime
