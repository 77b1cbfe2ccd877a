"""Draw a place in source code: where it is, the lines around it, the line that matters lit. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, dim, line
from flyte_cli.output.visible import clip, visible
from flyte_cli.sources import Place

TAB = 4
NARROWEST = 20


def excerpt(place: Place, look: Look, indent: str) -> Iterator[Line]:
    """The lines of one place."""
    yield line(indent, visible(place.where))
    digits = max((len(str(number)) for number, _ in place.lines), default=0)
    room = max(look.width - len(indent) - digits - 6, NARROWEST)
    bar = look.glyph("│")
    for number, text in place.lines:
        lit = place.lit and number == place.at
        code = clip(visible(text.expandtabs(TAB)), room, look.glyph("…"))
        sign = Span(f"{look.glyph('❱')} ", "red") if lit else Span("  ")
        yield line(indent, sign, dim(f"{number:>{digits}} {bar} "), bold(code) if lit else code)
        if number == place.at and place.caret is not None and place.caret < room:
            yield line(indent, dim(f"  {' ' * digits} {bar} "), " " * place.caret, Span("^", "red"))
