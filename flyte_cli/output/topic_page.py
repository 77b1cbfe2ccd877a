"""A page of plain text with its title in bold. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from flyte_cli.marks import BY_PHASE
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, bold, line


def topic_page(text: str, look: Look) -> Iterator[Line]:
    """The lines; signs beyond ASCII are replaced where only that will do."""
    title, *rest = text.splitlines()
    yield line(bold(title))
    for each in rest:
        yield line(_plain(each) if look.ascii else each)


def _plain(text: str) -> str:
    for mark in BY_PHASE.values():
        text = text.replace(mark.glyph, mark.ascii)
    return text
