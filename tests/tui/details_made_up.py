"""A made-up run with what screens ask of a tree, and pages as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flyte_cli.marks import FINISHED
from flyte_cli.output.spans import Line
from flyte_cli.tui.place import Looked, Place
from flyte_cli.tui.source import Source
from tests.cli.fakes import START, Action, Tree


@dataclass
class RowMade:
    """What a row of the core says."""

    action: Action

    def __getattr__(self, name: str) -> Any:
        return getattr(self.action, name)

    @property
    def error_head(self) -> str | None:
        error = self.action.error
        return None if error is None else f"{error.code}: {error.message.partition(chr(10))[0]}"


@dataclass
class SubtreeMade:
    """What is below an action."""

    actions: list[Action]
    failed: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.failed = [each.ordinal for each in self.actions if each.phase == "failed"]

    @property
    def total(self) -> int:
        return len(self.actions)

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(each.phase for each in self.actions))

    @property
    def retries(self) -> int:
        return sum(each.attempts - 1 for each in self.actions)

    @property
    def cpu_time(self) -> float:
        return sum(each.cpu_time for each in self.actions)

    @property
    def slowest(self) -> list[tuple[int, float]]:
        took = [(each.ordinal, each.end - each.start) for each in self.actions if each.end and each.start is not None]
        return sorted(took, key=lambda pair: -pair[1])[:5]

    @property
    def _times(self) -> list[float]:
        return [each.end - each.start for each in self.actions if each.end is not None and each.start is not None]

    @property
    def shortest(self) -> float | None:
        return min(self._times, default=None)

    @property
    def longest(self) -> float | None:
        return max(self._times, default=None)

    @property
    def mean(self) -> float | None:
        return sum(self._times) / len(self._times) if self._times else None


class TreeMade(Tree):
    """A tree with all that the screens use."""

    def rows(self, ordinals: Sequence[int]) -> list[RowMade]:
        return [RowMade(self.actions[ordinal]) for ordinal in ordinals]

    def version(self) -> int:
        return len(self.actions)

    def members(self, parent: int, key: str, is_group: bool, phases: Sequence[str] | None = None) -> list[int]:
        for fold in self.folds(parent):
            if (fold.key, fold.is_group) == (key, is_group):
                return [each.ordinal for each in fold.members if phases is None or each.phase in phases]
        return []

    def durations(self, parent: int, key: str, is_group: bool, bins: int) -> tuple[float, float, list[int]] | None:
        found = (self.actions[ordinal] for ordinal in self.members(parent, key, is_group))
        took = [
            each.end - each.start
            for each in found
            if each.phase in FINISHED and each.end is not None and each.start is not None
        ]
        if not took:
            return None
        low, high = min(took), max(took)
        counts = [0] * bins
        for each in took:
            counts[min(int((each - low) / ((high - low) or 1) * bins), bins - 1)] += 1
        return low, high, counts

    def subtree(self, ordinal: int) -> SubtreeMade:
        below = {ordinal}
        for each in self.actions:
            if each.parent in below:
                below.add(each.ordinal)
        return SubtreeMade([self.actions[each] for each in sorted(below - {ordinal})])


def looked_at(tree: TreeMade, place: Place, after: float = 20.0, **said: Any) -> Looked:
    """What the right side shows, so many seconds after the start."""
    source = Source(tree)  # type: ignore[arg-type]  # made up
    return Looked(source, source.tree, place, START + after, **said)


def text(lines: Iterable[Line]) -> str:
    """The lines as one reads them."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)
