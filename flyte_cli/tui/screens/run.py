"""One run: its tree on the left, what is known of the selected place on the right. Live and past runs look the same."""

from __future__ import annotations

from collections.abc import Hashable
from time import thread_time
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal

from flyte_cli.tui.detail_pane import DetailPane
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import LOGS, RUN, Key
from flyte_cli.tui.logs.pane import LogsTab
from flyte_cli.tui.logs.view import LogView
from flyte_cli.tui.notice import Notice
from flyte_cli.tui.pace import QUICKEST, Part, next_frame
from flyte_cli.tui.place import Place
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.run_header import RunHeader, Standing
from flyte_cli.tui.screens.command_actions import CommandActions
from flyte_cli.tui.screens.detail_actions import DetailActions
from flyte_cli.tui.screens.logs import LogsScreen
from flyte_cli.tui.screens.tree_actions import TreeActions
from flyte_cli.tui.source import Source
from flyte_cli.tui.timeline_pane import TimeRuler
from flyte_cli.tui.tree_pane import TreePane


class RunScreen(TreeActions, DetailActions, CommandActions):
    """Follows a run while it goes on, and stays when it is over."""

    DEFAULT_CSS = """
    RunScreen Horizontal.panes { height: 1fr; }
    RunScreen TreePane { width: 60fr; height: 1fr; }
    RunScreen DetailPane { width: 40fr; height: 1fr; }
    RunScreen .panes > * { border-title-color: $foreground; border-subtitle-color: $foreground 60%; }
    RunScreen.-timeline TimeRuler { display: block; }
    RunScreen.-narrow Horizontal.panes { layout: vertical; }
    RunScreen.-narrow TreePane { width: 1fr; height: 50fr; }
    RunScreen.-narrow DetailPane { width: 1fr; height: 50fr; }
    RunScreen.-ascii TreePane, RunScreen.-ascii DetailPane { border: ascii $border-quiet; }
    RunScreen.-ascii TreePane:focus, RunScreen.-ascii DetailPane:focus-within { border: ascii $primary; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012  # as Textual declares it

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._rows, self._details = Part(), Part()
        self._used = 0.0
        """Seconds of processor time before this frame."""

    def compose(self) -> ComposeResult:
        """Header, two panes, the line for questions, the keys."""
        yield RunHeader()
        yield Notice()
        yield TimeRuler()
        with Horizontal(classes="panes"):
            yield TreePane()
            yield DetailPane()
        yield Prompt()
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to follow."""
        self.set_class(self.app.look.ascii, "-ascii")
        self.source.refresh()  # tells whether it is over
        self.draw()
        self.set_timer(QUICKEST, self.tick)
        self.tree_pane.focus()

    def tick(self) -> None:
        """Draw what is new; while it goes on, times are."""
        self.source.refresh()
        state = self._state()
        rows, details = self._rows.is_due(state), self._details.is_due(state)
        if rows or details or not self.source.is_over:
            self._draw(rows, details)
        used, self._used = self._used, thread_time()
        self.set_timer(next_frame(self._used - used), self.tick)

    def draw(self) -> None:
        """Draw all of it."""
        self._draw(rows=True, details=True)

    def _state(self) -> Hashable:
        """What is drawn: something else at least ten times a second while it goes on."""
        source = self.source
        return source.tree.version(), source.note, source.is_over or round(self.looked.now, 1)

    def _draw(self, rows: bool, details: bool) -> None:
        """Counts and times always; rows and details when it is their turn."""
        state, looked, pane, whole = self._state(), self.looked, self.tree_pane, self.whole
        if rows:
            with self._rows.drawing(state):
                pane.show(looked.tree, looked.now, whole, self.moment)
                self.look_for_failures()
                self.follow_newest()
        else:
            pane.show_times(looked.now, whole)
        standing = Standing(looked.now, self.moment, whole.end, self.unseen_failures)
        self.query_one(RunHeader).show(looked.tree, standing)
        self.query_one(Notice).tell(self.source.note)
        self.set_class(pane.is_timeline, "-timeline")
        self.on_tree_pane_measured()
        if details:
            with self._details.drawing(state):
                self.detail_pane.look(self.looked)
                self.query_one(KeyLine).offer(self.offered())

    def doable(self) -> list[Key]:
        """What makes sense now; in the log that is first what the log does."""
        known = super().doable()
        if not isinstance(self.focused, LogsTab):
            return known
        own = [self.app.key(key) for key in LOGS]
        taken = {each for key in own for each in key.keys.split(",")} | {key.action for key in own}
        return own + [key for key in known if key.action not in taken and taken.isdisjoint(key.keys.split(","))]

    async def run_action(self, action: str) -> None:  # type: ignore[override]  # the log may have it, too
        """Do something; what the log does where it has the keys."""
        if isinstance(self.focused, LogsTab) and hasattr(self.focused, f"action_{action}"):
            await self.focused.run_action(action)
        else:
            await super().run_action(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now."""
        if any(action == key.action for key in RUN):
            return hasattr(self, f"action_{action}") and super().check_action(action, parameters)
        return super().check_action(action, parameters)

    def on_tree_pane_measured(self) -> None:
        """The ruler stands above the bars."""
        pane = self.tree_pane
        if pane.is_timeline:
            self.query_one(TimeRuler).show(pane.drawing(pane.widest()), pane.whole.start)

    def on_tree_pane_selected(self, event: TreePane.Selected) -> None:
        """The right side follows."""
        self.place, self.attempt = event.place, None
        if event.by_person:
            self.went(event.place)
        self.detail_pane.look(self.looked)

    def on_log_view_chose(self, event: LogView.Chose) -> None:
        """A line of the log leads to its action."""
        self.select(Place(event.ordinal))

    def on_log_view_full(self) -> None:
        """The log in full width."""
        self.app.push_screen(LogsScreen(self, self.query_one(LogsTab)))

    def on_detail_pane_changed(self, event: DetailPane.Changed) -> None:
        """Other keys do something now."""
        event.stop()
        self.query_one(KeyLine).offer(self.offered())

    def __rich_repr__(self) -> Any:
        """For logs."""
        yield "run", self.source.name
