"""Files, folders and tables as inputs: a path that is there, or an address. They are told by their class's name.

Nothing is imported to ask: an annotation of such a class exists only where its library is loaded.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

from flyte_cli.inputs.problem import BadValue
from flyte_cli.inputs.surroundings import Surroundings

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_TABLES = {"pandas": ("DataFrame",), "polars": ("DataFrame", "LazyFrame"), "pyarrow": ("Table",)}
_FORMATS = {"pq": "parquet", "parq": "parquet", "": "parquet"}


def data_kind(kind: Any) -> str | None:
    """`File`, `Dir` or `DataFrame` when the type is one of ours or a table of a known library."""
    kind = getattr(kind, "__origin__", kind)
    if not isinstance(kind, type):
        return None
    for each in kind.__mro__:
        room, name = each.__module__, each.__name__
        if room.split(".")[:2] == ["flyte", "io"] and name in ("File", "Dir", "DataFrame"):
            return name
        if name in _TABLES.get(room.partition(".")[0], ()):
            return "DataFrame"
    return None


def data_from_text(text: str, kind: Any, around: Surroundings) -> Any:
    """The reference to what is there; raises when it is not."""
    what = data_kind(kind)
    plain = getattr(kind, "__origin__", kind)
    if _ADDRESS.match(text) and not text.startswith("file://"):
        return _checked(_made(what, plain, text, _format(urlsplit(text).path)), text)
    path = around.path(unquote(urlsplit(text).path) if text.startswith("file://") else text)
    problem = _missing(what, path, text, around)
    if problem:
        raise BadValue(problem)
    return _made(what, plain, str(path), "parquet" if path.is_dir() else _format(path.name))


def _missing(what: str | None, path: Path, text: str, around: Surroundings) -> str | None:
    try:
        if what == "Dir":
            return (
                None if path.is_dir() else f"`{text}` is no folder" if path.exists() else around.no_such("folder", text)
            )
        if what == "File" and path.is_dir():
            return f"`{text}` is a folder, no file"
        return None if path.exists() else around.no_such("file", text)
    except (OSError, ValueError) as error:  # a name that is too long, or has a null byte
        return f"cannot look at `{text[:60]}`: {error}"


def _made(what: str | None, kind: Any, path: str, format: str) -> Any:
    if what != "DataFrame":
        return kind(path=path)
    return _frame_class(kind).from_existing_remote(path, format=format)


def _frame_class(kind: Any) -> Any:
    if kind.__module__.startswith("flyte."):
        return kind
    from flyte.io import DataFrame  # type: ignore[import-not-found,unused-ignore]  # deferred: only tables need it

    return DataFrame


def _format(path: str) -> str:
    suffixes = [suffix[1:].lower() for suffix in PurePath(path).suffixes]
    last = next((each for each in reversed(suffixes) if each not in ("gz", "zst", "bz2", "snappy")), "")
    return _FORMATS.get(last, last)


def _checked(reference: Any, text: str) -> Any:
    """Have the storage look; whatever it says when it cannot is for the user."""
    exists = getattr(reference, "exists_sync", None)
    if exists is None:
        return reference
    try:
        found = exists()
    except Exception as error:  # storage libraries raise what they like
        raise BadValue(f"cannot look at `{text}`: {error}") from error
    if not found:
        raise BadValue(f"nothing at `{text}`")
    return reference
