"""Follow a run while it goes on: plain lines, json lines, or nothing. The live region has its own file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flyte_cli.marks import FINISHED, mark_of
from flyte_cli.output.actions import done, fold_phase, inputs_text
from flyte_cli.output.documents import event_document
from flyte_cli.output.happenings import Happenings, printed, time_of
from flyte_cli.output.paper import Paper
from flyte_cli.output.spans import Line, Span, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import duration, number

if TYPE_CHECKING:
    from flyte._core import Event, Fold, RunTree
    from flyte.runtime.questions import Questions

MANY = 50
"""Fan-outs over this report a count now and then, not only their end."""
COUNT_EVERY = 5.0


@dataclass(frozen=True)
class Printed:
    """Where the lines that tasks print go; nowhere when both are None."""

    stdout: Paper | None
    stderr: Paper | None

    def paper(self, event: Event) -> Paper | None:
        """The stream for one line."""
        return self.stderr if event.stream == "stderr" else self.stdout


@dataclass
class Silent:
    """Shows what tasks print, and nothing else."""

    printed: Printed

    def started(self, tree: RunTree) -> None:
        """Remember the tree."""
        self.tree = tree

    def tick(self, events: list[Event]) -> None:
        """Pass on what was printed."""
        for event in events:
            paper = self.printed.paper(event) if event.kind == "log" else None
            if paper is not None:
                paper.line(printed(event, self.tree, paper.look, paper.look.colour))

    def interrupted(self, count: int) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Nothing to put away."""


@dataclass
class JsonLines:
    """One document per event; what tasks print is an event like the others."""

    paper: Paper

    def started(self, tree: RunTree) -> None:
        """Announce the run."""
        self.tree = tree
        self._write(event_document("started", tree.started_at, tree))

    def tick(self, events: list[Event]) -> None:
        """Write each event."""
        for event in events:
            self._write(event_document(event.kind, event.at, self.tree, event))

    def interrupted(self, count: int) -> None:
        """Write that somebody wants it to stop."""
        self._write(event_document("interrupted", None, self.tree))

    def finish(self) -> None:
        """Nothing to put away."""

    def _write(self, document: dict[str, object]) -> None:
        self.paper.write(json.dumps(document, ensure_ascii=False) + "\n")


@dataclass
class Plain:
    """One line per thing that happened, no cursor movement: pipes and CI."""

    paper: Paper
    printed: Printed
    clock: Callable[[], float]
    happenings: Happenings = field(default_factory=Happenings)
    reported: dict[tuple[int, str], int] = field(default_factory=dict)
    counted_at: dict[tuple[int, str], float] = field(default_factory=dict)
    questions: Questions | None = None

    def started(self, tree: RunTree) -> None:
        """Name the run."""
        self.tree = tree
        root = tree.action(0)
        inputs = inputs_text(root)
        spans = (self.paper.look.mark(mark_of("running")), Span(f" {visible(root.short_name)} {tree.name}"))
        self._say(0.0, line(spans, f" {inputs}" if inputs else ""))

    def tick(self, events: list[Event]) -> None:
        """Write what happened, then which rows came to an end."""
        for event in events:
            self._event(event)
            if event.kind == "paused":
                self._asking().take(event)
        if self.questions is not None:
            self.questions.look()
        now = self.clock()
        if len(self.tree) > 1:
            self._rows(0, now)

    def interrupted(self, count: int) -> None:
        """Say what is going on."""
        self.paper.line(line(stopping(count)))

    def finish(self) -> None:
        """Nothing to put away."""

    def _asking(self) -> Questions:
        if self.questions is None:
            from flyte.runtime.questions import Questions  # deferred: few runs ask

            self.questions = Questions(self.tree, self._waits, lambda text: self.paper.write(visible(text)))
        return self.questions

    def _waits(self, text: str) -> None:
        self.paper.line(line(self.paper.look.mark(mark_of("paused")), f" {visible(text)}"))

    def _event(self, event: Event) -> None:
        if event.kind == "log":
            self._print(event)
        elif event.kind == "failed":
            if event.ordinal:
                self._say(event.at - self.tree.started_at, self.happenings.failed(event, self.tree, self.paper.look))
        else:
            happened = self.happenings.line(event, self.tree, self.paper.look)
            if happened is not None:
                self._say(event.at - self.tree.started_at, happened)

    def _print(self, event: Event) -> None:
        paper = self.printed.paper(event)
        if paper is None:
            return
        spans = printed(event, self.tree, paper.look, paper.look.colour)
        # no time on stdout: what is piped on should be the same for the same work
        timed = event.ordinal != 0 and paper is self.paper
        paper.line(line(dim(f"{time_of(event, self.tree):<7}"), spans) if timed else spans)

    def _rows(self, parent: int, now: float) -> None:
        for fold in self.tree.folds(parent):
            if fold.total == 1 and not fold.is_group:
                self._single(parent, fold, now)
            else:
                self._fan_out(parent, fold, now)

    def _single(self, parent: int, fold: Fold, now: float) -> None:
        ended = done(fold) == fold.total
        if (parent, fold.key) in self.reported:
            return
        if self.tree.action(fold.first).child_count:
            self._rows(fold.first, now)
        if ended:
            self._ended(parent, fold, visible(self.tree.action(fold.first).short_name))

    def _fan_out(self, parent: int, fold: Fold, now: float) -> None:
        key = (parent, fold.key)
        name = f"{visible(fold.key)} {self.paper.look.glyph('×')}{number(fold.total)}"
        if done(fold) == fold.total:
            # a loop that awaits one call after the other ends its row again and again: at most now and then
            grown = fold.total > self.reported.get(key, 0)
            parent_ended = self.tree.action(parent).phase in FINISHED
            is_time = now - self.counted_at.get(key, 0.0) >= COUNT_EVERY
            if grown and (key not in self.reported or parent_ended or is_time):
                self.counted_at[key] = now
                self._ended(parent, fold, name)
        elif fold.total > MANY and now - self.counted_at.setdefault(key, now) >= COUNT_EVERY:
            self.counted_at[key] = now
            progress = f" {number(done(fold))}/{number(fold.total)}"
            self._say(now - self.tree.started_at, line(self.paper.look.mark(mark_of("running")), f" {name}{progress}"))

    def _ended(self, parent: int, fold: Fold, name: str) -> None:
        self.reported[(parent, fold.key)] = fold.total
        phase = fold_phase(fold)
        if phase == "failed" and fold.total == 1:
            return
        took = f" {duration(fold.ended_at - fold.started_at)}" if fold.started_at and fold.ended_at else ""
        retried = f" ({number(fold.retries)} retried)" if fold.retries else ""
        cached = " cached" if phase == "cached" else ""
        spans = line(self.paper.look.mark(mark_of(phase)), f" {name}{cached}{took}{retried}")
        self._say((fold.ended_at or self.clock()) - self.tree.started_at, spans)

    def _say(self, seconds: float, spans: Line) -> None:
        self.paper.line(line(dim(f"{max(seconds, 0.0):.1f}s".ljust(7)), spans))


def stopping(count: int) -> str:
    """What a ctrl-C does."""
    return "stopping; ctrl-c again to stop at once" if count == 1 else "stopping at once"
