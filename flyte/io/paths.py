"""Paths and URIs as text: which are elsewhere, how they join, what their last part is. It looks at no file."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: `C:` is a drive


def is_remote(path: str | os.PathLike[str]) -> bool:
    """Whether this is a URI of another place than this machine's folders."""
    text = os.fspath(path)
    return _SCHEME.match(text) is not None and not text.startswith("file://")


def scheme_of(uri: str) -> str:
    """What stands before `://`."""
    return uri.partition("://")[0].lower()


def local(path: str | os.PathLike[str]) -> str:
    """The path behind a `file://` URI; any other path as it is, `~` expanded."""
    text = os.fspath(path)
    return text.removeprefix("file://") if text.startswith("file://") else os.path.expanduser(text)


def absolute(path: str | os.PathLike[str]) -> str:
    """A URI as it is, a local path from the root on."""
    return os.fspath(path) if is_remote(path) else os.path.abspath(local(path))


def join(*paths: str) -> str:
    """Join paths as `os.path.join` does, but never lose the bucket of a URI to a part that begins with a slash."""
    if not paths:
        return ""
    joined = paths[0]
    for part in paths[1:]:
        if is_remote(part):
            joined = part
        elif not is_remote(joined):
            joined = os.path.join(joined, part)
        else:
            joined = f"{joined.rstrip('/')}/{part.lstrip('/')}"
    return joined


def last_part(path: str) -> str:
    """The name of a file or folder; empty for a bare bucket."""
    without_query = path.rstrip("/")
    return PurePosixPath(without_query.partition("://")[2] if is_remote(path) else without_query).name


def inside(name: str, otherwise: str = "data") -> str:
    """A name that stays inside the folder it is put in: without a root, without `..`."""
    if "\0" in name:
        raise ValueError(f"a file's name cannot hold a NUL character: {name!r}")
    parts = [part for part in re.split(r"[/\\]", name.partition("://")[2] or name) if part not in ("", ".", "..")]
    return "/".join(parts) or otherwise


def below(folder: str | Path, name: str) -> str:
    """The path of a name in a folder. Raises ValueError for one that leads out of it."""
    if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or os.path.isabs(name):
        raise ValueError(f"{name!r} leads out of {folder}: give a name below it")
    return join(os.fspath(folder), name)
