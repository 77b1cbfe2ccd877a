"""The failure report: one, however many levels the error passed. Your frames first, library frames as a count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.marks import FAILED
from flyte_cli.output.actions import error_line, inputs_text, short_type
from flyte_cli.output.advice import advice_for
from flyte_cli.output.excerpts import excerpt
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import number
from flyte_cli.sources import Place, shown_path, source_around

if TYPE_CHECKING:
    from flyte._core import ActionView, ErrorView, RunTree

    Frame = tuple[str, int, str, str, bool]

INDENT = "    "
MOST_OTHERS = 5
MOST_NAMES = 4


@dataclass(frozen=True)
class Chain:
    """The action where an error came from, and the actions it passed on its way to the root."""

    origin: ActionView
    passed: tuple[ActionView, ...] = ()


def chain(tree: RunTree) -> Chain | None:
    """Follow the root's error down to where it was raised."""
    current = tree.action(0)
    if current.error is None:
        return None
    failed: dict[int, list[ActionView]] = {}
    for ordinal in tree.failures():
        action = tree.action(ordinal)
        if action.parent is not None:
            failed.setdefault(action.parent, []).append(action)
    passed: list[ActionView] = []
    while below := next((each for each in failed.get(current.ordinal, ()) if _same(each, current)), None):
        passed.append(current)
        current = below
    return Chain(current, tuple(reversed(passed)))


def raised_by(tree: RunTree, action: ActionView) -> ActionView | None:
    """The action right below whose error it did not handle."""
    if action.error is None or not action.child_count:
        return None
    for ordinal in tree.subtree(action.ordinal).failed:
        below = tree.action(ordinal)
        if below.parent == action.ordinal and _same(below, action):
            return below
    return None


def passed_through(tree: RunTree, action: ActionView) -> list[ActionView]:
    """The actions above it that did not handle its error, nearest first."""
    passed: list[ActionView] = []
    current = action
    while current.parent is not None:
        above = tree.action(current.parent)
        if not _same(current, above):
            break
        passed.append(above)
        current = above
    return passed


def _same(child: ActionView, parent: ActionView) -> bool:
    if child.error is None or parent.error is None:
        return False
    return child.error.code == parent.error.code and child.error.message == parent.error.message


def report(tree: RunTree, look: Look, here: str, verbose: bool = False) -> Iterator[Line]:
    """The lines of the report, without the headline."""
    found = chain(tree)
    if found is None or found.origin.error is None:
        return
    yield from _head(found.origin, found.origin.error, look)
    yield ()
    yield from _frames(found, look, here, verbose)
    yield from _causes(found.origin.error, found.origin.task)
    yield from others(tree, look, {found.origin.ordinal, *(each.ordinal for each in found.passed)})


def error_report(action: ActionView, look: Look, here: str, verbose: bool = False) -> Iterator[Line]:
    """The error of one action, wherever it came from."""
    if action.error is None:
        return
    first, *rest = action.error.message.strip().splitlines() or [""]
    yield line("  ", Span(visible(short_type(action.error)), "bold red"), visible(f": {first}" if first else ""))
    for text in rest:
        yield line("    ", visible(text))
    yield ()
    yield from _frames(Chain(action), look, here, verbose)
    yield from _causes(action.error, action.task)


def _causes(error: ErrorView, task: str) -> Iterator[Line]:
    for kind, message in error.causes:
        first = message.strip().partition("\n")[0]
        yield line("  ", dim("cause "), visible(f"{kind.rpartition('.')[2]}: {first}"))
    advice = advice_for(error, task.rpartition(".")[0])
    if advice:
        yield line("  ", dim("help  "), advice)


def _head(origin: ActionView, error: ErrorView, look: Look) -> Iterator[Line]:
    attempts = f"{origin.attempts} of {origin.max_attempts} attempts" if origin.max_attempts > 1 else ""
    room = look.width - width_of(origin.path) - width_of(attempts) - 8
    inputs = inputs_text(origin, max(room, 6))
    facts = f" {look.glyph('·')} ".join(part for part in (inputs, attempts) if part)
    said = line("  ", bold(visible(origin.path)), dim(f"  {facts}" if facts else ""))
    yield clipped(said, look.width - 1, look.glyph("…"))
    first, *rest = error.message.strip().splitlines() or [""]
    yield line("  ", Span(visible(short_type(error)), "bold red"), visible(f": {first}" if first else ""))
    for text in rest:
        yield line("    ", visible(text))


def _frames(found: Chain, look: Look, here: str, verbose: bool) -> Iterator[Line]:
    error = found.origin.error
    assert error is not None
    own = [frame for frame in error.frames if frame[4]]
    shown = list(error.frames) if verbose else own
    hidden = len(error.frames) - len(shown)
    for place, frame in enumerate(reversed(shown)):
        yield from _excerpt(frame, look, here) if place == 0 else _call(frame, look, here)
    seen = {(frame[0], frame[1]) for frame in error.frames}
    for action in found.passed:
        frames = action.error.frames if action.error else []
        for frame in reversed(frames):
            if (frame[0], frame[1]) in seen:
                continue
            seen.add((frame[0], frame[1]))
            if frame[4] or verbose:
                yield from _call(frame, look, here)
            else:
                hidden += 1
    if hidden:
        yield line(dim(f"    {number(hidden)} library {'frame' if hidden == 1 else 'frames'} hidden (-v shows them)"))


def _excerpt(frame: Frame, look: Look, here: str) -> Iterator[Line]:
    file, at, function, source, _ = frame
    where = f"{shown_path(file, here)}:{at} in {function}"
    yield from excerpt(Place(where, at, source_around(file, at, source)), look, INDENT)


def _call(frame: Frame, look: Look, here: str) -> Iterator[Line]:
    file, at, function, source, _ = frame
    lines = ((at, source.strip("\n")),) if source.strip() else ()
    yield from excerpt(Place(f"{shown_path(file, here)}:{at} in {function}", at, lines, lit=False), look, INDENT)


def others(tree: RunTree, look: Look, told: set[int]) -> Iterator[Line]:
    """One line per distinct error that the report does not tell: `✗ 12 × TimeoutError: … (flaky.4, …)`."""
    failed = [tree.action(ordinal) for ordinal in tree.failures() if ordinal and ordinal not in told]
    parents = {action.parent: action for action in failed}
    kinds: dict[str, list[str]] = {}
    for action in failed:
        below = parents.get(action.ordinal)
        if action.error is not None and not (below and _same(below, action)):
            kinds.setdefault(error_line(action.error, look), []).append(action.path)
    if kinds:
        yield ()
    for text, labels in list(kinds.items())[:MOST_OTHERS]:
        names = ", ".join(labels[:MOST_NAMES]) + (f", {look.glyph('…')}" if len(labels) > MOST_NAMES else "")
        count = f"{number(len(labels))} {look.glyph('×')} " if len(labels) > 1 else ""
        yield line("  ", look.mark(FAILED), f" {count}{text}", dim(f"  ({visible(names)})"))
    if len(kinds) > MOST_OTHERS:
        yield line(dim(f"  {look.glyph('…')} {len(kinds) - MOST_OTHERS} other errors"))
