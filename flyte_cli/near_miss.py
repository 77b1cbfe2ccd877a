"""Names for somebody who mistyped one: the guess is the library's, the lists are ours."""

from __future__ import annotations

from collections.abc import Sequence

from flyte.near_miss import nearest

__all__ = ["listed", "nearest"]


def listed(names: Sequence[str], most: int = 8) -> str:
    """The names with commas, cut with a count when there are many."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
