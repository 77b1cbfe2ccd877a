"""A folder that keeps files by what they hold: equal content once, read-only, and never seen half-written.

    blobs/ab/cdef...        the content, named by its fingerprint
    files/abcdef.../NAME    the same file under the name it had
    trees/abcdef.../NAME    a folder whose files are those of blobs/
    origins/abcdef...       who made it

It knows nothing of runs and actions, and never links to a file that somebody else may write to.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from flyte.io.paths import inside, last_part

SETTLED = 1.0
"""Seconds after which a file of the same size and times is the same: clocks of file systems are that coarse."""


@dataclass(frozen=True)
class Stored:
    """Something that was stored: where, and the fingerprint of what it holds."""

    path: str
    hash: str


@dataclass(frozen=True)
class Origin:
    """Who made something, for messages."""

    action: str
    source: str


class ContentFolder:
    """Stores files and folders by content. Several processes may store into one folder at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[tuple[int, ...], Path] = {}

    def add_file(self, source: str, name: str, *, may_move: bool, origin: Origin | None = None) -> Stored:
        """Store a file. One that may be moved becomes a symbolic link to what was stored."""
        blob = self._blob(source, may_move=may_move)
        digest = _digest_of(blob)
        named = self.folder / "files" / _key(digest) / last_part(inside(name))
        if not named.exists():
            named.parent.mkdir(parents=True, exist_ok=True)
            _link(blob, named)
        self._note(digest, origin)
        if may_move:
            _leave_link(source, named)
        return Stored(str(named), _key(digest))

    def add_tree(self, source: str, name: str, *, may_move: bool, origin: Origin | None = None) -> Stored:
        """Store a folder with everything below it. One that may be moved becomes a symbolic link to what was stored."""
        entries = {
            relative: None if path is None else self._blob(path, may_move=may_move)
            for relative, path in sorted(_entries(source))
        }
        digest = _tree_digest(entries)
        named = self.folder / "trees" / _key(digest) / last_part(inside(name))
        if not named.exists():
            self._build_tree(named, entries)
        self._note(digest, origin)
        if may_move:
            shutil.rmtree(source)
            _leave_link(source, named)
        return Stored(str(named), _key(digest))

    # --- the steps

    def _blob(self, source: str, *, may_move: bool) -> Path:
        stamp = _stamp(os.stat(source))
        known = self._known.get(stamp)
        if known is not None and known.exists():
            return known
        blob = self._ingest(source, may_move=may_move and _is_only_ours(source))
        if time.time() - stamp[3] / 1e9 > SETTLED:
            self._known[stamp] = blob
        return blob

    def _ingest(self, source: str, *, may_move: bool) -> Path:
        from flyte._core import copy_blob, fingerprint

        with self._temporary() as arriving:
            executable = os.stat(source).st_mode & 0o111
            if may_move and _moved(source, arriving):
                digest = fingerprint(arriving)
            else:
                digest = copy_blob(source, arriving)
            blob = self.folder / "blobs" / digest[:2] / digest[2:]
            if not blob.exists():
                os.chmod(arriving, 0o444 | executable)
                blob.parent.mkdir(exist_ok=True)
                os.rename(arriving, blob)
            return blob

    @contextlib.contextmanager
    def _temporary(self) -> Iterator[Path]:
        blobs = self.folder / "blobs"
        blobs.mkdir(parents=True, exist_ok=True)
        arriving = blobs / f".arriving-{os.getpid()}-{secrets.token_hex(6)}"
        try:
            yield arriving
        finally:
            with contextlib.suppress(FileNotFoundError):
                arriving.unlink()

    def _build_tree(self, named: Path, entries: dict[str, Path | None]) -> None:
        """Link a folder together aside, and show it when it is whole."""
        named.parent.mkdir(parents=True, exist_ok=True)
        building = named.parent / f".building-{os.getpid()}-{secrets.token_hex(6)}"
        building.mkdir()
        for relative, blob in entries.items():
            target = building / relative
            if blob is None:
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(blob, target)
        try:
            named.parent.mkdir(parents=True, exist_ok=True)
            os.rename(building, named)
        except OSError:  # another process was first
            shutil.rmtree(building)
            if not named.exists():
                raise

    def _note(self, digest: str, origin: Origin | None) -> None:
        """Remember who made it; the first one did."""
        if origin is None:
            return
        note = self.folder / "origins" / _key(digest)
        note.parent.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError), note.open("x", encoding="utf-8") as file:
            file.write(f"{origin.action}\n{origin.source}\n")


def hash_in(folder: Path, path: str) -> str:
    """The fingerprint of what a content folder keeps at a path; empty for a part of a folder."""
    parts = Path(path).relative_to(folder).parts
    return parts[1] if len(parts) == 3 else ""


def origin_in(folder: Path, path: str) -> Origin | None:
    """Who made what a content folder keeps at a path; None when that is not known."""
    try:
        kind, digest = Path(path).relative_to(folder).parts[:2]
        action, source = (folder / "origins" / digest).read_text(encoding="utf-8").split("\n")[:2]
    except (OSError, ValueError):
        return None
    return Origin(action, source) if kind in ("files", "trees") else None


def _key(digest: str) -> str:
    """128 bits of a fingerprint: enough to tell everything apart, and paths stay short."""
    return digest[:32]


def _digest_of(blob: Path) -> str:
    return blob.parent.name + blob.name


def _tree_digest(entries: dict[str, Path | None]) -> str:
    digest = hashlib.sha256()
    for relative, blob in entries.items():
        digest.update(f"{relative}\0{'' if blob is None else _digest_of(blob)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, max(status.st_mtime_ns, status.st_ctime_ns))


def _is_only_ours(source: str) -> bool:
    """Not when it has another name, through which somebody may still write to it."""
    status = os.lstat(source)
    return S_ISREG(status.st_mode) and status.st_nlink == 1


def _moved(source: str, target: Path) -> bool:
    try:
        os.rename(source, target)
    except OSError:  # another file system, or a folder that may not be changed
        return False
    return True


def _link(blob: Path, named: Path) -> None:
    """Give stored content a name; a copy where the file system has no more links to give."""
    try:
        os.link(blob, named)
    except FileExistsError:
        return
    except OSError:
        aside = named.with_name(f".{named.name}-{secrets.token_hex(6)}")
        shutil.copy2(blob, aside)
        os.rename(aside, named)


def _leave_link(source: str, stored: Path) -> None:
    """Let the path that a task used lead to what became of it."""
    with contextlib.suppress(OSError):
        if not os.path.lexists(source):
            os.symlink(stored, source)


def _entries(folder: str) -> Iterator[tuple[str, str | None]]:
    """Relative names of everything below a folder, with its path, or None for an empty folder.

    Links are followed, but not round in circles.
    """
    seen = {os.path.realpath(folder)}
    for here, folders, files in os.walk(folder, followlinks=True):
        relative = os.path.relpath(here, folder)
        prefix = "" if relative == "." else relative + "/"
        folders[:] = [name for name in folders if _is_new(os.path.join(here, name), seen)]
        if prefix and not folders and not files:
            yield relative, None
        for name in files:
            yield prefix + name, os.path.join(here, name)


def _is_new(folder: str, seen: set[str]) -> bool:
    if not os.path.islink(folder):
        return True
    real = os.path.realpath(folder)
    if real in seen:
        return False
    seen.add(real)
    return True
