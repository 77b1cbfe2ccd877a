"""Reading what a literal only points to: large values that another client stored beside their literal."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit


def read(uri: str) -> bytes:
    """The bytes at a URI; raises ValueError naming it when they cannot be read."""
    parts = urlsplit(uri)
    try:
        if parts.scheme in ("", "file"):
            return Path(unquote(parts.path) if parts.scheme else uri).read_bytes()
        return _from_storage(uri)
    except OSError as error:
        raise ValueError(f"a value is stored at {uri}, which cannot be read: {error}") from error


def _from_storage(uri: str) -> bytes:
    try:
        from flyte.io.storage import read_bytes  # type: ignore[import-not-found,unused-ignore]  # deferred: fsspec
    except ModuleNotFoundError as error:
        raise ValueError(f"a value is stored at {uri}, and nothing here reads `{urlsplit(uri).scheme}`") from error
    content: bytes = read_bytes(uri)
    return content
