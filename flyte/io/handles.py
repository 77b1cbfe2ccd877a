"""Open files for async code: every read and write happens in a thread, so the loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Generator
from types import TracebackType
from typing import IO, Any, Generic, TypeVar

T = TypeVar("T")


class AsyncFile:
    """A file whose methods are awaited: `data = await file.read()`."""

    def __init__(self, file: IO[Any]) -> None:
        self._file = file

    async def read(self, size: int = -1) -> Any:
        """Some of it; all that is left without a size."""
        return await asyncio.to_thread(self._file.read, size)

    async def readall(self) -> Any:
        """All that is left."""
        return await self.read()

    async def readline(self, size: int = -1) -> Any:
        """The next line."""
        return await asyncio.to_thread(self._file.readline, size)

    async def readlines(self) -> list[Any]:
        """All lines that are left."""
        return await asyncio.to_thread(self._file.readlines)

    async def write(self, data: Any) -> int:
        """Write some; how much was written."""
        return await asyncio.to_thread(self._file.write, data)

    async def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        return await asyncio.to_thread(self._file.seek, offset, whence)

    async def tell(self) -> int:
        """The place it is at."""
        return self._file.tell()

    async def flush(self) -> None:
        """Write what waits."""
        await asyncio.to_thread(self._file.flush)

    async def close(self) -> None:
        """Close it before the `async with` block ends."""
        await asyncio.to_thread(self._file.close)

    def seekable(self) -> bool:
        """Whether `seek` works."""
        return self._file.seekable()

    async def __aiter__(self) -> AsyncIterator[Any]:
        while line := await self.readline():
            yield line


class Opening(Generic[T]):
    """A file that opens when it is awaited or entered: `await open(...)`, `async with open(...) as file`."""

    def __init__(self, opened: Callable[[], contextlib.AbstractContextManager[T]], wrap: Callable[[T], Any]) -> None:
        self._make = opened
        self._wrap = wrap
        self._manager: contextlib.AbstractContextManager[T] | None = None

    async def __aenter__(self) -> Any:
        self._manager = manager = self._make()
        return self._wrap(await asyncio.to_thread(manager.__enter__))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        assert self._manager is not None  # it was entered
        return await asyncio.to_thread(self._manager.__exit__, kind, error, traceback)

    def __await__(self) -> Generator[Any, None, Any]:
        return self._open().__await__()

    async def _open(self) -> Any:
        file = await self.__aenter__()
        file.close = lambda: self.__aexit__(None, None, None)
        return file


def opening(opened: Callable[[], contextlib.AbstractContextManager[IO[Any]]]) -> Opening[IO[Any]]:
    """An async file of what a context manager opens."""
    return Opening(opened, AsyncFile)
