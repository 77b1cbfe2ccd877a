"""The palette: everything there is to do now, with the command line that does the same; typing narrows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line, padded
from flyte_cli.output.visible import visible
from flyte_cli.tui.line_view import LineView

if TYPE_CHECKING:
    from textual import events

    from flyte_cli.tui.app import FlyteApp

THEME = "theme:"


@dataclass(frozen=True)
class Offer:
    """One thing to do."""

    action: str
    sign: str
    """Its key."""
    about: str
    command: str = ""

    def has(self, words: Sequence[str]) -> bool:
        """Whether all the words are in it."""
        text = f"{self.about} {self.command} {self.action}".lower().replace("_", " ")
        return all(word in text for word in words)


def offer_line(offer: Offer, signs: int, abouts: int, width: int) -> Line:
    """Key, sentence, command line."""
    head = line(padded(line(" ", Span(visible(offer.sign), "accent bold")), signs + 3), bold(visible(offer.about)))
    if not offer.command:
        return clipped(head, width)
    command = line("  ", dim("$ "), dim(visible(offer.command)))
    return clipped(line(padded(head, signs + 3 + min(abouts, width // 2 - 8)), command), width)


class PaletteScreen(ModalScreen[str | None]):
    """Gives the action that was chosen."""

    DEFAULT_CSS = """
    PaletteScreen { align: center top; background: $background 60%; }
    PaletteScreen Vertical {
        width: 90%; max-width: 110; height: auto; max-height: 80%; margin: 1 0;
        border: round $primary; background: $surface;
    }
    PaletteScreen Input, PaletteScreen Input:focus { border: none; height: 1; padding: 0 1; background: $panel; }
    PaletteScreen OfferList { height: auto; max-height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "close", show=False),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]
    app: FlyteApp

    def __init__(self, offers: Sequence[Offer]) -> None:
        super().__init__()
        self.offers = tuple(offers)
        self._theme_before = ""

    def compose(self) -> ComposeResult:
        """A line to type in, and what is left."""
        with Vertical() as box:
            box.border_title = "What to do"
            yield Input(placeholder="type to narrow, Enter does it, Esc closes")
            yield OfferList()

    def on_mount(self) -> None:
        """Offer all; themes come last."""
        self._theme_before = self.app.theme
        themes = [
            Offer(f"{THEME}{name}", "", f"theme {name}", f"flyte config set tui.theme {name}")
            for name in self.app.theme_names()
        ]
        self.offers = (*self.offers, *themes)
        self.query_one(OfferList).show(self.offers)
        self.query_one(Input).focus()

    @property
    def offer_list(self) -> OfferList:
        """What is left."""
        return self.query_one(OfferList)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow."""
        words = event.value.lower().split()
        self.offer_list.show([offer for offer in self.offers if offer.has(words)])
        self._preview()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do it."""
        self._choose()

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """A theme is seen before it is chosen; a click chooses."""
        self._preview()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Do it."""
        self._choose()

    def action_move(self, by: int) -> None:
        """Move in the list while keys go to the line."""
        self.offer_list.action_cursor(by)

    def action_close(self) -> None:
        """Nothing; the theme is as before."""
        self.app.theme = self._theme_before
        self.dismiss(None)

    def _choose(self) -> None:
        offer = self.offer_list.offer
        if offer is None:
            return
        if offer.action.startswith(THEME):
            self.app.theme = offer.action.removeprefix(THEME)
            self.dismiss(None)
        else:
            self.app.theme = self._theme_before
            self.dismiss(offer.action)

    def _preview(self) -> None:
        offer = self.offer_list.offer
        is_theme = offer is not None and offer.action.startswith(THEME)
        self.app.theme = offer.action.removeprefix(THEME) if offer is not None and is_theme else self._theme_before


class OfferList(LineView):
    """What there is to do."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.offers: Sequence[Offer] = ()
        self._widths = (0, 0)

    @property
    def offer(self) -> Offer | None:
        """The one with the cursor."""
        return self.offers[self.cursor] if self.cursor < len(self.offers) else None

    def show(self, offers: Sequence[Offer]) -> None:
        """Show these."""
        self.offers = offers
        self._widths = (
            max((len(each.sign) for each in offers), default=0),
            max((len(each.about) for each in offers), default=0),
        )
        self.cursor = 0
        self.scroll_home(animate=False)
        self.changed()
        self.refresh(layout=True)

    def count(self) -> int:
        """How many."""
        return len(self.offers)

    def draw(self, index: int, width: int) -> Line:
        """One of them."""
        return offer_line(self.offers[index], *self._widths, width)

    def on_click(self, event: events.Click) -> None:
        """One click does it."""
        event.prevent_default()
        offset = event.get_content_offset(self)
        if offset is not None and round(self.scroll_y) + offset.y < len(self.offers):
            self.move_to(round(self.scroll_y) + offset.y)
            self.action_open()
