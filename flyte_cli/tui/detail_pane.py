"""The right side: what there is to know of the selected place, in tabs. It follows the cursor of the tree."""

from __future__ import annotations

import os
from collections.abc import Hashable
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from flyte_cli.output.spans import Span, line
from flyte_cli.output.visible import clip, visible
from flyte_cli.tui.details.error import ErrorTab
from flyte_cli.tui.details.events import EventsTab
from flyte_cli.tui.details.overview import OverviewTab
from flyte_cli.tui.details.report import ReportTab
from flyte_cli.tui.details.source_code import SourceTab
from flyte_cli.tui.details.values import ValuesTab
from flyte_cli.tui.logs.pane import LogsTab
from flyte_cli.tui.place import Looked

if TYPE_CHECKING:
    from textual import events

    from flyte_cli.tui.app import FlyteApp

TABS = ("Overview", "Logs", "I/O", "Error", "Source", "Report", "Events")
SHORT = ("Over", "Logs", "I/O", "Err", "Src", "Rep", "Ev")
ERROR, REPORT = 4, 6
LONGEST_INPUT = 24
LONGEST_TITLE = 200
"""Characters: borders cut the rest."""


class Tab(Protocol):
    """What every tab is, besides a widget."""

    def look(self, looked: Looked) -> None:
        """Show this: another place, or the same one as it is now. Cheap where nothing changed."""


class DetailPane(Vertical):
    """The tabs, of which one is seen; only that one is kept up to date."""

    DEFAULT_CSS = """
    DetailPane { border: round $border-quiet; background: $surface; }
    DetailPane:focus-within { border: round $primary; }
    DetailPane ContentSwitcher { height: 1fr; }
    DetailPane TabLine { margin-bottom: 1; }
    .-narrow DetailPane TabLine { margin-bottom: 0; }
    """

    SCOPED_CSS: ClassVar[bool] = False  # how narrow it is, the screen knows

    class Changed(Message):
        """Another tab or another place is seen: other keys do something."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: Looked | None = None
        self._state: Hashable = None
        self._titled = ("", "")

    def compose(self) -> ComposeResult:
        """The names of the tabs above what they show."""
        yield TabLine()
        with ContentSwitcher(initial="tab-1"):
            yield OverviewTab(id="tab-1")
            yield LogsTab(id="tab-2")
            yield ValuesTab(id="tab-3")
            yield ErrorTab(id="tab-4")
            yield SourceTab(id="tab-5")
            yield ReportTab(id="tab-6")
            yield EventsTab(id="tab-7")

    @property
    def tab(self) -> int:
        """The tab that is seen, counted from 1."""
        current = self.query_one(ContentSwitcher).current or "tab-1"
        return int(current.rpartition("-")[2])

    def open(self, tab: int) -> None:
        """Show a tab."""
        self.query_one(ContentSwitcher).current = f"tab-{tab}"
        self.query_one(TabLine).refresh()
        if self.looked is not None:
            self.look(self.looked)
        self.post_message(self.Changed())

    def look(self, looked: Looked) -> None:
        """Show a place."""
        self.looked = looked
        second = int(looked.now) if looked.tree.ended_at is None else 0  # reports come without a record
        state = (looked.place, looked.attempt, id(looked.tree), looked.tree.version(), second)
        if state != self._state:
            self._state = state
            self._entitle(titles(looked))
            self.query_one(TabLine).offer(empty_tabs(looked))
            self.post_message(self.Changed())
        current = self.query_one(ContentSwitcher).visible_content
        if current is not None:
            current.look(looked)  # type: ignore[attr-defined]  # each of them is a Tab

    def _entitle(self, titled: tuple[str, str]) -> None:
        if titled != self._titled:  # setting one draws the whole pane anew
            self._titled = titled
            self.border_title, self.border_subtitle = map(Content, titled)

    def focus_content(self) -> None:
        """Keys go to the tab that is seen."""
        current = self.query_one(ContentSwitcher).visible_content
        if current is not None:
            inner = current.query("*:can-focus") if not current.can_focus else None
            (current if inner is None or not len(inner) else inner.first(Widget)).focus()


class TabLine(Widget):
    """The names of the tabs; the one that is seen is lit, those with nothing in them are dim."""

    DEFAULT_CSS = "TabLine { height: 1; }"
    app: FlyteApp

    def __init__(self) -> None:
        super().__init__()
        self._empty: frozenset[int] = frozenset()

    def offer(self, empty: frozenset[int]) -> None:
        """Dim the tabs that have nothing."""
        if empty != self._empty:
            self._empty = empty
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The names."""
        names = tab_names(self._pane().tab, self._empty, self.size.width)
        drawn = line(*(span for _, span in names))
        return self.app.painter.strip(drawn, self.size.width).apply_style(self.rich_style)

    def _pane(self) -> DetailPane:
        parent = self.parent
        assert isinstance(parent, DetailPane)
        return parent

    def on_click(self, event: events.Click) -> None:
        """A name may be clicked."""
        start = 0
        for tab, span in tab_names(self._pane().tab, self._empty, self.size.width):
            if start <= event.x < start + len(span.text):
                self._pane().open(tab)
            start += len(span.text)


