"""Look closely at what was recorded: one action, its values, why it is as it is; and delete runs. No terminal here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from flyte_cli import where
from flyte_cli.action_names import find_action
from flyte_cli.errors import MachineTrouble, Misuse, NoSuchRun
from flyte_cli.ops.host import Host
from flyte_cli.ops.moments import moment_of
from flyte_cli.ops.runs import Which, find_run, fitting, known, open_tree

if TYPE_CHECKING:
    from flyte._core import ActionView, Happening, RunRow, RunTree

ENDS = ("succeeded", "failed", "lost", "climbed", "aborted")
LIVE = ("queued", "running")


@dataclass(frozen=True)
class AttemptView:
    """One try at an action."""

    number: int
    started_at: float
    ended_at: float | None
    outcome: str
    """`running`, `succeeded`, `failed`, `lost` (its worker died), `climbed` (it needs more memory) or `aborted`."""
    reason: str = ""
    delay: float | None = None
    """Seconds until the next one."""


@dataclass(frozen=True)
class ActionPage:
    """One action with its attempts."""

    tree: RunTree
    action: ActionView
    attempts: Sequence[AttemptView]


def look_at_action(run: str, action: str, host: Host) -> ActionPage:
    """One action of a run."""
    tree = open_tree(find_run(run, host), host)
    found = find_action(tree, action)
    return ActionPage(tree, found, attempts_of(host.engine.history(tree, found.ordinal)))


def attempts_of(history: Iterable[Happening]) -> list[AttemptView]:
    """The attempts that a history tells of."""
    attempts: list[AttemptView] = []
    for each in history:
        if each.kind == "started":
            if attempts and attempts[-1].ended_at is None and attempts[-1].number == each.attempt:
                attempts.pop()  # its worker handed it back before it began
            attempts.append(AttemptView(each.attempt, each.at, None, "running"))
        elif each.kind in ENDS and attempts and attempts[-1].ended_at is None:
            last = attempts.pop()
            attempts.append(AttemptView(last.number, last.started_at, each.at, each.kind, each.text, each.delay))
    return attempts


ACTION_PHASES = (
    "queued", "running", "waiting", "paused", "retrying", "succeeded", "failed", "aborted", "recovered", "cached",
)  # fmt: skip
"""Phases of actions."""


@dataclass(frozen=True)
class ActionListing:
    """Some actions of a run, in the order they were asked for."""

    tree: RunTree
    actions: Sequence[ActionView]
    count: int
    """How many fit, also those beyond the limit."""
    limit: int


def list_actions(run: str, phases: Sequence[str], query: str | None, limit: int, host: Host) -> ActionListing:
    """The actions of a run that fit."""
    if limit < 1:
        raise Misuse(f"`--limit` is a number from 1 up, got `{limit}`")
    for phase in phases:
        known("--phase", phase, ACTION_PHASES)
    terms = where.parse(query, ACTION_PHASES, ("took",)) if query is not None else where.Query()
    tree = open_tree(find_run(run, host), host)
    found: list[ActionView] = []
    count = 0
    for ordinal in range(len(tree)):
        action = tree.action(ordinal)
        if (not phases or action.phase in phases) and terms.holds(partial(_values_of, action, host)):
            count += 1
            if count <= limit:
                found.append(action)
    return ActionListing(tree, found, count, limit)


def _values_of(action: ActionView, host: Host, key: str) -> Sequence[str | float | None]:
    """What an action has under a key of the filter language; a key it does not know is an input."""
    error = f"{action.error.type} {action.error.message}" if action.error is not None else None
    if key == "":
        return [action.path, action.task, error, *(f"{name}={value}" for name, value in action.inputs)]
    if key == "took":
        end = action.ended_at if action.ended_at is not None else host.clock()
        return [None if action.started_at is None else end - action.started_at]
    plain: dict[str, str | float | None] = {
        "state": action.phase,
        "task": action.task,
        "name": action.path,
        "group": action.group,
        "error": error,
        "attempt": float(action.attempts),
    }
    if key in plain:
        return [plain[key]]
    return [where.unquoted(dict(action.inputs).get(key))]


@dataclass(frozen=True)
class Value:
    """One input or output: its type, its size as recorded, and what it holds down to the smallest."""

    name: str
    type: str
    size: int
    value: Any
    """For lists (type, value) each, for dicts ((type, key), (type, value)) each; else the plain value."""


@dataclass(frozen=True)
class Values:
    """What an action took and gave; None for what was not asked for, or is not there yet."""

    run: str
    action: str
    phase: str
    inputs: Sequence[Value] | None
    outputs: Sequence[Value] | None
    wanted: tuple[bool, bool] = (True, True)


def values_of(run: str, action: str | None, inputs: bool, outputs: bool, host: Host) -> Values:
    """The values of an action, the first one when none is named. Nothing of them is unpickled."""
    if inputs and outputs:
        inputs = outputs = False  # both only: both
    wanted = (not outputs, not inputs)
    tree = open_tree(find_run(run, host), host)
    found = tree.action(0) if action is None else find_action(tree, action)
    try:
        took = _read(tree.inputs_of(found.ordinal)) if wanted[0] else None
        given = host.engine.outputs(tree, found.ordinal) if wanted[1] else None
    except (FileNotFoundError, ValueError) as error:
        raise MachineTrouble(f"values of `{found.path}` in run `{tree.name}` are gone: {error}") from error
    return Values(tree.name, found.path, found.phase, took, None if given is None else _read(given), wanted)


def _read(message: bytes) -> list[Value]:
    from flyte._core import named_literals

    return [read_value(name, literal) for name, literal in named_literals(message)]


def read_value(name: str, literal: bytes) -> Value:
    """One value of a message. Raises ValueError for bytes that are none."""
    from flyte._core import value_tree

    kind, value = value_tree(literal)
    return Value(name, kind, len(literal), value)


@dataclass(frozen=True)
class Deletion:
    """Runs that are deleted, or were left alone."""

    deleted: tuple[str, ...]
    live: tuple[str, ...] = ()
    """Left alone, as they go on."""
    confirmed: bool = True


def delete_runs(runs: Sequence[str], older_than: str | None, which: Which, yes: bool, host: Host) -> Deletion:
    """Delete the runs that are named, or all that fit; never one that goes on."""
    chosen, live = _chosen(runs, older_than, which, host)
    if not chosen:
        return Deletion((), live)
    if not yes:
        few = ", ".join(row.name for row in chosen[:5]) + (f" and {len(chosen) - 5} more" if len(chosen) > 5 else "")
        what = f"run {few}" if len(chosen) == 1 else f"{len(chosen)} runs, {few},"
        answer = host.confirm(f"delete {what} with all data?")
        if answer is None:
            raise Misuse("nobody is there to confirm it", help=["`--yes` deletes without asking"])
        if not answer:
            return Deletion((), live, confirmed=False)
    deleted: list[str] = []
    kept = list(live)
    for row in chosen:
        try:
            (deleted if host.engine.remove(row.name) else kept).append(row.name)
        except (OSError, ValueError) as error:
            done = f"; deleted before it: {', '.join(deleted)}" if deleted else ""
            raise MachineTrouble(f"cannot delete run `{row.name}`: {error}{done}", help=[row.folder]) from error
    return Deletion(tuple(deleted), tuple(kept))


def _chosen(
    runs: Sequence[str], older_than: str | None, which: Which, host: Host
) -> tuple[list[RunRow], tuple[str, ...]]:
    before = None if older_than is None else moment_of("--older-than", older_than, host)
    narrow = which.narrow or before is not None
    if runs and narrow:
        raise Misuse("runs are named, or chosen by filters, not both")
    if not runs and not narrow:
        raise Misuse(
            "which runs?", help=["flyte delete run r7k2m9q", "flyte delete run --older-than 30d --phase failed"]
        )
    if runs:
        rows = list({row.name: row for row in (find_run(each, host) for each in runs)}.values())
        live = [row.name for row in rows if row.phase in LIVE]
        if live:
            raise NoSuchRun(
                f"{', '.join(f'`{name}`' for name in live)} {'goes' if len(live) == 1 else 'go'} on: nothing was done",
                help=[f"flyte abort {name}" for name in live[:3]],
            )
        return rows, ()
    rows = [row for row in fitting(which, host) if before is None or (row.ended_at or row.started_at) < before]
    over = [row for row in rows if row.phase not in LIVE]
    return over, tuple(row.name for row in rows if row.phase in LIVE)
