"""How far a transfer is. Part of the door that `storage` is; it moves nothing."""

from __future__ import annotations

import contextlib
import contextvars
import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO

Progress = Callable[[int, int], object]
"""Called with the bytes done and the bytes in all."""


SILENT = 2.0
"""Seconds that a transfer of a task may take without a line in its log."""


@contextlib.contextmanager
def told(
    doing: str,
    done: str,
    uri: str,
    size: int,
    silent: float = SILENT,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Write a line into the log of the task that runs when a transfer takes long, and one when it is over.

    `doing` and `done` are words such as "sending to" and "sent to".
    """
    from flyte.context import current

    if current.get() is None:
        yield
        return
    started = clock()
    context = contextvars.copy_context()  # whose log it is
    timer = threading.Timer(silent, context.run, (_say, "%s %s: %s", doing, uri, spelled_bytes(size)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    seconds = clock() - started
    if seconds > silent:
        rate = spelled_bytes(int(size / seconds))
        _say("%s %s: %s in %.1f s, %s/s", done, uri, spelled_bytes(size), seconds, rate)


def _say(message: str, *parts: object) -> None:
    from flyte.logs import logger

    logger.info(message, *parts)


def spelled_bytes(count: int) -> str:
    """A number of bytes as people say it: `1.2 GB`."""
    if count < 1000:
        return f"{count} B"
    size = float(count)
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} TB"


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
