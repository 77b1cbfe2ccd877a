"""The right side: what there is to know of the selected place, in tabs. It follows the cursor of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from flyte_cli.output.spans import Line, Span, dim
from flyte_cli.tui.details.error import ErrorTab
from flyte_cli.tui.details.events import EventsTab
from flyte_cli.tui.details.overview import OverviewTab
from flyte_cli.tui.details.report import ReportTab
from flyte_cli.tui.details.source_code import SourceTab
from flyte_cli.tui.details.values import ValuesTab
from flyte_cli.tui.logs.pane import LogsTab
from flyte_cli.tui.logs.state import LogState, find_line, status_line
from flyte_cli.tui.logs.view import LogView
from flyte_cli.tui.place import Looked

if TYPE_CHECKING:
    from textual import events

    from flyte_cli.tui.app import FlyteApp

TABS = ("Overview", "Logs", "I/O", "Error", "Source", "Report", "Events")
LOGS_TAB = 2


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
    """

    app: FlyteApp

    class Changed(Message):
        """Another tab is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.looked: Looked | None = None

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
        current = self.query_one(ContentSwitcher).visible_content
        if current is not None:
            current.look(looked)  # type: ignore[attr-defined]  # each of them is a Tab

    def on_log_view_stated(self, event: LogView.Stated) -> None:
        """The border says how the log stands, while it is seen."""
        if self.tab == LOGS_TAB:
            self.show_log_state(event.state)

    def show_log_state(self, state: LogState) -> None:
        """What the border says of the log."""
        separator = self.app.look.glyph("·")
        parts = ["".join(span.text for span in each) for each in (find_line(state), status_line(state, self.app.look))]
        self.border_title = Content(state.title)
        self.border_subtitle = Content(f" {separator} ".join(part for part in parts if part))

    def focus_content(self) -> None:
        """Keys go to the tab that is seen."""
        current = self.query_one(ContentSwitcher).visible_content
        if current is not None:
            inner = current.query("*:can-focus") if not current.can_focus else None
            (current if inner is None or not len(inner) else inner.first(Widget)).focus()


class TabLine(Widget):
    """The names of the tabs; the one that is seen is lit."""

    DEFAULT_CSS = "TabLine { height: 1; }"
    app: FlyteApp

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The names."""
        return self.app.painter.strip(self._names(), self.size.width).apply_style(self.rich_style)

    def _pane(self) -> DetailPane:
        parent = self.parent
        assert isinstance(parent, DetailPane)
        return parent

    def _names(self) -> Line:
        open_tab = self._pane().tab
        spans: list[Span] = []
        for place, name in enumerate(TABS, start=1):
            spans += [Span(f" {name} ", "bold accent reverse")] if place == open_tab else [dim(f" {name} ")]
        return tuple(spans)

    def on_click(self, event: events.Click) -> None:
        """A name may be clicked."""
        start = 0
        for place, name in enumerate(TABS, start=1):
            if start <= event.x < start + len(name) + 2:
                self._pane().open(place)
            start += len(name) + 2
