"""The one door to storage: folders of this machine directly, object stores through obstore, the rest through fsspec.

Transfers are concurrent and in pieces; what arrives is shown when it is whole. It knows nothing of runs.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

from flyte.io.content import Stored
from flyte.io.errors import MissingFileError
from flyte.io.paths import is_remote, join, last_part, local, scheme_of
from flyte.io.storage_config import Storage, config_for
from flyte.io.storage_progress import Counted, Progress, Watched, told
from flyte.io.storage_ranges import Ranges

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

CONCURRENCY = 8
PIECE = 8 << 20
"""Bytes of one part of a transfer; with the concurrency it bounds the memory that a transfer takes."""
SMALLEST_PART = 64 << 20
"""Bytes: parts of a file are fetched at the same time, few and large, since every request has a price."""
OBJECT_STORES = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl")

Source = Path | IO[bytes] | Iterator[bytes]
"""What is sent: a file by path, one that is open, or pieces as they are made."""

T = TypeVar("T")


class Store(Protocol):
    """One bucket, or whatever a scheme has in its place. Keys are whole URIs.

    Raises MissingFileError, PermissionError, or OSError, each naming the URI.
    """

    def size(self, uri: str) -> int | None:
        """Bytes of a file; None when there is none."""

    def read(self, uri: str, start: int, length: int) -> Any:
        """Some bytes of a file, as something with a buffer."""

    def stream(self, uri: str, start: int, end: int) -> Iterator[Any]:
        """The bytes from one place to another, in pieces."""

    def send(self, uri: str, source: Source, size: int | None, piece: int, concurrency: int) -> None:
        """Write a file whole, or not at all when the source raises."""

    def below(self, uri: str) -> Iterator[tuple[str, int]]:
        """Relative name and size of every file below a prefix."""

    def remove(self, uri: str) -> None:
        """Remove a file."""


def store_for(uri: str, *, anonymous: bool = False) -> Store:
    """The store that a URI is in. Raises MissingExtraError when its package is not installed."""
    from flyte.initialize import settings

    scheme = scheme_of(uri)
    bucket = uri.partition("://")[2].partition("/")[0]
    config = config_for(scheme, settings().storage)
    return _store(scheme, bucket if scheme in OBJECT_STORES else "", config, anonymous, os.getpid())


@functools.lru_cache(maxsize=32)
def _store(scheme: str, bucket: str, config: Storage | None, anonymous: bool, process: int) -> Store:
    # `process` is part of the key: what a fork inherits has no threads.
    if scheme in OBJECT_STORES:
        from flyte.io.storage_objects import ObjectStore

        return ObjectStore(scheme, bucket, config or Storage(), anonymous)
    from flyte.io.storage_others import OtherStore

    return OtherStore(scheme)


def filesystem(scheme: str, anonymous: bool = False, **options: Any) -> Any:
    """The fsspec file system of a scheme; object stores come from obstore when it is there."""
    if scheme in OBJECT_STORES:
        from obstore.fsspec import FsspecStore

        from flyte.initialize import settings

        config = config_for(scheme, settings().storage) or Storage()
        make: Any = FsspecStore  # its overloads tell apart what a variable cannot
        return make(scheme, **{**config.get_fsspec_kwargs(anonymous), **options})
    import fsspec

    return fsspec.filesystem(scheme, **options)


# --- whole files and folders --------------------------------------------------------------------------------------


def exists(path: str) -> bool:
    """Whether there is a file or a folder."""
    if not is_remote(path):
        return os.path.exists(local(path))
    store = store_for(path)
    try:
        return store.size(path) is not None or next(store.below(path), None) is not None
    except MissingFileError:  # not even the bucket
        return False


def is_file(path: str) -> bool:
    """Whether there is a file, and not a folder."""
    return store_for(path).size(path) is not None if is_remote(path) else os.path.isfile(local(path))


def get_file(uri: str, target: str | Path, progress: Progress | None = None, concurrency: int = CONCURRENCY) -> str:
    """Fetch a file; it has its name when it is whole. Raises MissingFileError."""
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not is_remote(uri):
        return _copy_local(local(uri), target)
    store = store_for(uri)
    size = store.size(uri)
    if size is None:
        raise MissingFileError(f"there is no file {uri}")
    with told("fetching", "fetched", uri, size), _arriving(target) as arriving:
        _fetch(store, uri, arriving, size, Counted(size, progress), concurrency)
    return str(target)


def put_file(
    source: str | Path,
    uri: str,
    progress: Progress | None = None,
    piece: int | None = None,
    concurrency: int | None = None,
) -> str:
    """Send a file; it is visible when it is whole."""
    if not is_remote(uri):
        return _copy_local(str(source), Path(local(uri)))
    size = os.path.getsize(source)
    counted = Counted(size, progress)
    with told("sending to", "sent to", uri, size), contextlib.ExitStack() as stack:
        file = Path(source) if progress is None else Watched(stack.enter_context(open(source, "rb")), counted)
        store_for(uri).send(uri, file, size, piece or _piece_for(size), concurrency or CONCURRENCY)
    counted.finish()
    return uri


def get_tree(uri: str, folder: str | Path, progress: Progress | None = None) -> str:
    """Fetch everything below a prefix, several files at a time. Raises MissingFileError when there is nothing."""
    if not is_remote(uri):
        return str(shutil.copytree(local(uri), folder, dirs_exist_ok=True, copy_function=_copy_local))
    found = list(store_for(uri).below(uri))
    if not found:
        raise MissingFileError(f"there is nothing below {uri}")
    total = sum(size for _, size in found)
    counted = Counted(total, progress)
    store, target = store_for(uri), Path(folder)

    def fetch(entry: tuple[str, int]) -> None:
        name, size = entry
        place = _place_below(target, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with _arriving(place) as arriving:
            _fetch(store, join(uri, name), arriving, size, counted, 1 if size < 4 * PIECE else CONCURRENCY)

    with told("fetching", "fetched", uri, total):
        _all(fetch, found)
    return str(folder)


def put_tree(folder: str | Path, uri: str, progress: Progress | None = None) -> str:
    """Send everything below a folder, several files at a time."""
    if not is_remote(uri):
        return str(shutil.copytree(folder, local(uri), dirs_exist_ok=True, copy_function=_copy_local))
    root = Path(folder)
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    total = sum(path.stat().st_size for path in files)
    counted = Counted(total, progress)

    def send(path: Path) -> None:
        put_file(path, join(uri, path.relative_to(root).as_posix()), lambda done, total: None, concurrency=2)
        counted.add(path.stat().st_size)

    with told("sending to", "sent to", uri, total):
        _all(send, files)
    return uri


def keep_file(path: str, base: str, name: str) -> Stored:
    """Send a file to where its content belongs below `base`, unless that is there already."""
    from flyte._core import fingerprint

    digest = fingerprint(path)[:32]
    uri = join(base, digest, last_part(name))
    if store_for(uri).size(uri) != os.path.getsize(path):
        put_file(path, uri)
    return Stored(uri, digest)


def keep_tree(folder: str, base: str, name: str) -> Stored:
    """Send a folder to where its content belongs below `base`, what is there already excepted."""
    import hashlib  # deferred: 1 ms

    from flyte._core import fingerprint

    root = Path(folder)
    files = {path.relative_to(root).as_posix(): path for path in sorted(root.rglob("*")) if path.is_file()}
    prints = {relative: fingerprint(path) for relative, path in files.items()}
    text = "".join(f"{relative}\0{digest}\n" for relative, digest in prints.items())
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    uri = join(base, digest, last_part(name))
    there = dict(store_for(uri).below(uri))
    missing = [relative for relative, path in files.items() if there.get(relative) != path.stat().st_size]
    _all(lambda relative: put_file(files[relative], join(uri, relative), concurrency=2), missing)
    return Stored(uri, digest)


def list_below(path: str) -> Iterator[str]:
    """Relative names of all files below a folder or prefix, sorted."""
    if is_remote(path):
        yield from sorted(name for name, _ in store_for(path).below(path))
        return
    root = local(path)
    for here, folders, files in os.walk(root, followlinks=True):
        folders.sort()
        relative = os.path.relpath(here, root)
        for name in sorted(files):
            yield name if relative == "." else f"{relative}/{name}"


def read_bytes(uri: str) -> bytes:
    """All of a file."""
    with open_file(uri, "rb") as file:
        return bytes(file.read())


# --- streams ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def open_file(path: str, mode: str = "rb", **options: Any) -> Iterator[IO[Any]]:
    """Open a file anywhere. What is written elsewhere is there when it is closed, and not at all after an error."""
    if not is_remote(path):
        with _open_local(local(path), mode, options) as file:
            yield file
        return
    binary = _reading(path) if "r" in mode else _writing(path, mode)
    with binary as raw:
        if "b" in mode:
            yield raw
            return
        text = io.TextIOWrapper(raw, **{"encoding": "utf-8", **options})
        yield text
        text.flush()
        text.detach()


def stream(path: str, piece: int) -> Iterator[bytes]:
    """The content of a file in pieces."""
    with open_file(path, "rb") as file:
        while data := file.read(piece):
            yield bytes(data)


@contextlib.contextmanager
def _open_local(path: str, mode: str, options: dict[str, Any]) -> Iterator[IO[Any]]:
    if "r" not in mode:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    if "b" not in mode:
        options = {"encoding": "utf-8", **options}
    with open(path, mode, **options) as file:
        yield file


@contextlib.contextmanager
def _reading(uri: str) -> Iterator[IO[bytes]]:
    store = store_for(uri)
    size = store.size(uri)
    if size is None:
        raise MissingFileError(f"there is no file {uri}")
    with io.BufferedReader(Ranges(store, uri, size), buffer_size=PIECE) as file:
        yield file


@contextlib.contextmanager
def _writing(uri: str, mode: str) -> Iterator[IO[bytes]]:
    if "a" in mode or "+" in mode:
        raise ValueError(f"mode {mode!r} does not work for {uri}: objects are written whole, with 'wb' or 'w'")
    from flyte.io.storage_pipe import Pipe  # deferred: it brings threads

    with Pipe(lambda pieces: store_for(uri).send(uri, pieces, None, PIECE, CONCURRENCY)) as file:
        yield file  # type: ignore[misc]


# --- the steps ----------------------------------------------------------------------------------------------------


def retrying(step: Callable[[], T], config: Storage, sleep: Callable[[float], None] = time.sleep) -> T:
    """Do something that a network may spoil, again and again, with longer and longer pauses.

    Only what may be better next time is tried again: lost connections and timeouts, not missing files.
    """
    pause = config.backoff.total_seconds()
    for _ in range(config.retries):
        try:
            return step()
        except (ConnectionError, TimeoutError):
            sleep(pause)
            pause *= 2
    return step()


def _fetch(store: Store, uri: str, target: Path, size: int, counted: Counted, concurrency: int) -> None:
    """Fetch the pieces of a file into their places."""
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY, 0o644)
    try:
        os.truncate(descriptor, size)

        part = max(SMALLEST_PART, -(-size // concurrency))

        def fetch(start: int) -> None:
            _fetch_part(store, uri, descriptor, start, min(start + part, size), counted)

        _all(fetch, range(0, size, part), concurrency)
    finally:
        os.close(descriptor)


def _fetch_part(store: Store, uri: str, descriptor: int, start: int, end: int, counted: Counted) -> None:
    """Fetch one part as a stream; one that breaks off goes on where it did."""
    place, pause = start, 0.5
    for attempts_left in (3, 2, 1, 0):
        try:
            for data in store.stream(uri, place, end):
                _write_at(descriptor, memoryview(data), place)
                place += len(data)
                counted.add(len(data))
            if place == end:
                return
            raise ConnectionError(f"{uri}: the stream ended at {place - start:,} of {end - start:,} bytes")
        except (MissingFileError, PermissionError):
            raise
        except OSError:
            if not attempts_left:
                raise
            time.sleep(pause)
            pause *= 2


def _write_at(descriptor: int, data: memoryview, start: int) -> None:
    while data:
        count = os.pwrite(descriptor, data, start)
        data, start = data[count:], start + count


def _all(step: Callable[[Any], object], items: Iterable[Any], concurrency: int = CONCURRENCY) -> None:
    """Do a step for every item, several at a time; the first failure ends it."""
    items = list(items)
    if len(items) <= 1 or concurrency <= 1:
        for item in items:
            step(item)
        return
    pool = _pool(min(concurrency, len(items)))
    try:
        for future in [pool.submit(step, item) for item in items]:
            future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(workers: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # deferred: 5 ms

    return ThreadPoolExecutor(workers, thread_name_prefix="flyte-transfer")


@contextlib.contextmanager
def _arriving(target: Path) -> Iterator[Path]:
    """A path beside the target; what is there in the end takes the target's place."""
    arriving = target.with_name(f".{target.name[:100]}-{secrets.token_hex(6)}")
    try:
        yield arriving
        os.replace(arriving, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            arriving.unlink()


def _copy_local(source: str, target: str | Path) -> str:
    """Copy a file of this machine; a copy may be changed, also when its source may not."""
    from flyte._core import copy_blob

    if not os.path.isfile(source):
        raise MissingFileError(f"there is no file {source}")
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _arriving(target) as arriving:
        copy_blob(source, arriving)
    return str(target)


def _place_below(folder: Path, name: str) -> Path:
    """Where a remote name goes; object stores allow names that would lead out of a folder."""
    if ".." in name.split("/") or name.startswith("/"):
        raise ValueError(f"a file is called {name!r}, which leads out of {folder}: it is not fetched")
    return folder / name


def _piece_for(size: int) -> int:
    """S3 takes at most 10,000 pieces."""
    return max(PIECE, -(-size // 9_000))
