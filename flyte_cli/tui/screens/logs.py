"""Logs in full width: the lines of the place that is selected in a run's screen, which goes on below."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from flyte_cli.output.spans import Line, clipped, dim, line
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import LOG_SCREEN, LOGS, Key
from flyte_cli.tui.logs.state import LogState, find_line, title_line
from flyte_cli.tui.logs.view import LogView
from flyte_cli.tui.place import Place
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.screens.keyed import KeyedScreen

if TYPE_CHECKING:
    from flyte_cli.tui.app import FlyteApp
    from flyte_cli.tui.screens.base import RunScreenBase

BETWEEN_LOOKS = 0.1
"""Seconds; nothing is drawn more often."""


class FullLog(LogView):
    """A log that has the screen for itself."""

    is_full: ClassVar[bool] = True
    DEFAULT_CSS = "FullLog { height: 1fr; }"


class LogLine(Widget):
    """A line about the log."""

    DEFAULT_CSS = """
    LogLine { height: 1; background: $panel; }
    LogLine.bottom { display: none; }
    LogLine.bottom.finding { display: block; }
    """
    app: FlyteApp

    def __init__(self, classes: str) -> None:
        super().__init__(classes=classes)
        self.state = LogState()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def show(self, state: LogState) -> None:
        """Say how the log stands."""
        self.state = state
        self.set_class(bool(state.narrowing.text), "finding")
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        return self.app.painter.strip(clipped(self._line(width), width), width).apply_style(self.rich_style)

    def _line(self, width: int) -> Line:
        if self.has_class("top"):
            return title_line(self.state, width, self.app.look)
        keys = "   n N   ctrl-r regex   ctrl-t case   & keep only hits"
        return line(" ", find_line(self.state), dim(keys))


class LogsScreen(KeyedScreen):
    """Follows what is selected below; Enter goes back to the action of a line."""

    OWN = (*LOG_SCREEN, *LOGS)
    ABOUT = "logs"

    def __init__(self, run: RunScreenBase, begin: LogView | None = None) -> None:
        super().__init__()
        self.run_screen = run
        self._begin = begin

    def compose(self) -> ComposeResult:
        """The title, the lines, what is searched for, the keys."""
        yield LogLine("top")
        yield FullLog()
        yield LogLine("bottom")
        yield KeyLine()
        yield Prompt()  # covers the keys while it asks

    @property
    def view(self) -> FullLog:
        """The lines."""
        return self.query_one(FullLog)

    def on_mount(self) -> None:
        """Show what the tab showed."""
        self.query_one(KeyLine).offer(self.offered())
        view = self.view
        if self._begin is not None:
            view.begin_as(self._begin)
        self.look()
        view.focus()
        self.set_interval(BETWEEN_LOOKS, self.look)

    def look(self) -> None:
        """Show what is new."""
        self.view.look(self.run_screen.looked)

    def doable(self) -> list[Key]:
        """Most of it the view does."""
        own = [self.app.key(key) for key in self.OWN]
        return own + [key for key in super().doable() if key.where == "everywhere"]

    def offered(self) -> list[Key]:
        """What stands in the last line; Esc, too, as it leads back."""
        known = [replace(key, label="back") if key.action == "back" else key for key in self.doable()]
        return sorted((key for key in known if key.label), key=lambda key: key.action != "back")

    def command_of(self, key: Key) -> str:
        """The command line that does the same to what is looked at."""
        return self.run_screen.command_of(key)

    async def run_action(self, action: str) -> None:  # type: ignore[override]  # what the view can do, it does
        """Do something; most of it the view does."""
        if hasattr(self.view, f"action_{action}"):
            await self.view.run_action(action)
        else:
            await super().run_action(action)

    def on_log_view_stated(self, event: LogView.Stated) -> None:
        """Say how the log stands."""
        for each in self.query(LogLine):
            each.show(event.state)

    def on_log_view_chose(self, event: LogView.Chose) -> None:
        """Back to the run, with the action of the line selected."""
        self.action_back()
        self.run_screen.select(Place(event.ordinal))

    def on_log_view_full(self) -> None:
        """It has the full width: the other way round."""
        self.action_back()

    def action_regex(self) -> None:
        """Also while somebody types what to find."""
        self.view.action_regex()

    def action_case(self) -> None:
        """Also while somebody types what to find."""
        self.view.action_case()

    def action_show_errors(self) -> None:
        """Only errors."""
        self.view.show_level(1)

    def action_show_warnings(self) -> None:
        """Warnings, too."""
        self.view.show_level(2)

    def action_show_info(self) -> None:
        """All but debug lines."""
        self.view.show_level(3)

    def action_show_all(self) -> None:
        """All levels."""
        self.view.show_level(4)

    async def action_previous_attempt(self) -> None:
        """Only lines of the attempt before."""
        await self.run_screen.run_action("previous_attempt")
        self.look()

    async def action_next_attempt(self) -> None:
        """Only lines of the attempt after."""
        await self.run_screen.run_action("next_attempt")
        self.look()
