"""The tree as rows: which are there, how deep, what is folded. Pure, and it touches only what is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from flyte_cli.marks import BY_PHASE
from flyte_cli.tui.place import ROOT, Place

if TYPE_CHECKING:
    from flyte._core import RunTree

BUCKETS_FROM = 200
"""More siblings than this stand in buckets, one for each mark."""


class Row(NamedTuple):
    """One line of the tree."""

    place: Place
    depth: int
    is_open: bool | None
    """None: there is nothing below it."""
    chain: tuple[int, ...] = ()
    """Actions that stand in this row before its own: each the only child of the one before."""


@dataclass
class Folding:
    """What is open. Places that nobody folded or unfolded are as `by_default` says."""

    chosen: dict[Place, bool] = field(default_factory=dict)

    def is_open(self, place: Place, by_default: bool) -> bool:
        """Whether what is below the place is shown."""
        return self.chosen.get(place, by_default)


def phases_of(mark: str) -> list[str]:
    """The phases that share a mark."""
    return [phase for phase, each in BY_PHASE.items() if each.glyph == mark]


def layout(tree: RunTree, folding: Folding) -> list[Row]:
    """The rows from the root down."""
    rows: list[Row] = []
    if len(tree):
        _action(tree, folding, ROOT, 0, rows)
    return rows


def _action(tree: RunTree, folding: Folding, place: Place, depth: int, rows: list[Row]) -> None:
    folds = tree.folds(place.ordinal)
    is_open = folding.is_open(place, depth < 3) if folds else None
    rows.append(Row(place, depth, is_open))
    if not is_open:
        return
    for fold in folds:
        if fold.total == 1 and not fold.is_group:
            _action(tree, folding, Place(fold.first), depth + 1, rows)
            continue
        at = Place(place.ordinal, fold.key, fold.is_group)
        opened = folding.is_open(at, fold.total <= 20)
        rows.append(Row(at, depth + 1, opened))
        if opened:
            for ordinal in members(tree, at):
                _action(tree, folding, Place(ordinal), depth + 2, rows)


def members(tree: RunTree, place: Place) -> list[int]:
    """The actions of a fan-out, group or bucket, in order."""
    found = []
    for ordinal in tree.children(place.ordinal):
        action = tree.action(ordinal)
        if place.key == (action.group if place.is_group else action.short_name):
            found.append(ordinal)
    return found
