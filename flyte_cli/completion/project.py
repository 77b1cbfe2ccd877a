"""The names a project declares: `[tool.flyte.entries]` of `pyproject.toml`, `[entries]` of `flyte.toml`. Read only."""

from __future__ import annotations

import os
from typing import Any

FILES = (("flyte.toml", b"[entries", ()), ("pyproject.toml", b"[tool.flyte.entries", ("tool", "flyte")))


def entries(folder: str) -> list[tuple[str, str, str, str | None]]:
    """Name, text, file, and the task if it is said, of each; from the nearest folder upwards that declares some."""
    while True:
        for name, telling, tables in FILES:
            document = _document(os.path.join(folder, name), telling)
            for table in tables:
                document = document.get(table, {})
            found = document.get("entries")
            if isinstance(found, dict):
                return [_entry(entry, folder, what) for entry, what in found.items()]
        above = os.path.dirname(folder)
        if above == folder:
            return []
        folder = above


def _entry(name: str, folder: str, what: Any) -> tuple[str, str, str, str | None]:
    if isinstance(what, str):
        file, _, task = what.replace("::", ":").partition(":")
    else:
        file, task = str(what.get("file", "")), str(what.get("task", ""))
    return name, f"{file} {task}".strip(), os.path.join(folder, file), task or None


def _document(path: str, telling: bytes) -> Any:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return {}
    if telling not in content:  # as a rule: reading TOML costs 10 ms
        return {}
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(content.decode())
    except ValueError:
        return {}
