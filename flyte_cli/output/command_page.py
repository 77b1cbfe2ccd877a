"""Help of a command: usage, one sentence, options in groups. Pure; it knows nothing of the library that parses."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, bold, line
from flyte_cli.output.visible import width_of

NAMES_WIDTH = 40


@dataclass(frozen=True)
class Section:
    """A titled list: options or commands with what they do."""

    title: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class CommandHelp:
    """What a help page says."""

    usage: str
    doc: str
    sections: Sequence[Section] = ()
    examples: Sequence[tuple[str, str]] = ()


def command_page(help: CommandHelp, look: Look) -> Iterator[Line]:
    """The lines of the page."""
    yield line(bold("Usage"), f"  {help.usage}")
    yield ()
    for number, paragraph in enumerate(help.doc.strip().split("\n\n")):
        if number:
            yield ()
        for text in textwrap.wrap(paragraph, max(look.width - 1, 20)):
            yield line(text)
    if help.examples:
        yield ()
        yield from _rows(help.examples, look)
    for section in help.sections:
        yield ()
        yield line(bold(section.title))
        yield from _rows(section.rows, look)


def _rows(rows: Sequence[tuple[str, str]], look: Look) -> Iterator[Line]:
    names = min(max((width_of(name) for name, _ in rows), default=0), NAMES_WIDTH)
    room = max(look.width - names - 6, 20)
    for name, text in rows:
        first, *rest = textwrap.wrap(text, room) or [""]
        if width_of(name) > names:
            yield line(f"  {name}")
            name = ""
        yield line(f"  {name}{' ' * (names - width_of(name) + 3)}{first}".rstrip())
        for more in rest:
            yield line(f"{' ' * (names + 5)}{more}")
