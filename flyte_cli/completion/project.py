"""The names a project declares: `entries` of flyte.toml, or of `[tool.flyte]` in pyproject.toml. Nothing is checked."""

from __future__ import annotations

import os
from typing import Any

FILES = (("flyte.toml", b"", ()), ("pyproject.toml", b"flyte", ("tool", "flyte")))
"""Name, bytes without which it says nothing to us, and the tables that ours are in."""


LONGEST = 24


def entries(folder: str) -> list[tuple[str, str, str, str | None]]:
    """Name, text, file, and the task if it is said, of each in the nearest project file."""
    folder, content = _nearest(folder)
    named = _table(content, "entries")
    return [_entry(each, folder, what, content) for each, what in named.items() if isinstance(what, dict)]


def default_inputs(folder: str, name: str) -> dict[str, str]:
    """The inputs that the nearest project file gives to a name it declares, or to any file, as text."""
    folder, content = _nearest(folder)
    own = _table(_table(content, "entries"), name).get("inputs", {})
    if isinstance(own, str):
        own = _document(os.path.join(folder, os.path.expanduser(own)))
    given = {**_table(content, "inputs"), **(own if isinstance(own, dict) else {})}
    return {each: _shown(value) for each, value in given.items()}


def _nearest(folder: str) -> tuple[str, dict[str, Any]]:
    """The project file in the folder or above it, and where it is; nothing when there is none."""
    while True:
        for name, telling, tables in FILES:
            content = _content(os.path.join(folder, name), telling, tables)
            if content is not None:
                return folder, content
        above = os.path.dirname(folder)
        if above == folder:
            return folder, {}
        folder = above


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name)
    return found if isinstance(found, dict) else {}


def _document(path: str) -> Any:
    """What is in a file of inputs; nothing when it cannot be read."""
    from pathlib import PurePath

    from flyte_cli.inputs.documents import parsed  # deferred: few names keep their inputs in a file
    from flyte_cli.inputs.problem import BadValue

    try:
        with open(path, "rb") as file:
            return parsed(file.read(), PurePath(path).suffix.lower())
    except (OSError, BadValue):
        return {}


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


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
