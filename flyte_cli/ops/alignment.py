"""The actions of two runs, each beside the one that goes by the same path. It reads both, and changes none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from flyte_cli.ops.comparing import NOTABLE, is_alike

if TYPE_CHECKING:
    from flyte._core import ActionView, RunTree


class Side(NamedTuple):
    """An action in one of the runs."""

    ordinal: int
    phase: str
    seconds: float | None
    """How long it ran; None while it did not end, or never began."""


@dataclass(eq=False)
class Pair:
    """An action in both runs, or in one of them."""

    name: str
    depth: int
    left: Side | None = None
    right: Side | None = None
    has_difference: bool = False
    """In it, or below it."""
    below: list[Pair] = field(default_factory=list, repr=False)

    @property
    def change(self) -> float | None:
        """Seconds that it took longer; None where that cannot be told."""
        if self.left is None or self.right is None or self.left.seconds is None or self.right.seconds is None:
            return None
        return self.right.seconds - self.left.seconds

    @property
    def differs(self) -> bool:
        """Whether it came, went, ended in another way, or took notably more or less time."""
        if self.left is None or self.right is None or not is_alike(self.left.phase, self.right.phase):
            return True
        return self.change is not None and abs(self.change) >= NOTABLE


def aligned(left: RunTree, right: RunTree) -> list[Pair]:
    """The first actions, and below each what it called, in the order of the left run; then what only the right has."""
    root = Pair(_short(left.task), 0)
    known: dict[str, Pair] = {"": root}
    for tree, is_left in ((left, True), (right, False)):
        paths: dict[int, str] = {}
        for ordinal in range(len(tree)):
            action = tree.action(ordinal)
            path = action.path if ordinal else ""
            paths[ordinal] = path
            pair = known.get(path)
            if pair is None:
                above = known[paths[action.parent or 0]]
                pair = known[path] = Pair(action.label, above.depth + 1)
                above.below.append(pair)
            if is_left:
                pair.left = _side(action)
            else:
                pair.right = _side(action)
    pairs = _in_order(root)
    for pair in reversed(pairs):  # what is below comes after what it is below of
        pair.has_difference = pair.differs or any(each.has_difference for each in pair.below)
    return pairs


def _side(action: ActionView) -> Side:
    is_over = action.started_at is not None and action.ended_at is not None
    seconds = (action.ended_at or 0.0) - (action.started_at or 0.0) if is_over else None
    return Side(action.ordinal, action.phase, seconds)


def _in_order(root: Pair) -> list[Pair]:
    found, waiting = [], [root]
    while waiting:
        pair = waiting.pop()
        found.append(pair)
        waiting.extend(reversed(pair.below))
    return found


def _short(task: str) -> str:
    return task.rpartition(".")[2]
