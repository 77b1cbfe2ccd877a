"""The only door to tomlkit: change one value of a TOML text, and keep comments and order."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError


class Unchangeable(ValueError):
    """The text does not hold a table where one is needed, or is no TOML."""


def with_value(text: str, path: tuple[str, ...], value: Any) -> str:
    """The text with a value at a path; tables that are missing are added."""
    document = _parsed(text)
    table: MutableMapping[str, Any] = document
    for depth, name in enumerate(path[:-1], 1):
        if name not in table:
            table[name] = tomlkit.table(is_super_table=depth < len(path) - 1)
        table = _table(table[name], path[:depth])
    try:
        table[path[-1]] = value
    except (TOMLKitError, ValueError) as error:
        raise Unchangeable(str(error)) from error
    return tomlkit.dumps(document)


def without(text: str, path: tuple[str, ...]) -> str | None:
    """The text without the value at a path, and without tables that become empty; None when there is none."""
    document = _parsed(text)
    tables: list[MutableMapping[str, Any]] = [document]
    for depth, name in enumerate(path[:-1], 1):
        if name not in tables[-1]:
            return None
        tables.append(_table(tables[-1][name], path[:depth]))
    if path[-1] not in tables[-1]:
        return None
    for table, name in zip(reversed(tables), reversed(path), strict=True):
        del table[name]
        if table:
            break
    return tomlkit.dumps(document)


def _parsed(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise Unchangeable(str(error)) from error


def _table(value: Any, path: tuple[str, ...]) -> MutableMapping[str, Any]:
    if not isinstance(value, MutableMapping):
        raise Unchangeable(f"`{'.'.join(path)}` is no table")
    return value
