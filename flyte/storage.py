"""Files and folders anywhere by path or URI, for code that moves data itself: `await flyte.storage.get("s3://...")`.

The work is done in `flyte.io.storage`, in threads; here are the names and their async forms.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path
from typing import IO, Any

from flyte.io import run_data
from flyte.io import storage as door
from flyte.io.handles import Opening, opening
from flyte.io.paths import absolute, inside, is_remote, join, last_part, scheme_of
from flyte.io.storage_config import ABFS, GCS, S3, Storage, config_for
from flyte.io.storage_progress import Progress

__all__ = [
    "ABFS",
    "GCS",
    "S3",
    "Storage",
    "exists",
    "exists_sync",
    "get",
    "get_configured_fsspec_kwargs",
    "get_random_local_directory",
    "get_random_local_path",
    "get_stream",
    "get_underlying_filesystem",
    "is_remote",
    "join",
    "open",
    "put",
    "put_stream",
]


async def exists(path: str, **options: Any) -> bool:
    """Whether there is a file or folder."""
    return await asyncio.to_thread(door.exists, path)


def exists_sync(path: str, **options: Any) -> bool:
    """Whether there is a file or folder."""
    return door.exists(path)


async def get(
    from_path: str,
    to_path: str | Path | None = None,
    recursive: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> str:
    """Fetch a file, or with `recursive` a folder; where it is now.

    Without `to_path` it goes to a fresh temporary folder. `progress` is called with the bytes done and those in all.
    Raises FileNotFoundError when there is none.
    """
    name = last_part(inside(last_part(from_path)))
    target = Path(to_path) if to_path is not None else run_data.scratch_folder() / name
    if recursive:
        return await asyncio.to_thread(door.get_tree, from_path, target, progress)
    if os.path.isdir(target):
        target = target / name
    return await asyncio.to_thread(door.get_file, from_path, target, progress)


async def put(
    from_path: str,
    to_path: str | None = None,
    recursive: bool = False,
    batch_size: int | None = None,
    chunk_size: int | None = None,
    max_concurrency: int | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> str:
    """Send a file, or with `recursive` a folder; the URI of it.

    Without `to_path` it goes to a fresh path below the data of the run. `chunk_size` is in bytes.
    """
    source = absolute(from_path)
    if not os.path.exists(source):
        raise run_data.missing(from_path)
    target = to_path if to_path is not None else run_data.fresh_path(last_part(source))
    if recursive:
        return await asyncio.to_thread(door.put_tree, source, target, progress)
    return await asyncio.to_thread(door.put_file, source, target, progress, chunk_size, max_concurrency)


def open(path: str, mode: str = "rb", **options: Any) -> Opening[IO[Any]]:
    """Open a file anywhere: `async with flyte.storage.open(uri) as file: data = await file.read()`."""
    return opening(lambda: door.open_file(path, mode, **options))


async def get_stream(path: str, chunk_size: int = 10 * 2**20, **options: Any) -> AsyncGenerator[bytes, None]:
    """The content of a file in pieces."""
    pieces = door.stream(path, chunk_size)
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece
    finally:
        await asyncio.to_thread(pieces.close)  # type: ignore[attr-defined]


async def put_stream(
    data_iterable: AsyncIterable[bytes] | bytes,
    *,
    name: str | None = None,
    to_path: str | None = None,
    size_hint: int | None = None,
    chunk_size: int | None = None,
    max_concurrency: int | None = None,
    **options: Any,
) -> str:
    """Write bytes, or what an async generator makes, to a path; without one to a fresh path of the run."""
    target = to_path if to_path is not None else run_data.fresh_path(name)
    async with open(target, "wb") as file:
        if isinstance(data_iterable, (bytes, bytearray, memoryview)):
            await file.write(data_iterable)
        else:
            async for piece in data_iterable:
                await file.write(piece)
    return target


def get_random_local_directory() -> Path:
    """A fresh temporary folder; inside a task it is gone when the run is over."""
    return run_data.scratch_folder()


def get_random_local_path(file_path_or_file_name: Path | str | None = None) -> Path:
    """A fresh temporary path, with the name given or one of its own."""
    name = last_part(os.fspath(file_path_or_file_name)) if file_path_or_file_name else "data"
    return run_data.scratch_folder() / (name or "data")


def get_configured_fsspec_kwargs(protocol: str | None = None, anonymous: bool = False) -> dict[str, Any]:
    """The settings a store is opened with."""
    from flyte.initialize import settings

    config = config_for(protocol or "file", settings().storage)
    return {} if config is None else config.get_fsspec_kwargs(anonymous)


def get_underlying_filesystem(
    protocol: str | None = None, anonymous: bool = False, path: str | None = None, **options: Any
) -> Any:
    """The fsspec file system of a protocol or path."""
    scheme = protocol or (scheme_of(path) if path is not None and is_remote(path) else "file")
    return door.filesystem(scheme, anonymous, **options)
