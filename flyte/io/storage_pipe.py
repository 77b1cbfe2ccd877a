"""A file that is written here and sent elsewhere while it is written. Part of the door that `storage` is."""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

PIECE = 1 << 20
WAITING = 16
"""Pieces that may wait to be sent: whoever writes faster than the network waits."""


class _GivenUp(Exception):
    """The writer failed: nothing is to be left of it."""


class Pipe(io.RawIOBase):
    """Hands what is written to a sender in another thread. After an error in the `with` block nothing is sent."""

    def __init__(self, send: Callable[[Iterator[bytes]], object]) -> None:
        self._pieces: queue.Queue[bytes | BaseException | None] = queue.Queue(WAITING)
        self._failure: BaseException | None = None
        self._buffer = bytearray()
        self._written = 0
        self._all_taken = False
        self._thread = threading.Thread(target=self._run, args=(send,), name="flyte-transfer", daemon=True)
        self._thread.start()

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """How much was written."""
        return self._written

    def write(self, data: Any) -> int:
        """Take some bytes."""
        if self._failure is not None:
            raise self._failure
        view = memoryview(data).cast("B")
        self._buffer += view
        self._written += len(view)
        if len(self._buffer) >= PIECE:
            self._hand_on()
        return len(view)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        else:
            self._pieces.put(_GivenUp())
            self._thread.join()
        self.close()

    def finish(self) -> None:
        """Send the rest, and wait until it is there."""
        self._hand_on()
        self._pieces.put(None)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _hand_on(self) -> None:
        self._pieces.put(bytes(self._buffer))
        self._buffer.clear()

    def _run(self, send: Callable[[Iterator[bytes]], object]) -> None:
        try:
            send(self._all())
        except BaseException as error:  # it is raised in the thread that writes
            self._failure = error
            self._drain()

    def _all(self) -> Iterator[bytes]:
        while (piece := self._take()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            if piece:
                yield piece

    def _take(self) -> bytes | BaseException | None:
        piece = self._pieces.get()
        self._all_taken = piece is None or isinstance(piece, BaseException)
        return piece

    def _drain(self) -> None:
        """Let the writer come to its end, where it learns of the failure."""
        while not self._all_taken:
            self._take()
