"""What a row of the tree stands for, and what the panes beside it show. Values, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from flyte._core import Fold, RunTree, Subtree
    from flyte_cli.tui.source import Source


class Place(NamedTuple):
    """A row's identity, the same however often the tree is laid out anew."""

    ordinal: int
    """The action; of a fan-out, group or bucket the action that has them."""
    key: str = ""
    """Of a fan-out or group: the task's short name, or the group's name."""
    is_group: bool = False
    mark: str = ""
    """Of a bucket: the glyph of the mark its actions share."""

    @property
    def is_action(self) -> bool:
        """Whether it is one action."""
        return not self.key


ROOT = Place(0)


@dataclass(frozen=True)
class Looked:
    """What the right side shows: a place in a run at a moment."""

    source: Source
    tree: RunTree
    """As of `moment`, where that is not now."""
    place: Place
    now: float
    """Unix seconds: when the tree is as it is."""
    attempt: int | None = None
    """Counted from 1; None for the last one."""
    shows_library: bool = False
    """Whether frames of libraries are shown in tracebacks."""

    @property
    def ordinal(self) -> int | None:
        """The action, where it is one."""
        return self.place.ordinal if self.place.is_action else None

    @cached_property
    def fold(self) -> Fold | None:
        """The fan-out or group, also of a bucket of it; asked for once, as it looks at all siblings."""
        place = self.place
        for each in self.tree.folds(place.ordinal) if not place.is_action and len(self.tree) else ():
            if (each.key, each.is_group) == (place.key, place.is_group):
                return each
        return None

    @cached_property
    def below(self) -> Subtree:
        """Everything below the action; asked for once, as it looks at all of it."""
        return self.tree.subtree(self.place.ordinal)

    def members(self) -> list[int]:
        """The actions of a fan-out, group or bucket; of an action itself."""
        if self.place.is_action:
            return [self.place.ordinal]
        from flyte_cli.tui.rows import members  # deferred: values need nothing to exist

        return members(self.tree, self.place)
