"""The application: a stack of screens over one host. It starts nothing by itself and never takes a run down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from textual.app import App

from flyte_cli.output.look import Look, wants_ascii
from flyte_cli.tui.keys import Key
from flyte_cli.tui.paint import Painter, painter_of
from flyte_cli.tui.screens.run import RunScreen
from flyte_cli.tui.themes import OURS, first_theme

if TYPE_CHECKING:
    from textual.theme import Theme

    from flyte_cli.ops.host import Host
    from flyte_cli.tui.source import Source


@dataclass(frozen=True)
class Wishes:
    """What somebody set for this interface."""

    theme: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    """By action: the keys for it, as Textual spells them."""


class FlyteApp(App[None]):
    """Runs, watched."""

    TITLE = "flyte"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False  # ours knows command lines
    CSS = "Screen { background: $background; }"

    def __init__(self, host: Host, source: Source | None = None, wishes: Wishes | None = None) -> None:
        super().__init__()
        self.host = host
        self.source = source
        self.wishes = wishes or Wishes()
        self.painter: Painter
        self.look = Look(ascii=wants_ascii("utf-8", host.environment))
        for theme in OURS:
            self.register_theme(theme)
        self.theme = first_theme(host.environment, self.wishes.theme)
        self._repaint(self.current_theme)

    def on_mount(self) -> None:
        """Show what was asked for."""
        self.theme_changed_signal.subscribe(self, self._repaint)
        if self.source is not None:
            self.push_screen(RunScreen(self.source))

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Variables of ours, for themes that are not."""
        return {"border-quiet": "#555555"}

    def spelled(self, key: Key) -> list[str]:
        """The keys for something to do."""
        return [each for each in self.wishes.keys.get(key.action, key.keys).split(",") if each]

    def leave(self) -> None:
        """Close; the run goes on, or is over."""
        self.exit()

    def _repaint(self, theme: Theme) -> None:
        self.painter = painter_of(theme)
