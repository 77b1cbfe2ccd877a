"""What is known of a task without running its file, as plain tuples: they are quick to make, and to keep.

A field is (name, type as text, default as text or None, help, values to choose from, kind, fields of a record); the
inputs of a task are fields. A task is (name, first sentence, environment variable, inputs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeAlias

    Field: TypeAlias = tuple[str, str, "str | None", str, tuple[str, ...], str, tuple[Any, ...]]
    Task: TypeAlias = tuple[str, str, str, tuple[Field, ...]]

FLAG = "flag"
FILE = "file"
FOLDER = "folder"
MANY = "many"
"""Kinds of a field: `--x/--no-x`, a path, a path of a folder, something that is given again to add a value."""


def option_of(name: str) -> str:
    """How an input is spelled on the command line."""
    return f"--{name.replace('_', '-')}"
