"""How things are drawn here: width, glyphs, colour, as one value. It draws nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flyte_cli.marks import Mark
from flyte_cli.output.spans import Span

GLYPHS = {
    "·": "-",
    "│": "|",
    "━": "=",
    "╸": ">",
    "─": "-",
    "×": "x",
    "…": "...",
    "❱": ">",
    "→": "->",
    "╋": "+",
    "▾": "v",
    "▸": ">",
    "›": ">",
    "┆": ":",
    "▼": "v",
    "▁▂▃▄▅▆▇█": ".:-=+*#@",
    "▌": "#",
    "▴": "^",
}
"""Each sign, or scale of signs, that we draw, and what stands for it where only ASCII will do."""


@dataclass(frozen=True)
class Look:
    """Width in columns, whether signs beyond ASCII are fine, and whether colour is wanted."""

    width: int = 80
    height: int = 24
    ascii: bool = False
    colour: bool = False

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a screen has at least one column and row, got {self.width}x{self.height}")

    def glyph(self, sign: str) -> str:
        """The sign, or what stands for it."""
        return GLYPHS[sign] if self.ascii else sign

    def mark(self, mark: Mark) -> Span:
        """The mark in its colour."""
        return Span(mark.ascii if self.ascii else mark.glyph, mark.style)

    def count(self, mark: Mark, count: int) -> Span:
        """A count with its mark: `17✓`."""
        return Span(f"{count:,}{mark.ascii if self.ascii else mark.glyph}", mark.style)


def wants_ascii(encoding: str | None, environment: Mapping[str, str]) -> bool:
    """Whether only ASCII signs will show."""
    if environment.get("FLYTE_ASCII") not in (None, "", "0") or environment.get("TERM") == "dumb":
        return True
    return (encoding or "ascii").lower().replace("-", "").replace("_", "") not in (
        "utf8",
        "utf8sig",
        "utf16",
        "cp65001",
    )


def wants_colour(choice: str, terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether to colour a stream: `--color`, then FORCE_COLOR and NO_COLOR, then whether it is a terminal."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") not in (None, "", "0"):
        return True
    return terminal and environment.get("TERM") != "dumb"
