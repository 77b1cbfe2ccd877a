"""Which lines the logs of a place are: of what actions, from when to when, under what name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.output.visible import visible
from flyte_cli.tui.place import Place

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte_cli.tui.place import Looked


@dataclass(frozen=True)
class Asked:
    """As long as this is the same, so is the log that is read. Times are microseconds since the run started."""

    folder: str
    place: Place
    attempt: int | None
    after: int | None
    """Lines of one attempt come behind its start, up to the start of the next."""
    until: int | None


def asked_of(looked: Looked) -> Asked:
    """What is asked for by looking at a place."""
    tree, place = looked.tree, looked.place
    is_past = tree is not looked.source.tree
    moment = _micros(tree, looked.now) if is_past else None
    if looked.attempt is None or not place.is_action:
        return Asked(tree.folder, place, None, None, moment)
    starts = [_micros(tree, start) for start in tree.attempt_starts(place.ordinal)]
    after = starts[looked.attempt - 1] if 1 < looked.attempt <= len(starts) else None
    ends = [starts[looked.attempt] if looked.attempt < len(starts) else None, moment]
    return Asked(tree.folder, place, looked.attempt, after, min((end for end in ends if end is not None), default=None))


def ordinals_of(tree: RunTree, place: Place, members: Sequence[int]) -> list[int] | None:
    """The actions whose lines belong to a place: all that is below it; None for those of the whole run."""
    if place.is_action:
        return tree.descendants(place.ordinal) if place.ordinal else None
    return sorted({below for member in members for below in tree.descendants(member)})


def since_of(tree: RunTree, place: Place) -> int:
    """Before this nothing was printed there."""
    if not place.ordinal:
        return 0
    return _micros(tree, tree.rows([place.ordinal])[0].queued_at)


def title_of(tree: RunTree, asked: Asked, count: int) -> str:
    """`flaky.3 · logs`, `flaky · logs of 20 actions`."""
    place = asked.place
    if asked.attempt is not None:
        return f"{visible(tree.rows([place.ordinal])[0].label)} · logs of attempt {asked.attempt}"
    if not place.is_action:
        name = f"{place.mark} {place.key}" if place.mark else place.key
    else:
        name = tree.rows([place.ordinal])[0].label
    return f"{visible(name)} · logs of {count:,} actions" if count > 1 else f"{visible(name)} · logs"


def why_nothing(tree: RunTree, asked: Asked) -> str:
    """What to say when nothing was printed."""
    if not asked.place.is_action:
        return "nothing was printed by these" if tree.ended_at is not None else "nothing was printed yet"
    row = tree.rows([asked.place.ordinal])[0]
    name = visible(row.label)
    if row.phase == "queued":
        return f"{name} has not started"
    if row.phase == "cached" and row.cached_from is not None:
        return f"{name} was taken from the cache: flyte logs {row.cached_from} has what printed it"
    if row.phase == "recovered" and tree.recovered_from is not None:
        return f"{name} was taken over: flyte logs {tree.recovered_from} has what it printed"
    if asked.attempt is not None:
        return f"attempt {asked.attempt} of {name} printed nothing"
    if row.ended_at is None:
        return f"{name} has printed nothing yet"
    return f"{name} printed nothing"


def _micros(tree: RunTree, at: float) -> int:
    return max(round((at - tree.started_at) * 1e6), 0)
