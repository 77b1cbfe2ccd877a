"""The events tab: what the journal says happened, in order, with times. The newest is last, and is followed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

from flyte_cli.marks import ABORTED, FAILED, QUEUED, RECOVERED, RETRYING, RUNNING, SUCCEEDED, Mark
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import duration
from flyte_cli.tui.details.overview import clock
from flyte_cli.tui.details.tab import ReadTab, Unreadable, history_of, is_past, trouble
from flyte_cli.tui.details.wrapping import wrapped
from flyte_cli.tui.place import Looked

if TYPE_CHECKING:
    from flyte._core import Happening

MARKS: dict[str, Mark] = {
    "queued": QUEUED,
    "started": RUNNING,
    "succeeded": SUCCEEDED,
    "taken over": RECOVERED,
    "failed": FAILED,
    "lost": RETRYING,
    "climbed": RETRYING,
    "aborted": ABORTED,
    "reopened": RETRYING,
}
WORDS = {"lost": "worker died", "climbed": "out of memory", "reopened": "asked for again"}
WITH_CLOCK = 60
"""Columns from which there is room for the time of day."""


class EventsTab(ReadTab["Sequence[Happening]"]):
    """The history of an action, of the members of a fan-out, or of all of a run."""

    def stamp(self, looked: Looked) -> Hashable:
        """Only what is read."""
        return self._reads

    def to_read(self, looked: Looked) -> Hashable:
        """Read again when anything was recorded; of one action, when that changed."""
        if not len(looked.tree):
            return None
        moment = looked.now if is_past(looked) else None
        if looked.ordinal in (None, 0):
            return (looked.tree.version(), moment)
        assert looked.ordinal is not None
        row = looked.tree.rows([looked.ordinal])[0]
        return (row.phase, row.attempts, row.started_at, moment)

    def read(self, looked: Looked) -> Sequence[Happening]:
        """The journal."""
        if looked.ordinal == 0:
            return history_of(looked, None, self.host)
        if looked.ordinal is not None:
            return history_of(looked, looked.ordinal, self.host)
        members = set(looked.members())
        return [each for each in history_of(looked, None, self.host) if each.ordinal in members]

    def build(self, looked: Looked, width: int) -> Iterator[Line]:
        """Only what stands in place of events; those are drawn when they are seen."""
        if isinstance(self.found, Unreadable):
            yield from trouble(self.found, "the journal", width)
        elif self.found is not None and not self.found:
            yield from wrapped("nothing happened yet", width, "dim")

    def show(self, lines: Sequence[Line], from_top: bool) -> None:
        """Stay at the end where that was in sight."""
        follows = from_top or self.scroll_y >= self.max_scroll_y
        super().show(lines, from_top)
        if follows:
            self.call_after_refresh(self.scroll_end, animate=False, force=True)

    def count(self) -> int:
        """Those that were read, or the lines in their place."""
        return len(self._happenings()) or len(self.lines)

    def draw(self, index: int, width: int) -> Line:
        """One of them."""
        found, looked = self._happenings(), self.looked
        if not found or looked is None:
            return super().draw(index, width)
        each = found[index]
        label = looked.tree.rows([each.ordinal])[0].label if looked.ordinal in (None, 0) else ""
        began = looked.tree.started_at
        drawn = event_line(each, label, began, looked.now, self.app.look, width >= WITH_CLOCK)
        return (Span(" "), *clipped(drawn, max(width - 1, 1), self.app.look.glyph("…")))

    def _happenings(self) -> Sequence[Happening]:
        return self.found if self.found is not None and not isinstance(self.found, Unreadable) else ()


def event_line(each: Happening, label: str, began: float, now: float, look: Look, with_clock: bool = True) -> Line:
    """`14:02:11.104  +1.3s  ✗ flaky.7  failed  ValueError: …  again in 0.5s`."""
    mark = MARKS.get(each.kind, RUNNING)
    if each.kind == "failed" and each.delay is not None:
        mark = RETRYING
    what = WORDS.get(each.kind, each.kind)
    if each.kind == "started" and each.attempt > 1:
        what = f"started, attempt {each.attempt}"
    text = each.text.partition("\n")[0]
    return line(
        dim(f"{clock(each.at, now)} " if with_clock else ""),
        dim(f"{'+' + duration(each.at - began):>7}  "),
        look.mark(mark),
        " ",
        *([bold(visible(label)), Span("  ")] if label else []),
        Span(what, mark.style if mark.style != "dim" else ""),
        f"  {visible(text)}" if text else "",
        dim(f"  again in {duration(each.delay)}") if each.delay is not None else "",
    )
