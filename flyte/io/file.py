"""A file that tasks pass to each other by where it is. Its bytes travel only when somebody reads them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, ClassVar

from flyte.io import run_data
from flyte.io.errors import MissingFileError, ReadOnlyError
from flyte.io.handles import Opening, opening
from flyte.io.hashing import HashMethod, started
from flyte.io.paths import absolute, inside, is_remote, last_part, local
from flyte.io.ready import Ready, here_or_in_thread, in_thread
from flyte.io.reference import Reference, optional_text, text

PIECE = 1 << 20


class File(Reference):
    """A reference to a file: `File(path="model.bin")`, `await File.from_local("model.bin")`."""

    _fields: ClassVar[tuple[str, ...]] = ("path", "name", "format", "hash")
    _description: ClassVar[str] = "A file reference with an optional format type."
    _kind: ClassVar[str] = "file"

    path: str
    name: str
    format: str
    hash: str | None
    hash_method: HashMethod | None

    def __init__(
        self,
        *,
        path: str | os.PathLike[str],
        name: str | None = None,
        format: str | None = None,
        hash: str | None = None,
        hash_method: HashMethod | str | None = None,
    ) -> None:
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"File(path=...) takes a str or a path, got {type(path).__name__} {path!r}")
        self.path = os.fspath(path)
        self.name = name if name is not None else last_part(self.path)
        self.format = self._default_format if format is None else format
        self.hash = hash_method if isinstance(hash_method, str) else hash
        self.hash_method = None if isinstance(hash_method, str) else hash_method

    # --- making one

    @classmethod
    def from_local(
        cls,
        local_path: str | os.PathLike[str],
        remote_destination: str | None = None,
        hash_method: HashMethod | str | None = None,
        chunk_size: int | None = None,
        max_concurrency: int | None = None,
    ) -> ReadyFile:
        """Take in a file as it is now: `await` it in async tasks; in sync ones the await is left out.

        Raises MissingFileError, a ValueError, when it is not there.
        """

        def make() -> File:
            return cls.from_local_sync(local_path, remote_destination, hash_method, chunk_size, max_concurrency)

        return here_or_in_thread(make, ReadyFile._of)  # type: ignore[no-any-return]

    @classmethod
    def from_local_sync(
        cls,
        local_path: str | os.PathLike[str],
        remote_destination: str | None = None,
        hash_method: HashMethod | str | None = None,
        chunk_size: int | None = None,
        max_concurrency: int | None = None,
    ) -> File:
        """Take in a file as it is now; outside a run it stays where it is."""
        path = absolute(local_path)
        if not os.path.isfile(path):
            raise run_data.missing(os.fspath(local_path))
        digest = None if hash_method is None else _digest(path, hash_method)
        if remote_destination is not None:
            from flyte.io import storage

            uri = storage.put_file(path, absolute(remote_destination), None, chunk_size, max_concurrency)
            return cls(path=uri, hash=digest)
        stored = run_data.keep_file(path)
        return cls(path=stored.path, hash=digest or stored.hash or None)

    @classmethod
    def from_string(cls, content: str | bytes, name: str = "data.txt") -> File:
        """Make a file of some text, or of bytes."""
        data = content.encode() if isinstance(content, str) else content

        def write(path: Path) -> None:
            path.write_bytes(data)

        return cls._made(write, name)

    @classmethod
    def from_dataframe(cls, frame: Any, name: str = "data.parquet") -> File:
        """Make a file of a data frame; the name's ending says in which format."""
        from flyte.io import formats  # deferred: only where there are frames

        return cls._made(lambda path: formats.write_file(frame, path), name)

    @classmethod
    def new_remote(cls, file_name: str | None = None, hash_method: HashMethod | str | None = None) -> File:
        """A file of the run that is still to be written, with `open("wb")` or by its path.

        Raises ValueError outside a task.
        """
        return cls(path=run_data.fresh_path(file_name), hash_method=hash_method)

    @classmethod
    def named_remote(cls, name: str) -> File:
        """The file of that name in the run: the same one for every task that asks."""
        return cls(path=run_data.named_path(name))

    @classmethod
    def from_existing_remote(cls, remote_path: str, file_cache_key: str | None = None) -> File:
        """Refer to a file that is somewhere already; the key, when there is one, stands for its content in caches."""
        return cls(path=remote_path, hash=file_cache_key)

    @classmethod
    def _made(cls, write: Any, name: str) -> File:
        folder = run_data.scratch_folder()
        path = folder / last_part(inside(name))
        try:
            write(path)
            stored = run_data.take_in(str(path), may_move=True)
        finally:
            import shutil  # deferred: 4 ms

            shutil.rmtree(folder, ignore_errors=True)
        return cls(path=stored.path, hash=stored.hash)

    # --- using one

    def open(self, mode: str = "rb", **options: Any) -> Opening[IO[Any]]:
        """Open it in async code: `async with file.open() as fh: data = await fh.read()`."""
        return opening(lambda: self.open_sync(mode, **options))

    @contextlib.contextmanager
    def open_sync(self, mode: str = "rb", **options: Any) -> Iterator[IO[Any]]:
        """Open it: `with file.open_sync() as fh: data = fh.read()`."""
        from flyte.io import storage

        for name in ("block_size", "cache_type", "cache_options"):  # of use to other implementations only
            options.pop(name, None)
        compression = options.pop("compression", None)
        if mode.strip("bt") != "r":
            self._check_writable()
        try:
            with storage.open_file(self.path, mode, **options) as file, _uncompressed(file, compression, mode) as plain:
                if self.hash_method is None or mode.strip("bt") == "r":
                    yield plain
                else:
                    hashed = _HashedWrites(plain, self.hash_method)
                    yield hashed  # type: ignore[misc]
                    self.hash = hashed.result()
        except MissingFileError:
            raise
        except FileNotFoundError:
            raise run_data.missing(self.path) from None

    def read(self, mode: str = "r") -> Any:
        """All of it: as text, or as bytes with `read("rb")`."""
        with self.open_sync(mode) as file:
            return file.read()

    def download_sync(self, local_path: str | os.PathLike[str] | None = None) -> str:
        """A local path of it: where it is, or a copy at the path or in the folder that is given."""
        from flyte.io import storage

        if local_path is None and not is_remote(self.path):
            return self._existing()
        target = run_data.scratch_folder() if local_path is None else Path(os.path.expanduser(local_path))
        if target.is_dir() or os.fspath(local_path or "").endswith(os.sep):
            target = target / last_part(inside(self.name or "data"))
        source = self.path if is_remote(self.path) else self._existing()
        return storage.get_file(source, target)

    async def download(self, local_path: str | os.PathLike[str] | None = None) -> str:
        """Do what `download_sync` does without blocking the loop."""
        return await in_thread(self.download_sync, local_path)

    def exists_sync(self) -> bool:
        """Whether it is there."""
        from flyte.io import storage

        return storage.exists(self.path)

    async def exists(self) -> bool:
        """Whether it is there."""
        return await in_thread(self.exists_sync)

    def __fspath__(self) -> str:
        return local(self.path)

    # --- passing it on

    def packed(self) -> dict[str, Any]:
        """The fields, after the file became part of the run's data."""
        stored = run_data.keep_file(self.path, last_part(inside(self.name or "data")))
        return {"path": stored.path, "name": self.name, "format": self.format, "hash": self.hash or stored.hash or None}

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """What a file looks like inside a packed value."""
        return reference_schema(cls, "File")

    def _existing(self) -> str:
        path = absolute(self.path)
        if not os.path.isfile(path):
            raise run_data.missing(path)
        return path

    def _check_writable(self) -> None:
        """What a run recorded stays as it was."""
        if is_remote(self.path):
            return
        path = local(self.path)
        if run_data.is_recorded(os.path.realpath(path)):
            raise ReadOnlyError(
                f"{path} is the recorded result of a task and cannot be changed: "
                "write to File.new_remote(), or change a copy: file.download_sync('copy')"
            )


