"""Every other scheme, through fsspec. Part of the door that `storage` is."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from flyte.io.errors import MissingExtraError, MissingFileError
from flyte.io.storage_config import Storage

if TYPE_CHECKING:
    from flyte.io.storage import Source

STREAMED = 4 << 20
"""Bytes of a piece of a stream."""


class OtherStore:
    """Whatever fsspec knows by a scheme."""

    def __init__(self, scheme: str) -> None:
        import fsspec

        try:
            self.filesystem: Any = fsspec.filesystem(scheme)
        except ImportError as error:
            raise MissingExtraError(f"{scheme}:// needs a package that is not installed: {error}") from None
        except ValueError:
            known = ", ".join(sorted(fsspec.available_protocols()))
            raise ValueError(f"there is no storage called {scheme}://; known are {known}") from None
        self._patience = Storage.auto()

    def size(self, uri: str) -> int | None:
        """Bytes of a file; None when there is none."""
        try:
            with _translated(uri):
                found = self._again(lambda: self.filesystem.info(uri))
        except MissingFileError:
            return None
        return None if found.get("type") == "directory" else int(found.get("size") or 0)

    def read(self, uri: str, start: int, length: int) -> Any:
        """Some bytes of a file."""
        with _translated(uri):
            return self._again(lambda: self.filesystem.cat_file(uri, start=start, end=start + length))

    def stream(self, uri: str, start: int, end: int) -> Iterator[Any]:
        """The bytes from one place to another, in pieces."""
        with _translated(uri), self.filesystem.open(uri, "rb") as file:
            file.seek(start)
            while start < end and (data := file.read(min(STREAMED, end - start))):
                start += len(data)
                yield data

    def send(self, uri: str, source: Source, size: int | None, piece: int, concurrency: int) -> None:
        """Write a file, once all of it is here: few of these stores can take a write back."""
        with _whole(source) as whole, _translated(uri):
            self.filesystem.makedirs(uri.rpartition("/")[0], exist_ok=True)
            with self.filesystem.open(uri, "wb", block_size=piece) as target:
                shutil.copyfileobj(whole, target, piece)

    def below(self, uri: str) -> Iterator[tuple[str, int]]:
        """Relative name and size of every file below a prefix."""
        root = self.filesystem._strip_protocol(uri).rstrip("/")
        with _translated(uri):
            found = self._again(lambda: self.filesystem.find(uri, detail=True))
        for path, entry in found.items():
            if path != root:
                yield path[len(root) :].lstrip("/"), int(entry.get("size") or 0)

    def remove(self, uri: str) -> None:
        """Remove a file."""
        with _translated(uri):
            self.filesystem.rm_file(uri)

    def _again(self, step: Any) -> Any:
        from flyte.io.storage import retrying

        return retrying(step, self._patience)


@contextlib.contextmanager
def _whole(source: Source) -> Iterator[IO[bytes]]:
    """All of it as an open file."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
        return
    if isinstance(source, io.IOBase):
        yield source  # type: ignore[misc]
        return
    import tempfile  # deferred: only streams need it

    with tempfile.TemporaryFile() as spool:
        spool.writelines(source)
        spool.seek(0)
        yield spool


@contextlib.contextmanager
def _translated(uri: str) -> Iterator[None]:
    try:
        yield
    except MissingFileError:
        raise
    except FileNotFoundError as error:
        raise MissingFileError(f"there is no {uri}") from error
    except NotImplementedError as error:
        raise OSError(f"{uri}: this kind of storage cannot do that") from error
