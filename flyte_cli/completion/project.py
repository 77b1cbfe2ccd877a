"""The names a project declares: `entries` of flyte.toml, or of `[tool.flyte]` in pyproject.toml. Nothing is checked."""

from __future__ import annotations

import os
from typing import Any

FILES = (("flyte.toml", b"", ()), ("pyproject.toml", b"flyte", ("tool", "flyte")))
"""Name, bytes without which it says nothing to us, and the tables that ours are in."""


def entries(folder: str) -> list[tuple[str, str, str, str | None]]:
    """Name, text, file, and the task if it is said, of each in the nearest project file."""
    while True:
        for name, telling, tables in FILES:
            content = _content(os.path.join(folder, name), telling, tables)
            if content is not None:
                named = content.get("entries", {})
                return [_entry(each, folder, what, content) for each, what in named.items() if isinstance(what, dict)]
        above = os.path.dirname(folder)
        if above == folder:
            return []
        folder = above


def _entry(name: str, folder: str, what: dict[str, Any], content: dict[str, Any]) -> tuple[str, str, str, str | None]:
    file, task = what.get("file") or content.get("default_file") or "", what.get("task")
    text = what.get("description") or f"{file} {task or ''}".strip()
    return name, str(text), os.path.join(folder, str(file)), None if task is None else str(task)


def _content(path: str, telling: bytes, tables: tuple[str, ...]) -> dict[str, Any] | None:
    """What the project file says; None when there is none, or one that cannot be read."""
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return None
    if telling not in text:  # as a rule: reading TOML costs 10 ms
        return None
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: Any = tomllib.loads(text.decode())
    except ValueError:
        return None
    for table in tables:
        content = content.get(table) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else None