class ReadyFile(Ready, File):
    """A file that may be awaited, as `File.from_local` gives in sync code."""

    @classmethod
    def _of(cls, file: File) -> ReadyFile:
        return cls(path=file.path, name=file.name, format=file.format, hash=file.hash)


class ListedFile(str, File):  # type: ignore[misc]  # `str.format` gives way to the field
    """A file of a folder: a File, and its path as text."""

    def __new__(cls, path: str) -> ListedFile:
        """Be the path."""
        return str.__new__(cls, path)

    def __init__(self, path: str) -> None:
        File.__init__(self, path=path)

    __fspath__ = File.__fspath__
    __repr__ = File.__repr__
    __reduce__ = File.__reduce__
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) if isinstance(other, str) else File.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def reference_schema(cls: type[Reference], title: str) -> dict[str, Any]:
    """The JSON schema of a reference with a path."""
    return {
        "description": cls._description,
        "properties": {
            "path": text("Path"),
            "name": optional_text("Name", None),
            "format": text("Format", default=""),
            "hash": optional_text("Hash", None),
        },
        "required": ["path"],
        "title": title,
        "type": "object",
        "x-flyte-type": cls._kind,
    }


def _digest(path: str, method: HashMethod | str) -> str:
    feeding = started(method)
    if not isinstance(method, str):
        with open(path, "rb") as file:
            while data := file.read(PIECE):
                feeding.update(data)
    return feeding.result()


class _HashedWrites:
    """An open file that feeds a hash with what is written."""

    def __init__(self, file: IO[Any], method: HashMethod) -> None:
        self._file = file
        self._feeding = started(method)

    def write(self, data: Any) -> int:
        written = self._file.write(data)
        self._feeding.update(data.encode() if isinstance(data, str) else data)
        return written

    def result(self) -> str:
        """The hash of what was written."""
        return self._feeding.result()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextlib.contextmanager
def _uncompressed(file: IO[Any], compression: str | None, mode: str) -> Iterator[IO[Any]]:
    if compression is None:
        yield file
        return
    import importlib

    module = {"gzip": "gzip", "bz2": "bz2", "xz": "lzma", "lzma": "lzma"}.get(compression)
    if module is None:
        raise ValueError(f"compression must be 'gzip', 'bz2' or 'xz', got {compression!r}")
    with importlib.import_module(module).open(file, mode) as plain:
        yield plain
