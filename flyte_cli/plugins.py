"""Commands that other packages bring: which there are, read from their metadata without importing any of them.

    flyte.plugins.cli.commands   `name` or `group.name`: a Typer, a click command, a callable that takes the words,
                                 or a function whose parameters Typer reads
    flyte.plugins.cli.hooks      `name` or `group.name`: a function that takes that command of ours and returns the one
                                 to use instead of it

Reading `entry_points.txt` of every installed package costs 20 us each; `importlib.metadata` would cost 40 ms to import.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

COMMANDS = "flyte.plugins.cli.commands"
HOOKS = "flyte.plugins.cli.hooks"
_ANY = b"[flyte.plugins.cli."


class EntryPoint:
    """One line of a package's entry points: a name, and where the object is."""

    __slots__ = ("name", "package", "value")

    def __init__(self, name: str, value: str, package: str) -> None:
        self.name = name
        self.value = value
        self.package = package

    def load(self) -> object:
        """Import it. Whatever the package raises comes out."""
        import importlib

        module, _, path = self.value.partition(":")
        found: object = importlib.import_module(module.strip())
        for part in path.strip().split(".") if path.strip() else ():
            found = getattr(found, part)
        return found


def found(group: str, path: Sequence[str] | None = None) -> list[EntryPoint]:
    """The entry points of a group, in the order of `path` (default: `sys.path`); the first of a name counts."""
    by_name: dict[str, EntryPoint] = {}
    for folder in path if path is not None else sys.path:
        for package, text in _texts(folder or "."):
            for name, value in _section(text, group):
                by_name.setdefault(name, EntryPoint(name, value, package))
    return list(by_name.values())


def _texts(folder: str) -> list[tuple[str, str]]:
    """The entry points of the packages in a folder, of those that have any of ours."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))
    except OSError:  # a zip file, or nothing
        return []
    texts = []
    for name in names:
        try:
            with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                content = file.read()
        except OSError:
            continue
        if _ANY in content:
            texts.append((name.rpartition(".")[0].partition("-")[0], content.decode("utf-8", "replace")))
    return texts


def _section(text: str, group: str) -> list[tuple[str, str]]:
    inside = False
    rows = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            rows.append((name.strip(), value.partition("[")[0].strip()))
    return rows
