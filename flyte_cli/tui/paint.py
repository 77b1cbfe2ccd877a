"""Lines of spans as what Textual draws. Colours come from the theme; it never looks at a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.theme import Theme

from flyte_cli.output.spans import Line

FONTS = {"bold": Style(bold=True), "dim": Style(dim=True), "italic": Style(italic=True), "reverse": Style(reverse=True)}

REVERSED = Style(reverse=True, dim=False)


class Painter:
    """Turns styles, words such as `bold red`, into those of one theme."""

    def __init__(self, colours: Mapping[str, str], cursor: str, faint: str) -> None:
        self._styles: dict[str, Style] = {}
        self._colours = colours
        self.cursor = Style.parse(cursor)
        """Laid over the line with the cursor."""
        self.faint = Style.parse(faint)
        """Of lines that do not count now."""

    def style(self, words: str) -> Style:
        """The style of those words; a word no theme has draws as plain text."""
        known = self._styles.get(words)
        if known is None:
            parts = (FONTS.get(word) or _colour(self._colours.get(word, "")) for word in words.split())
            known = self._styles[words] = Style.combine([Style.null(), *parts])
        return known

    def strip(self, spans: Line, width: int, over: Style | None = None, faint: bool = False) -> Strip:
        """The line as wide as its place, with a style laid over all of it."""
        if faint:
            segments = [Segment(span.text, self.faint) for span in spans]
        else:
            segments = [Segment(span.text, self.style(span.style)) for span in spans]
        strip = Strip(segments).adjust_cell_length(width)
        if over is not None and over.reverse:  # dim text on it would be patches of another shade
            return Strip(Segment.apply_style(strip, post_style=REVERSED), strip.cell_length)
        return strip.apply_style(over) if over is not None else strip


@lru_cache(maxsize=64)
def _colour(name: str) -> Style:
    return Style.parse(name) if name else Style.null()


def painter_of(theme: Theme) -> Painter:
    """The painter for a theme: ours say their colours, others are asked for what is nearest."""
    said = theme.variables
    if theme.name.endswith("-mono"):
        return Painter({}, "reverse", "dim")
    colours = {
        "red": said.get("mark-red", theme.error or "red"),
        "green": said.get("mark-green", theme.success or "green"),
        "yellow": said.get("mark-yellow", theme.warning or "yellow"),
        "blue": said.get("mark-blue", theme.primary or "blue"),
        "magenta": said.get("mark-magenta", theme.secondary or "magenta"),
        "cyan": said.get("mark-cyan", theme.accent or "cyan"),
        "accent": theme.accent or theme.primary,
    }
    shade = said.get("cursor-shade", "#2d3350" if theme.dark else "#d5dcf5")
    return Painter(colours, f"on {shade}", said.get("faint-text", "#5c6370" if theme.dark else "#a0a4ad"))