def tab_names(opened: int, empty: frozenset[int], width: int) -> list[tuple[int, Span]]:
    """The line of names, each piece with its tab: whole where there is room, else short, at last the keys alone."""
    keys = tuple(str(tab) for tab in range(1, len(TABS) + 1))
    alone = tuple(name if tab == opened else key for tab, (name, key) in enumerate(zip(SHORT, keys, strict=True), 1))
    drawn: list[tuple[int, Span]] = []
    for names, pad in ((TABS, " "), (TABS, ""), (SHORT, " "), (SHORT, ""), (alone, ""), (keys, "")):
        drawn = []
        for tab, name in enumerate(names, start=1):
            style = "bold accent reverse" if tab == opened else "dim" if tab in empty else ""
            drawn.append((tab, Span(f"{pad}{name}{pad}", style)))
            if not pad:
                drawn.append((tab, Span(" ")))
        if sum(len(span.text) for _, span in drawn) - (not pad) <= width:
            break
    return drawn


def titles(looked: Looked) -> tuple[str, str]:
    """Above: the name and what makes it different. Below: which attempt is shown."""
    place, tree = looked.place, looked.tree
    if place.ordinal >= len(tree):
        return "", ""
    if not place.is_action:
        mark = f"{place.mark} " if place.mark else ""
        return f"{mark}{visible(place.key)}"[:LONGEST_TITLE], ""
    row = tree.rows([place.ordinal])[0]
    inputs = " ".join(f"{name}={clip(visible(value), LONGEST_INPUT)}" for name, value in row.inputs[:2])
    above = f"{visible(row.label)}{f'  {inputs}' if inputs else ''}"[:LONGEST_TITLE]
    most = max(row.attempts, 1)
    if most == 1:
        return above, ""
    return above, f"attempt ‹{looked.attempt or most}/{most}›"


def empty_tabs(looked: Looked) -> frozenset[int]:
    """The tabs that have nothing to show for a place."""
    tree, place = looked.tree, looked.place
    if place.ordinal >= len(tree):
        return frozenset(range(1, len(TABS) + 1))
    empty = set()
    if place.is_action:
        row = tree.rows([place.ordinal])[0]
        if row.error_head is None and not (row.child_count and looked.below.counts.get("failed")):
            empty.add(ERROR)
        if not may_have_report(looked):
            empty.add(REPORT)
    else:
        empty.add(REPORT)
        if looked.fold is None or not looked.fold.counts.get("failed"):
            empty.add(ERROR)
    return frozenset(empty)


def may_have_report(looked: Looked) -> bool:
    """Whether there may be one: there is a folder for those of the action. What was cached keeps it elsewhere."""
    action = looked.tree.action(looked.place.ordinal)
    if action.phase in ("cached", "recovered"):
        return True
    return os.path.isdir(os.path.join(looked.tree.folder, "reports", action.name))
