"""The end of a run: one line when it went well, the report and the next commands when it did not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flyte_cli.marks import mark_of
from flyte_cli.output.actions import child_counts, counts_line
from flyte_cli.output.failure import chain, others, report
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, dim, line, trimmed
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import duration, number

if TYPE_CHECKING:
    from flyte._core import RunTree

INDENT = 8
SLOWEST_AMONG = 5_000
"""Above this, finding the slowest would cost more than it tells."""


def ending(tree: RunTree, look: Look, now: float, here: str, verbose: bool = False) -> Iterator[Line]:
    """Everything said after a run, the result aside."""
    if tree.phase == "succeeded":
        yield from _succeeded(tree, look, now)
    else:
        yield from _unfinished(tree, look, now, here, verbose)


def _succeeded(tree: RunTree, look: Look, now: float) -> Iterator[Line]:
    took = duration((tree.ended_at or now) - tree.started_at)
    facts = f" {look.glyph('·')} ".join(_facts(tree))
    root = tree.action(0)
    if root.phase == "cached":
        said = (bold(visible(root.short_name)), " cached", dim(f"  from {root.cached_from}  {tree.name}"))
        yield line(look.mark(mark_of("cached")), " ", *said)
        return
    head = line(look.mark(mark_of("succeeded")), " ", bold(visible(root.short_name)), f"  {took}  ", dim(tree.name))
    yield line(head, f"   {facts}" if facts else "")
    slow = slowest(tree, look)
    if slow:
        yield line(dim("  slowest  "), slow)
    yield from others(tree, look, set())


def _facts(tree: RunTree) -> Iterator[str]:
    if len(tree) > 1:
        yield f"{number(len(tree))} actions"
    cached = tree.counts().get("cached", 0)
    if cached and len(tree) > 1:
        yield f"{number(cached)} cached"
    recovered = tree.counts().get("recovered", 0)
    if recovered:
        yield f"{number(recovered)} recovered"
    if tree.retries:
        yield f"{number(tree.retries)} retried"


def slowest(tree: RunTree, look: Look, most: int = 3) -> str:
    """The actions that took longest, when there are several: `flaky.19 3.1s · train 2.6s`."""
    if not 2 < len(tree) <= SLOWEST_AMONG:
        return ""
    took = []
    for ordinal in range(1, len(tree)):
        action = tree.action(ordinal)
        if action.phase == "succeeded" and not action.child_count and action.started_at and action.ended_at:
            took.append((action.ended_at - action.started_at, action.path))
    took.sort(key=lambda pair: -pair[0])
    longest = [f"{visible(label)} {duration(seconds)}" for seconds, label in took[:most] if seconds >= 0.1]
    return f" {look.glyph('·')} ".join(longest)


def _unfinished(tree: RunTree, look: Look, now: float, here: str, verbose: bool) -> Iterator[Line]:
    mark = mark_of(tree.phase)
    root = tree.action(0)
    took = duration((tree.ended_at or now) - tree.started_at)
    how = Span("failed", "red") if tree.phase == "failed" else Span(tree.phase)
    time = f" in {took}" if tree.phase == "failed" else f" after {took}"
    head = line(look.mark(mark), " ", Span(visible(root.short_name), f"bold {mark.style}"), " ", how)
    yield trimmed(line(head, time, dim(f"  {tree.name}"), "   ", counts_line(child_counts(tree), look)))
    yield ()
    told = list(report(tree, look, here, verbose)) if tree.phase == "failed" else []
    yield from told
    if told:
        yield ()
    yield from following(tree, look)


def following(tree: RunTree, look: Look) -> Iterator[Line]:
    """The commands one may want next."""
    commands = [(f"flyte rerun {tree.name} --recover", "redo only what did not finish")]
    if len(tree) == 1 and tree.phase == "failed":
        commands = [(f"flyte rerun {tree.name}", "run it again with these inputs")]
    found = chain(tree) if tree.phase == "failed" else None
    if found is not None and found.origin.ordinal and not found.origin.child_count:
        again = f"flyte rerun {tree.name} --action-name {visible(found.origin.path)} --pdb"
        commands.append((again, "step into it with these inputs"))
    commands.append((f"flyte tui {tree.name}", "look around"))
    column = max(width_of(command) for command, _ in commands) + 3
    if any(INDENT + column + width_of(why) >= look.width for _, why in commands):
        column = 0  # side by side where they fit, else as close as they go
    for place, (command, why) in enumerate(commands):
        told = command.ljust(column) if column else f"{command}   "
        fits = INDENT + width_of(told) + width_of(why) < look.width
        yield line(dim("  next  ") if place == 0 else " " * INDENT, told if fits else command, dim(why) if fits else "")
