"""What a run would take from the cache and what it would compute, as far as that is known without running anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flyte_cli.inputs.bind import Before, bind
from flyte_cli.inputs.words import Sorted
from flyte_cli.ops.cache import key_of, missing
from flyte_cli.ops.cache_reasons import (
    NOT_CACHED,
    OVERWRITTEN,
    UNREAD,
    Question,
    Reason,
    Rules,
    expired,
    gone,
    hit,
    nearest,
    rules_of,
)
from flyte_cli.ops.host import Host
from flyte_cli.ops.loading import Target
from flyte_cli.ops.run import RunOptions, earlier, encoded, surroundings

if TYPE_CHECKING:
    from flyte._core import ActionView, CacheEntry, RunRow, RunTree
    from flyte.task import TaskTemplate

MOST_RUNS = 200
"""How far back to look for a run to compare with."""


@dataclass(frozen=True)
class Step:
    """One action, or several alike under one parent, and what would become of it."""

    depth: int
    name: str
    task: str
    count: int
    verdict: str
    """`hit`, `run`, or `unknown`."""
    reason: Reason


@dataclass(frozen=True)
class Plan:
    """The tree as far as it is known, the root first, depth first."""

    steps: Sequence[Step]
    like: str | None
    """The run whose calls it assumes."""
    unknown: Sequence[str]
    """What could not be known, as sentences."""


def plan_task(target: Target, words: Sorted, options: RunOptions, host: Host) -> Plan:
    """Bind what was typed, and look at the cache and at earlier runs; nothing runs."""
    before = Before(options.inputs, earlier(target, options, host))
    arguments = bind(target.interface, words, [target.help_command], surroundings(host), before)
    return plan_of(target.task, encoded(target, arguments), options, host)


def plan_of(task: TaskTemplate[..., Any], inputs: bytes, options: RunOptions, host: Host) -> Plan:
    """The plan for a task with encoded inputs."""
    predictor = _Predictor(options, host, {})
    root = predictor.step(0, task, inputs, None, task.short_name)
    if root.verdict == "hit":
        return Plan([root], None, [])
    model = _model(task, inputs, host)
    if model is None:
        return Plan([root], None, [f"what {task.short_name} calls: no earlier run of it is recorded"])
    tree, is_same = model
    if not is_same:
        predictor = _Predictor(options, host, _changed(task, tree.inputs(), inputs))
    steps = [root, *_folded(predictor.below(tree, 0, 1, tree.every_input()))]
    unknown = (
        []
        if is_same
        else [f"whether {task.short_name} calls the same with these inputs: those of {tree.name} were others"]
    )
    if any(step.verdict == "run" for step in steps[1:]):
        unknown.append("whether what runs gives the same results as before: if not, what uses them runs, too")
    return Plan(steps, tree.name, unknown)


def _model(task: TaskTemplate[..., Any], inputs: bytes, host: Host) -> tuple[RunTree, bool] | None:
    """The last run of the task with these inputs, or the last one at all; and whether the inputs are the same."""
    rows = [row for row in host.engine.runs(None, MOST_RUNS) if row.task == task.name]
    other: RunTree | None = None
    for row in rows:
        tree = _computed(row, host)
        if tree is not None and tree.inputs() == inputs:
            return tree, True
        other = other or tree
    return None if other is None else (other, False)


def _computed(row: RunRow, host: Host) -> RunTree | None:
    """The recorded run, unless it is gone or was taken from the cache, with no calls to compare with."""
    try:
        tree = host.engine.tree(row)
    except (FileNotFoundError, ValueError):
        return None
    return None if tree.action(0).phase == "cached" else tree


@dataclass(frozen=True)
class _Change:
    """An input of the root that is another one this time: the hash it had, and what it is now."""

    before: str
    value: Any


def _changed(task: TaskTemplate[..., Any], before: bytes, after: bytes) -> dict[str, _Change]:
    """What a call below will get instead, if it was handed an input of the root as it is."""
    from flyte._core import input_hashes

    if task.signature.does_io:
        return {}  # values would be read, and perhaps moved, for a guess
    old = dict(input_hashes(before))
    names = [name for name, found in input_hashes(after) if name in old and old[name] != found]
    values = task.signature.decode_inputs(after)
    return {name: _Change(old[name], values[name]) for name in names}


class _Predictor:
    """Knows the entries of each task it was asked about."""

    def __init__(self, options: RunOptions, host: Host, changed: Mapping[str, _Change]) -> None:
        self._options = options
        self._host = host
        self._changed = changed
        self._entries: dict[str, Sequence[CacheEntry]] = {}
        self._by_key: dict[bytes, CacheEntry] = {}

    def below(self, tree: RunTree, parent: int, depth: int, inputs: Sequence[bytes]) -> Iterator[Step]:
        """The calls under a recorded action, as they would go now."""
        from flyte.task import registry

        for ordinal in tree.children(parent):
            action = tree.action(ordinal)
            if action.details.startswith('{"kind":'):
                continue  # a traced step, a wait or a question: part of what its task does
            task = registry.get(action.task)
            if task is None:
                why = Reason("unknown", f"{action.task} is declared no more")
                yield Step(depth, action.short_name, action.task, 1, "unknown", why)
                continue
            step = self.step(depth, task, self._passed_on(task, inputs[ordinal]), action, action.short_name)
            yield step
            if step.verdict != "hit":
                yield from self.below(tree, ordinal, depth + 1, inputs)

    def _passed_on(self, task: TaskTemplate[..., Any], inputs: bytes) -> bytes:
        """The inputs of a call, with what it had from the root as the root has it now."""
        if not self._changed or task.signature.does_io:
            return inputs
        from flyte._core import input_hashes

        hashes = dict(input_hashes(inputs))
        new = {name: change.value for name, change in self._changed.items() if hashes.get(name) == change.before}
        if not new:
            return inputs
        try:
            return task.signature.bind((), {**task.signature.decode_inputs(inputs), **new})
        except (TypeError, ValueError):  # it means something else by that name
            return inputs

    def step(
        self, depth: int, task: TaskTemplate[..., Any], inputs: bytes, recorded: ActionView | None, name: str
    ) -> Step:
        """One action: a hit, or why not."""
        reason = self._reason(task, inputs, recorded)
        return Step(depth, name, task.name, 1, "hit" if reason.kind == "hit" else "run", reason)

    def _reason(self, task: TaskTemplate[..., Any], inputs: bytes, recorded: ActionView | None) -> Reason:
        rules = _rules(task, recorded)
        if rules is None:
            return NOT_CACHED
        if self._options.no_cache:
            return UNREAD
        if self._options.overwrite_cache:
            return OVERWRITTEN
        from flyte._core import input_hashes

        key = key_of(inputs, rules.ignored, task.name, rules.interface, rules.version)
        entries = self._entries_of(task.name)
        entry = self._by_key.get(key)
        if entry is not None:
            return self._of_entry(entry, rules)
        question = Question(key, task.short_name, rules, dict(input_hashes(inputs)), self._host.clock())
        return nearest(question, entries)

    def _of_entry(self, entry: CacheEntry, rules: Rules) -> Reason:
        if lost := missing(entry):
            return gone(lost, entry.run)
        if rules.max_age is not None and self._host.clock() - entry.created > rules.max_age:
            return expired(entry.run)
        return hit(entry.run)

    def _entries_of(self, task: str) -> Sequence[CacheEntry]:
        if task not in self._entries:
            self._entries[task] = self._host.engine.cache_entries(task)
            self._by_key |= {entry.key: entry for entry in self._entries[task]}
        return self._entries[task]


def _rules(task: TaskTemplate[..., Any], recorded: ActionView | None) -> Rules | None:
    """The task's rules now; what a call had overridden when it was recorded it will override again."""
    from flyte.runtime.references import details_of

    now = rules_of(details_of(task))
    then = None if recorded is None else rules_of(recorded.details)
    if recorded is None:
        return now
    if then is None or (then.explicit and (now is None or not now.explicit)):
        return then
    return now if now is not None else then


def _folded(steps: Iterator[Step]) -> list[Step]:
    """Neighbours that only differ in their number as one."""
    folded: list[Step] = []
    for step in steps:
        if folded and replace(folded[-1], count=1) == step:
            folded[-1] = replace(step, count=folded[-1].count + 1)
        else:
            folded.append(step)
    return folded


def counts(plan: Plan) -> Mapping[str, int]:
    """How many actions there are of each verdict."""
    found: dict[str, int] = {}
    for step in plan.steps:
        found[step.verdict] = found.get(step.verdict, 0) + step.count
    return found
