"""Events of a run as lines that stay: prints, retries, lost workers. It keeps only what the next line needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flyte_cli.marks import FAILED, RETRYING
from flyte_cli.output.actions import error_line
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, dim, line
from flyte_cli.output.visible import last_state, visible
from flyte_cli.quantities import duration

if TYPE_CHECKING:
    from flyte._core import Event, RunTree

_STREAM_COLOURS = ("magenta", "cyan", "green", "yellow", "blue")


def time_of(event: Event, tree: RunTree) -> str:
    """Since the run started: `4.0s`."""
    return f"{max(event.at - tree.started_at, 0.0):.1f}s"


def printed(event: Event, tree: RunTree, look: Look, keep_colour: bool) -> Line:
    """A line that a task printed; those of children carry their name."""
    text = visible(last_state(event.text.decode("utf-8", "backslashreplace")), keep_colour)
    if event.ordinal == 0:
        return line(text)
    name = name_span(event.ordinal, tree.action(event.ordinal).path)
    return line(name, dim(f" {look.glyph('│')} "), text)


def name_span(ordinal: int, path: str) -> Span:
    """The name of an action before a line of its own, in a colour by which it is told from its siblings."""
    return Span(visible(path), _STREAM_COLOURS[ordinal % len(_STREAM_COLOURS)])


@dataclass
class Happenings:
    """Turns events other than prints into lines; a repeated error is named once."""

    last_error: dict[int, str] = field(default_factory=dict)

    def line(self, event: Event, tree: RunTree, look: Look) -> Line | None:
        """The line for an event, without its time; None when it is not worth one."""
        if event.kind == "retry":
            return self._retry(event, tree, look)
        if event.kind == "lost":
            name = visible(tree.action(event.ordinal).path)
            return line(look.mark(RETRYING), Span(f" {name}", "yellow"), "   its worker died, started again")
        if event.kind == "climbed":
            name = visible(tree.action(event.ordinal).path)
            text = visible(event.text.decode("utf-8", "replace"))
            return line(look.mark(RETRYING), Span(f" {name}", "yellow"), f"   {text}")
        if event.kind == "notice":
            return line(visible(event.text.decode("utf-8", "backslashreplace")))
        return None

    def failed(self, event: Event, tree: RunTree, look: Look) -> Line:
        """A failure, without its error: the report at the end has that."""
        action = tree.action(event.ordinal)
        attempts = f" after {action.attempts} attempts" if action.attempts > 1 else ""
        return line(look.mark(FAILED), f" {visible(action.path)} failed{attempts}")

    def _retry(self, event: Event, tree: RunTree, look: Look) -> Line:
        action = tree.action(event.ordinal)
        error = error_line(action.error, look) if action.error else visible(event.text.decode("utf-8", "replace"))
        same = self.last_error.get(event.ordinal) == error
        self.last_error[event.ordinal] = error
        wait = f" in {duration(event.delay)}" if event.delay >= 0.05 else ""
        attempt = dim(f" {look.glyph('·')} attempt {event.attempt} of {action.max_attempts}{wait}")
        name = Span(f" {visible(action.path)}", "yellow")
        return line(look.mark(RETRYING), name, "   ", "same error" if same else error, attempt)
