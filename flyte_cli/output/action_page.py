"""One action on a page: header, attempts, inputs, result or error. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flyte_cli.marks import RETRYING, at_rest, mark_of
from flyte_cli.output.failure import error_report
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import age, duration, size
from flyte_cli.sources import shown_path

if TYPE_CHECKING:
    from flyte._core import ActionView
    from flyte_cli.ops.looking import ActionPage, AttemptView

WORDS = {"lost": "worker died", "climbed": "out of memory"}
AGAIN = ("failed", "lost", "climbed")


def action_page(page: ActionPage, look: Look, now: float, here: str, verbose: bool = False) -> Iterator[Line]:
    """Everything about an action that fits a page."""
    action, tree = page.action, page.tree
    phase = at_rest(action.phase, tree.phase)
    mark = mark_of(phase)
    took = ""
    if action.started_at is not None and (action.ended_at is not None or tree.phase in ("running", "queued")):
        took = f"  {duration((action.ended_at if action.ended_at is not None else now) - action.started_at)}"
    head = line(look.mark(mark), " ", bold(visible(action.path)), "  ", dim(tree.name), "  ")
    yield line(head, Span(phase, mark.style), took)
    yield line(dim(f"  {f' {look.glyph(chr(183))} '.join(_facts(action, now, here))}"))
    if len(page.attempts) > 1 or (page.attempts and page.attempts[0].outcome == "lost"):
        yield ()
        yield from _attempts(page.attempts, look, action.queued_at, now)
    for title, pairs in (("inputs", action.inputs), ("result", action.outputs)):
        if pairs:
            yield ()
            yield from _pairs(title, pairs, look)
    for name, address in action.links:
        yield line("  ", dim("link    "), f"{visible(name)}  {visible(address)}")
    if action.error is not None and action.phase not in ("succeeded", "recovered"):
        yield ()
        yield from error_report(action, look, here, verbose)
    yield ()
    yield from _next(page)


def _facts(action: ActionView, now: float, here: str) -> Iterator[str]:
    yield visible(action.task)
    if action.file:
        yield f"{visible(shown_path(action.file, here))}:{action.line}"
    if action.group:
        yield f"group {visible(action.group)}"
    started = action.started_at
    yield f"queued {age(action.queued_at, now)}" if started is None else f"started {age(started, now)}"
    if started is not None and started - action.queued_at >= 0.1:
        yield f"{duration(started - action.queued_at)} in the queue"
    if action.max_attempts > 1:
        yield f"{action.attempts} of {action.max_attempts} attempts"
    if action.cpu_time >= 0.1:
        yield f"{duration(action.cpu_time)} of processor time"
    if action.peak_memory:
        yield f"{size(action.peak_memory)} at most"
    if action.cached_from:
        yield f"cached by {action.cached_from}"
    if action.child_count:
        yield f"called {action.child_count:,} {'action' if action.child_count == 1 else 'actions'}"


def _attempts(attempts: Sequence[AttemptView], look: Look, since: float, now: float) -> Iterator[Line]:
    for each in attempts:
        mark = RETRYING if each.outcome in AGAIN and each is not attempts[-1] else mark_of(each.outcome)
        took = duration((each.ended_at if each.ended_at is not None else now) - each.started_at)
        text = visible(each.reason) or WORDS.get(each.outcome, each.outcome)
        wait = dim(f", next in {duration(each.delay)}") if each.delay is not None and each.delay >= 0.05 else ""
        row = line("  ", look.mark(mark), f" attempt {each.number}  {took:>7}  ", text, wait)
        yield clipped(row, look.width - 1, look.glyph("…"))


def _pairs(title: str, pairs: Sequence[tuple[str, str]], look: Look) -> Iterator[Line]:
    names = max(width_of(visible(name)) for name, _ in pairs)
    for place, (name, text) in enumerate(pairs):
        first = dim(f"{title:<8}") if place == 0 else Span(" " * 8)
        shown = visible(name)
        row = line("  ", first, shown, " " * (names - width_of(shown) + 2), visible(text))
        yield clipped(row, look.width - 1, look.glyph("…"))


def _next(page: ActionPage) -> Iterator[Line]:
    run, action = page.tree.name, page.action
    target = f"{run} {action.path}"
    commands = [f"flyte logs {target}", f"flyte get io {target}", f"flyte explain {target}"]
    if action.phase == "failed":
        commands.append(f"flyte rerun {run} --action-name {action.path} --pdb")
    for place, command in enumerate(commands):
        yield line(dim("  next  ") if place == 0 else "        ", visible(command))
