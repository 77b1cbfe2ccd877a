"""How far a transfer is. Part of the door that `storage` is; it moves nothing."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from typing import IO

Progress = Callable[[int, int], object]
"""Called with the bytes done and the bytes in all."""


class Counted:
    """Adds up what was transferred, and tells."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._progress = progress
        self._done = 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """So many bytes more are done."""
        if self._progress is None:
            return
        with self._lock:
            self._done += count
            self._progress(self._done, self._total)

    def finish(self) -> None:
        """All are."""
        if self._done < self._total:
            self.add(self._total - self._done)


class Watched(io.RawIOBase):
    """A file that tells how far it was read."""

    def __init__(self, file: IO[bytes], counted: Counted) -> None:
        self._file = file
        self._counted = counted

    def read(self, size: int = -1) -> bytes:
        """Some of it."""
        data = self._file.read(size)
        self._counted.add(len(data))
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place it is at."""
        return self._file.tell()

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True
