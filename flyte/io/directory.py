"""A folder that tasks pass to each other by where it is. Its files travel only when somebody reads them."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from flyte.io import run_data
from flyte.io.file import ListedFile, reference_schema
from flyte.io.paths import absolute, below, inside, is_remote, join, last_part, local
from flyte.io.ready import Both, Ready, here_or_in_thread, in_thread
from flyte.io.reference import Reference

NOTHING = "/dev/null/empty"
"""The path of a folder that is empty and nowhere."""


class Dir(Reference):
    """A reference to a folder: `Dir(path="images")`, `await Dir.from_local("images")`."""

    _fields: ClassVar[tuple[str, ...]] = ("path", "name", "format", "hash")
    _description: ClassVar[str] = "A directory reference with an optional format type."
    _kind: ClassVar[str] = "dir"

    path: str
    name: str
    format: str
    hash: str | None

    def __init__(
        self,
        *,
        path: str | os.PathLike[str],
        name: str | None = None,
        format: str | None = None,
        hash: str | None = None,
    ) -> None:
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"Dir(path=...) takes a str or a path, got {type(path).__name__} {path!r}")
        self.path = os.fspath(path)
        self.name = name if name is not None else last_part(self.path)
        self.format = self._default_format if format is None else format
        self.hash = hash

    # --- making one

    @classmethod
    def from_local(
        cls,
        local_path: str | os.PathLike[str],
        remote_destination: str | None = None,
        dir_cache_key: str | None = None,
        batch_size: int | None = None,
        chunk_size: int | None = None,
        max_concurrency: int | None = None,
    ) -> ReadyDir:
        """Take in a folder as it is now: `await` it in async tasks; in sync ones the await is left out.

        Raises MissingFileError, a ValueError, when it is not there.
        """

        def make() -> Dir:
            return cls.from_local_sync(local_path, remote_destination, dir_cache_key)

        return here_or_in_thread(make, ReadyDir._of)  # type: ignore[no-any-return]

    @classmethod
    def from_local_sync(
        cls,
        local_path: str | os.PathLike[str],
        remote_destination: str | None = None,
        dir_cache_key: str | None = None,
        batch_size: int | None = None,
        chunk_size: int | None = None,
        max_concurrency: int | None = None,
    ) -> Dir:
        """Take in a folder as it is now; outside a run it stays where it is."""
        path = absolute(local_path)
        if not os.path.isdir(path):
            raise run_data.missing(os.fspath(local_path), "folder")
        if remote_destination is not None:
            from flyte.io import storage

            return cls(path=storage.put_tree(path, absolute(remote_destination)), hash=dir_cache_key)
        stored = run_data.keep_tree(path)
        return cls(path=stored.path, hash=dir_cache_key or stored.hash or None)

    @classmethod
    def new_remote(cls, dir_name: str | None = None, hash: str | None = None) -> Dir:
        """A folder of the run that is still to be filled. Raises ValueError outside a task."""
        path = run_data.fresh_path(dir_name)
        if not is_remote(path):
            os.makedirs(path)
        return cls(path=path, hash=hash)

    @classmethod
    def from_existing_remote(cls, remote_path: str, dir_cache_key: str | None = None) -> Dir:
        """Refer to a folder that is somewhere already; the key, when there is one, stands for its content in caches."""
        return cls(path=remote_path, hash=dir_cache_key)

    @classmethod
    def empty(cls) -> Dir:
        """A folder with nothing in it."""
        return EmptyDir(path=NOTHING, name="empty")

    # --- using one

    @property
    def is_empty(self) -> bool:
        """Whether this is the folder that never holds anything."""
        return self.path == NOTHING

    def walk(self, recursive: bool = True, max_depth: int | None = None, file_pattern: str = "*") -> Both[ListedFile]:
        """The files in it, for `for` and `async for`; each is a File and its path as text.

        Files of the folder itself have depth 1; without `recursive` there are no others.
        """
        return Both(lambda: self._files(1 if not recursive else max_depth, file_pattern))

    def walk_sync(
        self, recursive: bool = True, file_pattern: str = "*", max_depth: int | None = None
    ) -> Iterator[ListedFile]:
        """The files in it."""
        return self._files(1 if not recursive else max_depth, file_pattern)

    def list_files_sync(self) -> list[ListedFile]:
        """The files in the folder itself, without those further down."""
        return list(self._files(1, "*"))

    async def list_files(self) -> list[ListedFile]:
        """The files in the folder itself, without those further down."""
        return await in_thread(self.list_files_sync)

    def get_file_sync(self, file_name: str) -> ListedFile | None:
        """The file of that name; None when there is none. Raises ValueError for a name that leads out of the folder."""
        file = ListedFile(below(self._root(), file_name))
        is_there = file.exists_sync() if is_remote(file.path) else os.path.isfile(file.path)
        return file if is_there else None

    async def get_file(self, file_name: str) -> ListedFile | None:
        """The file of that name; None when there is none."""
        return await in_thread(self.get_file_sync, file_name)

    def download_sync(self, local_path: str | os.PathLike[str] | None = None) -> str:
        """A local path of it: where it is, or a copy at the path that is given."""
        from flyte.io import storage

        if local_path is None and not is_remote(self.path):
            return self._existing()
        if local_path is None:
            target = run_data.scratch_folder() / last_part(inside(self.name or "data"))
        else:
            target = Path(os.path.expanduser(local_path))
        target.mkdir(parents=True, exist_ok=True)
        if self.is_empty:
            return str(target)
        return storage.get_tree(self.path if is_remote(self.path) else self._existing(), target)

    async def download(self, local_path: str | os.PathLike[str] | None = None) -> str:
        """Do what `download_sync` does without blocking the loop."""
        return await in_thread(self.download_sync, local_path)

    def exists_sync(self) -> bool:
        """Whether it is there."""
        from flyte.io import storage

        return self.is_empty or storage.exists(self.path)

    async def exists(self) -> bool:
        """Whether it is there."""
        return await in_thread(self.exists_sync)

    def __fspath__(self) -> str:
        return local(self.path)

    # --- passing it on

    def packed(self) -> dict[str, Any]:
        """The fields, after the folder became part of the run's data."""
        if self.is_empty:
            return self._values()
        stored = run_data.keep_tree(self.path, last_part(inside(self.name or "data")))
        return {"path": stored.path, "name": self.name, "format": self.format, "hash": self.hash or stored.hash or None}

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """What a folder looks like inside a packed value."""
        return reference_schema(cls, "Dir")

    def _files(self, max_depth: int | None, pattern: str) -> Iterator[ListedFile]:
        from flyte.io import storage

        root = self._root()
        for relative in () if self.is_empty else storage.list_below(root):
            depth = relative.count("/") + 1
            if (max_depth is None or depth <= max_depth) and fnmatch.fnmatch(last_part(relative), pattern):
                yield ListedFile(join(root, relative))

    def _root(self) -> str:
        if is_remote(self.path) or self.is_empty:
            return self.path
        return self._existing()

    def _existing(self) -> str:
        path = absolute(self.path)
        if not os.path.isdir(path):
            raise run_data.missing(path, "folder")
        return path


class ReadyDir(Ready, Dir):
    """A folder that may be awaited, as `Dir.from_local` gives in sync code."""

    @classmethod
    def _of(cls, folder: Dir) -> ReadyDir:
        return cls(path=folder.path, name=folder.name, format=folder.format, hash=folder.hash)


class EmptyDir(Dir):
    """A folder with nothing in it."""

    def __init__(self, *, path: str = NOTHING, name: str | None = "empty", **fields: Any) -> None:
        super().__init__(path=path, name=name, **fields)
