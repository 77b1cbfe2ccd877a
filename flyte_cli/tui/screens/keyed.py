"""What every screen can do: keys from the one table, questions, the last line, palette, help, go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.screen import Screen
from textual.widgets import Input

from flyte_cli.errors import CliError
from flyte_cli.output.spans import Span, line
from flyte_cli.output.visible import visible
from flyte_cli.tui.filter_line import FilterLine
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import EVERYWHERE, FILTERING, Key, sign_of
from flyte_cli.tui.prompt import Prompt

if TYPE_CHECKING:
    from textual import events

    from flyte_cli.tui.app import FlyteApp


class KeyedScreen(Screen[None]):
    """A screen with keys of its own, besides those that work everywhere."""

    app: FlyteApp
    OWN: ClassVar[tuple[Key, ...]] = ()
    """Its rows of the table."""
    ABOUT: ClassVar[str] = ""
    """What help calls it."""

    @property
    def prompt(self) -> Prompt:
        """Where things are asked."""
        return self.query_one(Prompt)

    def on_mount(self) -> None:
        """Bind what the table says; a key whose method is absent does nothing."""
        for key in (*EVERYWHERE, *self.OWN):
            if hasattr(self, f"action_{key.action}"):
                for spelled in self.app.spelled(key):
                    self._bindings.bind(spelled, key.action, key.label or key.about, show=False)

    def doable(self) -> list[Key]:
        """Everything that makes sense now, what is this screen's first."""
        return [
            self.app.key(key)
            for key in (*self.OWN, *EVERYWHERE)
            if hasattr(self, f"action_{key.action}") and self.check_action(key.action, ())
            if key.action != "back" or self.app.can_go_back
        ]

    def offered(self) -> list[Key]:
        """What stands in the last line: while somebody types, keys that are no letters."""
        can_go_back = self.app.can_go_back
        left_out = "leave" if can_go_back else "back"
        keys = [key for key in self.doable() if key.label and key.action != left_out]
        if isinstance(self.focused, FilterLine):
            return list(FILTERING)
        if isinstance(self.focused, Input):
            return [key for key in keys if any(len(sign_of(each)) > 1 for each in key.keys.split(","))]
        return keys

    def show_keys(self) -> None:
        """Other keys may do something now."""
        self.query_one(KeyLine).offer(self.offered())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Letters are typed, or they are keys."""
        self.show_keys()

    def command_of(self, key: Key) -> str:
        """The command line that does the same, as it would be typed now; nothing when there is none."""
        return key.command

    # --- saying

    def say(self, text: str, style: str = "") -> None:
        """One sentence in the last line, until the next key."""
        self.query_one(KeyLine).say(line(Span(f" {visible(text)}", style)))

    def ran(self, command: str) -> None:
        """The command line that does what was just done."""
        self.query_one(KeyLine).say(line(Span(" $ ", "dim"), Span(visible(command), "bold")))

    def refuse(self, error: CliError) -> None:
        """What went wrong, and what to do."""
        help = f"   {error.help[0]}" if error.help else ""
        self.query_one(KeyLine).say(line(Span(f" {visible(error.message)}", "red"), Span(visible(help), "dim")))

    def on_click(self, event: events.Click) -> None:
        """What was said goes away with a click elsewhere, too."""
        if not isinstance(event.widget, KeyLine):
            self.query_one(KeyLine).hush()

    # --- keys that work everywhere

    def action_leave(self) -> object:
        """Leave this screen; the last one closes all."""
        self.app.leave()
        return None

    def action_back(self) -> None:
        """The screen before, where there is one."""
        self.app.back()

    def action_keys(self) -> None:
        """Explain keys, marks and filters."""
        from flyte_cli.tui.screens.help import HelpScreen  # deferred, as it needs this file

        self.app.push_screen(HelpScreen(self.ABOUT, self.doable()))

    def action_filter_done(self) -> None:
        """What Enter does in the filter line, for a click."""
        self.query_one(FilterLine).leave()

    def action_filter_clear(self) -> None:
        """What Esc does there."""
        self.query_one(FilterLine).clear_and_leave()

    @work(exclusive=True, group="palette")
    async def action_palette(self) -> None:
        """Offer everything there is to do."""
        from flyte_cli.tui.screens.palette import Offer, PaletteScreen  # deferred, too

        keys = [key for key in self.doable() if key.action != "palette"]
        offers = [Offer(key.action, key.sign, key.about, self.command_of(key)) for key in keys]
        chosen = await self.app.push_screen_wait(PaletteScreen(offers))
        if chosen is not None:
            await self.run_action(chosen)

    @work(exclusive=True, group="goto")
    async def action_goto(self) -> None:
        """Go to a screen, or to a run."""
        from flyte_cli.tui.going import Destinations  # deferred: it lists runs

        wanted = await self.prompt.ask("go to", suggester=Destinations(self.app.host))
        if wanted and wanted.strip():
            try:
                self.app.go_to(wanted.strip())
            except CliError as error:
                self.refuse(error)
