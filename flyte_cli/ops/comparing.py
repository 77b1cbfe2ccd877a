"""Two runs side by side: inputs, code, times, outcomes, actions that came or went. It reads both, and changes none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import find_run, open_tree

if TYPE_CHECKING:
    from flyte._core import ActionView, RunTree

NOTABLE = 0.1
"""Seconds by which times must differ to be told."""


@dataclass(frozen=True)
class Difference:
    """One thing on both sides; None where there is no such thing."""

    what: str
    left: str | None
    right: str | None

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        return self.left == self.right


@dataclass(frozen=True)
class Slower:
    """An action that took longer or shorter."""

    path: str
    left: float
    right: float


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs."""

    left: RunTree
    right: RunTree
    facts: Sequence[Difference]
    inputs: Sequence[Difference]
    outputs: Sequence[Difference]
    code: Sequence[str]
    """What changed of the code, as `clean` or `function helper of clean`."""
    outcomes: Sequence[Difference]
    """Actions that ended in another way."""
    times: Sequence[Slower]
    gone: Sequence[str]
    added: Sequence[str]

    @property
    def is_same(self) -> bool:
        """Whether the runs did the same: times aside."""
        lists = (self.facts, self.inputs, self.outputs)
        changed = any(not each.is_same for some in lists for each in some)
        return not (changed or self.code or self.outcomes or self.gone or self.added)


def compare(left: str, right: str, host: Host) -> Comparison:
    """Read two runs and set them side by side."""
    one, other = (open_tree(find_run(each, host), host) for each in (left, right))
    before, after = _by_path(one), _by_path(other)
    both = [(before[path], after[path]) for path in before if path in after]
    roots = one.action(0), other.action(0)
    return Comparison(
        one,
        other,
        tuple(_facts(one, other)),
        tuple(_pairs(roots[0].inputs, roots[1].inputs)),
        tuple(_pairs(roots[0].outputs, roots[1].outputs)),
        tuple(_code(before.values(), after.values(), both)),
        tuple(Difference(a.path, a.phase, b.phase) for a, b in both if a.ordinal and not is_alike(a.phase, b.phase)),
        tuple(_times(both)),
        tuple(path for path in before if path not in after),
        tuple(path for path in after if path not in before),
    )


def _by_path(tree: RunTree) -> dict[str, ActionView]:
    """The actions; both first ones go by the same, whatever their tasks."""
    actions = {"": tree.action(0)}
    actions |= {action.path: action for action in map(tree.action, range(1, len(tree)))}
    return actions


def _facts(one: RunTree, other: RunTree) -> Iterator[Difference]:
    yield Difference("task", one.task, other.task)
    yield Difference("file", one.file, other.file)
    yield Difference("outcome", one.phase, other.phase)
    yield Difference("error", _error(one), _error(other))
    yield Difference("actions", str(len(one)), str(len(other)))
    yield Difference("retries", str(one.retries), str(other.retries))


def _error(tree: RunTree) -> str | None:
    error = tree.action(0).error
    if error is None or tree.phase == "succeeded":
        return None
    return f"{(error.type or error.code).rpartition('.')[2]}: {error.message.strip().partition(chr(10))[0]}"


def _pairs(one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> Iterator[Difference]:
    left, right = dict(one), dict(other)
    for name in {**left, **right}:
        yield Difference(name, left.get(name), right.get(name))


def is_alike(one: str, other: str) -> bool:
    """Whether two phases mean the same outcome."""
    done = ("succeeded", "recovered", "cached")
    return one == other or (one in done and other in done)


def _times(both: Sequence[tuple[ActionView, ActionView]]) -> list[Slower]:
    """The biggest differences first."""
    found = []
    for one, other in both:
        if not (one.ordinal and one.started_at and one.ended_at and other.started_at and other.ended_at):
            continue
        left, right = one.ended_at - one.started_at, other.ended_at - other.started_at
        if one.phase == other.phase and abs(right - left) >= NOTABLE:
            found.append(Slower(one.path, left, right))
    return sorted(found, key=lambda each: -abs(each.right - each.left))


def _code(
    one: Iterable[ActionView], other: Iterable[ActionView], both: Sequence[tuple[ActionView, ActionView]]
) -> Iterator[str]:
    """What is known to have changed: what tasks recorded of their code, else the names that actions got."""
    before, after = _versions(one), _versions(other)
    told = set()
    for task in sorted(before.keys() & after.keys()):
        told.add(task)
        for what in sorted(before[task].keys() | after[task].keys()):
            if before[task].get(what) != after[task].get(what):
                yield f"{what} of {task}"
    names = {}
    for a, b in both:
        names[a.ordinal] = b.name if a.name == b.name else None
        parents = a.parent is not None and names.get(a.parent) is not None
        # a name is made of the parent's name, the task, its code and its inputs: all but the code are the same
        if parents and a.task == b.task and a.inputs == b.inputs and a.name != b.name and a.task not in told:
            told.add(a.task)
            yield a.task


def _versions(actions: Iterable[ActionView]) -> dict[str, dict[str, str]]:
    """The parts of the code that each task's version is made of, where it recorded them."""
    found: dict[str, dict[str, str]] = {}
    for action in actions:
        parts = json.loads(action.details).get("version_parts") if action.details else None
        if parts and action.task not in found:
            found[action.task] = {str(what): str(digest) for what, digest, *_ in parts}
    return found
