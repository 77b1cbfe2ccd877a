"""Which extension carries a type: the families are asked in order.

Built-in families are imported when an annotation asks for them, `flyte.io` and data frames only when their modules
are loaded already, since no annotation can name their types before. Nothing here converts a value.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

from flyte.types.annotations import bare
from flyte.types.extension import Extension

Family: TypeAlias = Callable[[Any], Extension | None]
"""Answers with the extension for an annotation that is its own, and with None for any other."""

GROUP = "flyte.plugins.types"
"""The entry points that are called, without arguments, before the first value is pickled."""

_registered: list[Family] = []

# The module that must be loaded before an annotation can be of the family, and where the family is.
_BUILT_IN = [
    ("decimal", "flyte.types.families.decimals"),
    ("uuid", "flyte.types.families.uuids"),
    ("pathlib", "flyte.types.families.paths"),
    ("datetime", "flyte.types.families.times"),
    ("builtins", "flyte.types.families.numbers"),
    ("enum", "flyte.types.families.flags"),
    ("pydantic", "flyte.types.families.models"),
]
_FRAMES = ("flyte.io", "pandas", "pyarrow", "polars")


def register(family: Family) -> None:
    """Have a family asked before those that are known; the last one registered comes first."""
    _registered.insert(0, family)


def extension_for(annotation: Any) -> Extension | None:
    """The extension that carries values of an annotation, or None."""
    whole, annotation = annotation, bare(annotation)
    for family in _registered:
        if (found := family(annotation)) is not None:
            return found
    for module, place in _BUILT_IN:
        if module in sys.modules:
            built_in: Family = import_module(place).extension_for
            if (found := built_in(annotation)) is not None:
                return found
    return _of_files_and_frames(whole)  # what `Annotated` says of a frame is its columns


def extension_of_plugins(annotation: Any) -> Extension | None:
    """The extension that an installed plugin has for an annotation which nothing else knows."""
    return extension_for(annotation) if load_plugins() else None


def _of_files_and_frames(annotation: Any) -> Extension | None:
    if not any(name in sys.modules for name in _FRAMES):
        return None
    try:
        family: Family = import_module("flyte.io.family").extension_for
    except ModuleNotFoundError as error:
        if error.name not in ("flyte.io", "flyte.io.family"):
            raise
        return None
    return family(annotation)


@functools.cache
def load_plugins() -> int:
    """Call what is installed, once; a plugin that fails must not take the others with it."""
    from importlib.metadata import entry_points  # deferred: 15 ms

    points = entry_points(group=GROUP)
    for point in points:
        try:
            point.load()()
        except Exception as error:  # a plugin may raise anything
            warnings.warn(f"the type plugin `{point.name}` ({point.value}) failed: {error!r}", stacklevel=2)
    return len(points)
