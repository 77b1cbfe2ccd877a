"""The run on a terminal: permanent lines above, a region below that is redrawn and goes away at the end.

It draws only when it is told of something, at most ten times a second, and never touches the run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flyte_cli.marks import PAUSED
from flyte_cli.output.happenings import Happenings, printed, time_of
from flyte_cli.output.look import Look
from flyte_cli.output.paper import Paper
from flyte_cli.output.progress import Printed, stopping
from flyte_cli.output.region import region
from flyte_cli.output.spans import Line, dim, line, painted
from flyte_cli.output.visible import last_state, visible
from flyte_cli.quantities import number

if TYPE_CHECKING:
    from flyte._core import Event, RunTree
    from flyte.runtime.questions import Questions

QUIET_START = 0.3
BETWEEN_FRAMES = 0.1
LINES_PER_SECOND = 50
SAID_KEPT = 512


@dataclass
class Live:
    """Observes a run on a terminal."""

    paper: Paper
    printed: Printed
    clock: Callable[[], float]
    drawn: int = 0
    drawn_at: float = 0.0
    said: dict[int, str] = field(default_factory=dict)
    happenings: Happenings = field(default_factory=Happenings)
    second: int = 0
    in_second: dict[int, int] = field(default_factory=dict)

    def started(self, tree: RunTree) -> None:
        """Remember the tree; a short run shows nothing else."""
        self.tree = tree
        self.began = self.clock()
        self.questions: Questions | None = None

    def tick(self, events: list[Event]) -> None:
        """Write permanent lines above, then the region anew."""
        above = [found for event in events if (found := self._permanent(event)) is not None]
        now = self.clock()
        asked = self._ask(events)
        if asked is not None:
            self._write_behind(above, asked)
        elif now - self.began < QUIET_START or len(self.tree) < 2:
            self._write(above, [])
        elif above or now - self.drawn_at >= BETWEEN_FRAMES:
            self.drawn_at = now
            self._write(above, region(self.tree, self._measured(), now, self.said))

    def interrupted(self, count: int) -> None:
        """Say what is going on."""
        self._write([(self.paper, line(stopping(count)))], [])

    def finish(self) -> None:
        """Erase the region."""
        self._write(self._skipped(-1), [])

    def _ask(self, events: list[Event]) -> str | None:
        """Ask what the run waits for: the question that is open."""
        paused = [event for event in events if event.kind == "paused"]
        if paused and self.questions is None:
            from flyte.runtime.questions import Questions  # deferred: few runs ask

            self.questions = Questions(self.tree, self._say, self._prompt)
        if self.questions is None:
            return None
        for event in paused:
            self.questions.take(event)
        self.questions.look()
        return self.questions.prompt

    def _say(self, text: str) -> None:
        self._write([(self.paper, line(visible(text)))], [])

    def _prompt(self, text: str) -> None:
        self._write([], [])
        self.paper.write(_question(text, self.paper.look))

    def _write_behind(self, above: list[tuple[Paper, Line]], asked: str) -> None:
        """Lines go above the open question; there is no region meanwhile."""
        if above:
            self.paper.write("\r\x1b[K")
            self._write(above, [])
            self.paper.write(_question(asked, self.paper.look))

    def _permanent(self, event: Event) -> tuple[Paper, Line] | None:
        if event.kind == "log":
            return self._print(event)
        happened = self.happenings.line(event, self.tree, self.paper.look)
        return None if happened is None else (self.paper, line(dim(f"{time_of(event, self.tree):>6} "), happened))

    def _print(self, event: Event) -> tuple[Paper, Line] | None:
        paper = self.printed.paper(event)
        if event.ordinal:
            self._remember(event)
        if paper is None or (event.ordinal and paper.terminal and self._too_many(event)):
            return None
        spans = printed(event, self.tree, paper.look, paper.look.colour)
        if event.ordinal and paper.terminal:
            spans = line(dim(f"{time_of(event, self.tree):>6} "), spans)
        return paper, spans

    def _remember(self, event: Event) -> None:
        self.said.pop(event.ordinal, None)
        self.said[event.ordinal] = visible(last_state(event.text.decode("utf-8", "backslashreplace")))
        if len(self.said) > SAID_KEPT:
            del self.said[next(iter(self.said))]

    def _too_many(self, event: Event) -> bool:
        if int(event.at) != self.second:
            for paper, spans in self._skipped(int(event.at)):
                self._write([(paper, spans)], [])
        count = self.in_second[event.ordinal] = self.in_second.get(event.ordinal, 0) + 1
        return count > LINES_PER_SECOND

    def _skipped(self, second: int) -> list[tuple[Paper, Line]]:
        """One line for each action that printed too fast in the second that is over."""
        over = [(ordinal, count - LINES_PER_SECOND) for ordinal, count in self.in_second.items()]
        self.second, self.in_second = second, {}
        look = self.paper.look
        return [
            (self.paper, line(dim(f"       {name} {look.glyph('│')} {look.glyph('…')} {number(more)} lines not shown")))
            for ordinal, more in over
            if more > 0
            for name in [visible(self.tree.action(ordinal).path)]
        ]

    def _measured(self) -> Look:
        try:
            size = os.get_terminal_size(self.paper.stream.fileno())
        except (OSError, ValueError):
            return self.paper.look
        return replace(self.paper.look, width=size.columns or 80, height=size.lines or 24)

    def _write(self, above: list[tuple[Paper, Line]], below: list[Line]) -> None:
        """Erase, write what stays, draw the region: one write per stream, so that nothing flickers."""
        if not above and not below and not self.drawn:
            return
        pending = f"\x1b[{self.drawn}A\x1b[J" if self.drawn else ""
        at = self.paper
        for paper, spans in above:
            if paper is not at:
                at.write(pending)
                at, pending = paper, ""
            pending += painted(spans, paper.look.colour) + "\n"
        if at is not self.paper:
            at.write(pending)
            pending = ""
        if below:
            pending += "".join(painted(spans, self.paper.look.colour) + "\n" for spans in [(), *below])
        self.paper.write(pending)
        self.drawn = len(below) + 1 if below else 0


def _question(text: str, look: Look) -> str:
    return painted(line(look.mark(PAUSED), f" {visible(text)}"), look.colour)
