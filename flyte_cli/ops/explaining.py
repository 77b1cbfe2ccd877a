"""Why an action waits, was tried again, failed, was aborted, or cost what it cost: told from its journal alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.action_names import find_action
from flyte_cli.near_miss import listed
from flyte_cli.ops.cache import reason_for
from flyte_cli.ops.cache_reasons import rules_of
from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import find_run, open_tree
from flyte_cli.quantities import duration

if TYPE_CHECKING:
    from flyte._core import ActionView, Happening, RunTree

MOST_TOLD = 20
LONG_WAIT = 0.5
"""Seconds in the queue that are worth a word."""
BUSY = ("running", "waiting", "paused", "retrying", "queued")


@dataclass(frozen=True)
class Reason:
    """One word for programs, and a sentence."""

    kind: str
    """`queued`, `waits`, `paused`, `retrying`, `retried`, `failed`, `passed_on`, `lost`, `climbed`, `aborted`,
    `reopened`, `interrupted`, `recovered`, `cached`, `cache_miss` or `usual`."""
    text: str


@dataclass(frozen=True)
class Explained:
    """One action, and why it is as it is."""

    action: ActionView
    reasons: Sequence[Reason]


@dataclass(frozen=True)
class Explanation:
    """Actions of a run about which there is something to say."""

    tree: RunTree
    actions: Sequence[Explained]
    more: int = 0
    """Actions with something to say that are left out."""


def explain(run: str, action: str | None, host: Host) -> Explanation:
    """One action; or the first one of a run, and all with anything unusual about them."""
    tree = open_tree(find_run(run, host), host)
    if action is not None:
        found = find_action(tree, action)
        return Explanation(
            tree, (Explained(found, reasons_of(tree, found, host.engine.history(tree, found.ordinal), host)),)
        )
    histories: dict[int, list[Happening]] = {}
    for each in host.engine.history(tree):
        histories.setdefault(each.ordinal, []).append(each)
    told: list[Explained] = []
    more = 0
    for ordinal in range(len(tree)):
        if ordinal and not _is_unusual(histories.get(ordinal, ())):
            continue
        if len(told) > MOST_TOLD:
            more += 1
            continue
        found = tree.action(ordinal)
        told.append(Explained(found, reasons_of(tree, found, histories.get(ordinal, ()), host)))
    return Explanation(tree, tuple(told), more)


def _is_unusual(history: Sequence[Happening]) -> bool:
    kinds = [each.kind for each in history]
    return kinds[-1:] not in (["succeeded"], ["taken over"], ["started"]) or kinds.count("started") > 1


def reasons_of(tree: RunTree, action: ActionView, history: Sequence[Happening], host: Host) -> tuple[Reason, ...]:
    """Why one action is as it is; it reads the cache, too."""
    found = [*_waited(action, history), *_happened(action, history), *_now(tree, action, history, host)]
    return (*(found or [_usual(action)]), *_missed(tree, action, host))


def _missed(tree: RunTree, action: ActionView, host: Host) -> Iterator[Reason]:
    """Why it was computed though its task is cached."""
    if action.started_at is None or action.phase in ("cached", "recovered") or rules_of(action.details) is None:
        return
    try:
        yield Reason("cache_miss", f"not taken from the cache: {reason_for(tree, action, host).text}")
    except ValueError as error:
        yield Reason("cache_miss", f"whether the cache had it cannot be told: {error}")


def _waited(action: ActionView, history: Sequence[Happening]) -> Iterator[Reason]:
    started = next((each.at for each in history if each.kind == "started"), None)
    if started is not None and started - action.queued_at >= LONG_WAIT:
        yield Reason("queued", f"waited {duration(started - action.queued_at)} for a place among the actions that ran")


def _happened(action: ActionView, history: Sequence[Happening]) -> Iterator[Reason]:
    attempt = 0
    for each in history:
        if each.kind == "started":
            attempt = each.attempt
        elif each.kind == "failed" and each.delay is not None:
            wait = f" {duration(each.delay)} later" if each.delay >= 0.05 else " at once"
            tried = f"attempt {attempt} of {action.max_attempts} failed: {each.text}"
            yield Reason("retried", f"{tried}; its task has retries, tried again{wait}")
        elif each.kind == "lost":
            why = f": {each.text}" if each.text else ""
            yield Reason("lost", f"its worker died{why}; started again, which costs no retry")
        elif each.kind == "climbed":
            yield Reason("climbed", f"ran out of memory: {each.text}; started again with more, which costs no retry")
        elif each.kind == "reopened":
            yield Reason("reopened", "asked for again by a new attempt of the action that called it")
        elif each.kind == "aborted":
            yield Reason("aborted", f"aborted: {each.text}" if each.text else "aborted with its run")


def _now(tree: RunTree, action: ActionView, history: Sequence[Happening], host: Host) -> Iterator[Reason]:
    if tree.phase == "interrupted" and action.phase in BUSY:
        yield Reason("interrupted", f"its run was interrupted: flyte rerun {tree.name} --recover goes on with it")
    elif action.phase == "queued":
        yield _queued(tree, action, host)
    elif action.phase == "retrying":
        yield _retrying(action, history, host)
    elif action.phase == "failed":
        yield _failed(tree, action)
    elif action.phase == "recovered":
        source = f" from {tree.recovered_from}" if tree.recovered_from else ""
        yield Reason("recovered", f"taken over{source}, where it had succeeded: nothing of it changed")
    elif action.phase == "cached":
        yield Reason("cached", f"taken from the cache: {action.cached_from} computed it")
    elif action.phase == "paused":
        yield Reason("paused", "waits for an answer, or for a moment to come; `flyte signal` gives one")
    elif action.phase in ("running", "waiting") and (below := _unfinished_children(tree, action)):
        names = [f"{each.path} ({each.phase})" for each in below]
        yield Reason("waits", f"waits for {len(below)} of its {action.child_count} actions: {listed(names, 4)}")


def _queued(tree: RunTree, action: ActionView, host: Host) -> Reason:
    counts = tree.counts()
    busy = sum(counts.get(phase, 0) for phase in ("running", "waiting", "retrying"))
    ahead = max(counts.get("queued", 1) - 1, 0)
    since = duration(host.clock() - action.queued_at)
    others = f", {ahead} more {'is' if ahead == 1 else 'are'} queued" if ahead else ""
    return Reason("queued", f"queued for {since}: all places are taken, {busy} actions of this run go on{others}")


def _retrying(action: ActionView, history: Sequence[Happening], host: Host) -> Reason:
    last = next((each for each in reversed(history) if each.kind == "failed" and each.delay is not None), None)
    left = max(last.at + (last.delay or 0.0) - host.clock(), 0.0) if last else 0.0
    when = f"starts in {duration(left)}" if left >= 0.05 else "is about to start"
    return Reason("retrying", f"attempt {action.attempts + 1} of {action.max_attempts} {when}")


def _failed(tree: RunTree, action: ActionView) -> Reason:
    below = _same_below(tree, action)
    if below is not None:
        return Reason("passed_on", f"did not handle the error of {below.path}, which it called")
    if action.max_attempts == 1:
        why = "its task has no retries"
    elif action.attempts >= action.max_attempts:
        why = f"that was attempt {action.attempts} of {action.max_attempts}"
    else:
        left = action.max_attempts - action.attempts
        why = f"an error of this kind is not tried again ({left} {'attempts' if left > 1 else 'attempt'} left)"
    error = action.error
    head = (error.message.strip().partition("\n")[0] if error else "") or "no message"
    kind = (error.type or error.code).rpartition(".")[2] if error else "error"
    return Reason("failed", f"{kind}: {head}; {why}")


def _same_below(tree: RunTree, action: ActionView) -> ActionView | None:
    if action.error is None or not action.child_count:
        return None
    for ordinal in tree.failures():
        child = tree.action(ordinal)
        same = child.error is not None and (child.error.code, child.error.message) == (
            action.error.code,
            action.error.message,
        )
        if child.parent == action.ordinal and same:
            return child
    return None


def _unfinished_children(tree: RunTree, action: ActionView) -> list[ActionView]:
    children = (tree.action(ordinal) for ordinal in tree.children(action.ordinal))
    return [child for child in children if child.phase in BUSY]


def _usual(action: ActionView) -> Reason:
    if action.started_at is None:
        return Reason("usual", f"{action.phase}; nothing more is recorded")
    if action.ended_at is None:
        return Reason("usual", "it started at once and goes on; nothing unusual happened to it")
    took = duration(action.ended_at - action.started_at)
    return Reason("usual", f"it started at once, {action.phase} at the first attempt and took {took}: nothing unusual")
