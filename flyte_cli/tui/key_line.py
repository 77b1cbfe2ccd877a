"""The last line of every screen: keys that do something now, or what was just done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from flyte_cli.output.spans import Line, Span, clipped, columns, dim, line
from flyte_cli.tui.keys import EVERYWHERE, Key

if TYPE_CHECKING:
    from textual import events

    from flyte_cli.tui.app import FlyteApp


class KeyLine(Widget):
    """Only keys that work right now stand here."""

    DEFAULT_CSS = "KeyLine { height: 1; background: $panel; }"
    app: FlyteApp

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self._said: Line = ()
        self._places: list[tuple[int, int, Key]] = []

    def offer(self, keys: Sequence[Key]) -> None:
        """Show these keys."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.refresh()

    def say(self, said: Line) -> None:
        """Show what was done, until the next key."""
        self._said = said
        self.refresh()

    def hush(self) -> None:
        """Show keys again: somebody went on."""
        if self._said:
            self.say(())

    @property
    def said(self) -> str:
        """What stands there in place of keys."""
        return "".join(span.text for span in self._said).strip()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        said = clipped(self._said, width, self.app.look.glyph("…"))
        return self.app.painter.strip(said or self._offered(width), width).apply_style(self.rich_style)

    def _offered(self, width: int) -> Line:
        spans: Line = (Span(" "),)
        palette = self.app.key(EVERYWHERE[0])
        last = line(dim(" "), Span(palette.sign, "accent bold"), " ")
        places = []
        for each in self._keys:
            key = self.app.key(each)
            piece = line(Span(key.sign, "accent bold"), dim(f" {key.label}  "))
            start = columns(spans)
            if start + columns(piece) + columns(last) > width:
                continue
            places.append((start, start + columns(piece), key))
            spans = (*spans, *piece)
        gap = width - columns(spans) - columns(last)
        self._places = [*places, (width - columns(last), width, palette)]
        return clipped(line(spans, " " * max(gap, 0), last), width, "")

    async def on_click(self, event: events.Click) -> None:
        """A key may be clicked; what is said goes away."""
        if self._said:
            self.hush()
            return
        for start, end, key in self._places:
            if start <= event.x < end:
                await self.screen.run_action(key.action)
