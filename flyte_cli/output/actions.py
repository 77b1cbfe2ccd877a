"""Words about actions that several screens share: names, inputs, times, counts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flyte_cli.marks import FINISHED, by_mark
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, joined
from flyte_cli.output.visible import clip, visible

if TYPE_CHECKING:
    from flyte._core import ActionView, ErrorView, Fold, RunTree

LONGEST_VALUE = 80


def inputs_text(action: ActionView, width: int = 200) -> str:
    """The inputs in short: `i=3 fatal=True`."""
    pairs = (f"{name}={clip(visible(value), LONGEST_VALUE)}" for name, value in action.inputs)
    return clip(" ".join(pairs), width)


def error_line(error: ErrorView, look: Look) -> str:
    """Type and first line of the message."""
    first = error.message.strip().partition("\n")[0]
    return visible(f"{short_type(error)}: {first}" if first else short_type(error))


def short_type(error: ErrorView) -> str:
    """The type without its module."""
    return (error.type or error.code).rpartition(".")[2]


def child_counts(tree: RunTree) -> dict[str, int]:
    """How many actions are in each phase, the root left out."""
    counts = dict(tree.counts())
    root = tree.action(0).phase
    counts[root] = counts.get(root, 0) - 1
    return {phase: count for phase, count in counts.items() if count > 0}


def counts_line(counts: dict[str, int], look: Look) -> Line:
    """`17✓ 4● 1↻`."""
    return joined([(look.count(mark, count),) for mark, count in by_mark(counts)], Span(" "))


def done(fold: Fold) -> int:
    """How many siblings have ended."""
    return sum(count for phase, count in fold.counts.items() if phase in FINISHED)


def fold_phase(fold: Fold) -> str:
    """The phase of the row as a whole."""
    if done(fold) < fold.total:
        busy = ("retrying", "running", "waiting") if fold.total == 1 else ("running", "waiting", "retrying")
        return next((phase for phase in busy if fold.counts.get(phase)), "queued")
    ended = ("failed", "aborted", "succeeded", "recovered", "cached")
    return next((phase for phase in ended if fold.counts.get(phase)), "succeeded")


def elapsed(started: float | None, ended: float | None, now: float) -> float | None:
    """How long something took so far."""
    if started is None:
        return None
    return max((ended if ended is not None else now) - started, 0.0)
