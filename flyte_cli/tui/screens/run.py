"""One run: its tree on the left, what is known of the selected place on the right. Live and past runs look the same."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal

from flyte_cli.tui.detail_pane import DetailPane
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import EVERYWHERE, RUN, Key
from flyte_cli.tui.logs.pane import LogsTab
from flyte_cli.tui.logs.view import LogView
from flyte_cli.tui.place import Place
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.run_header import RunHeader
from flyte_cli.tui.screens.command_actions import CommandActions
from flyte_cli.tui.screens.detail_actions import DetailActions
from flyte_cli.tui.screens.logs import LogsScreen
from flyte_cli.tui.screens.tree_actions import TreeActions
from flyte_cli.tui.tree_pane import TreePane

BETWEEN_FRAMES = 0.1
"""Seconds; nothing is drawn more often."""


class RunScreen(TreeActions, DetailActions, CommandActions):
    """Follows a run while it goes on, and stays when it is over."""

    DEFAULT_CSS = """
    RunScreen Horizontal.panes { height: 1fr; }
    RunScreen TreePane { width: 3fr; }
    RunScreen DetailPane { width: 2fr; }
    RunScreen.-narrow Horizontal.panes { layout: vertical; }
    RunScreen.-narrow TreePane, RunScreen.-narrow DetailPane { width: 1fr; height: 1fr; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012  # as Textual declares it

    def compose(self) -> ComposeResult:
        """Header, two panes, the line for questions, the keys."""
        yield RunHeader()
        with Horizontal(classes="panes"):
            yield TreePane()
            yield DetailPane()
        yield Prompt()
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to follow."""
        for key in (*EVERYWHERE, *RUN):
            if hasattr(self, f"action_{key.action}"):
                for spelled in self.app.spelled(key):
                    self._bindings.bind(spelled, key.action, key.label or key.about, show=False)
        self.draw()
        self.set_interval(BETWEEN_FRAMES, self.tick)
        self.query_one(TreePane).focus()

    def tick(self) -> None:
        """Draw what is new; while it goes on, times are."""
        if self.source.refresh() or not self.source.is_over:
            self.draw()

    def draw(self) -> None:
        """Draw all of it."""
        looked = self.looked
        self.query_one(RunHeader).show(looked.tree, looked.now)
        self.query_one(TreePane).show(looked.tree, looked.now)
        self.query_one(DetailPane).look(looked)
        self.query_one(KeyLine).offer(self.offered())

    def offered(self) -> list[Key]:
        """The keys that do something now."""
        return [key for key in (*RUN, *EVERYWHERE) if key.label and self.check_action(key.action, ())]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now."""
        if any(action == key.action for key in RUN):
            return hasattr(self, f"action_{action}")
        return super().check_action(action, parameters)

    def on_tree_pane_selected(self, event: TreePane.Selected) -> None:
        """The right side follows."""
        self.place, self.attempt = event.place, None
        self.detail_pane.look(self.looked)

    def on_log_view_chose(self, event: LogView.Chose) -> None:
        """A line of the log leads to its action."""
        self.select(Place(event.ordinal))

    def on_log_view_full(self) -> None:
        """The log in full width."""
        self.app.push_screen(LogsScreen(self, self.query_one(LogsTab)))

    def action_leave(self) -> None:
        """Leave."""
        self.app.leave()

    def __rich_repr__(self) -> Any:
        """For logs."""
        yield "run", self.source.name
