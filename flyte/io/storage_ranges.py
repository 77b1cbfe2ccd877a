"""A file elsewhere that is read piece by piece. Part of the door that `storage` is."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flyte.io.storage import Store


class Ranges(io.RawIOBase):
    """A remote file that is read piece by piece, from anywhere in it."""

    def __init__(self, store: Store, uri: str, size: int) -> None:
        self._store = store
        self._uri = uri
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fetch as much as fits."""
        length = min(len(buffer), self._size - self._position)
        if length <= 0:
            return 0
        data = memoryview(self._store.read(self._uri, self._position, length))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
