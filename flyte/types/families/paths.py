"""Paths of `pathlib`, by their text; what is at the path does not travel, `flyte.io.File` is for that."""

from __future__ import annotations

from pathlib import Path, PosixPath, PurePath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any

from flyte.types.extension import Extension
from flyte.types.families.textual import textual

_CLASSES = (Path, PurePath, PurePosixPath, PureWindowsPath, PosixPath, WindowsPath)


def extension_for(annotation: Any) -> Extension | None:
    """The conversions of paths."""
    if annotation not in _CLASSES:
        return None
    own = type(annotation()) if annotation in (Path, PurePath) else annotation
    return textual(
        annotation, "path", str, annotation, {"type": "string", "format": "path"}, lambda value: type(value) is own
    )
