"""Draw an error of ours: what happened, to what, what to do. Nothing below the help."""

from __future__ import annotations

from collections.abc import Iterator

from flyte_cli.errors import CliError
from flyte_cli.output.excerpts import excerpt
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, dim, line
from flyte_cli.output.visible import visible, width_of


def problem(error: CliError, look: Look) -> Iterator[Line]:
    """The lines of an error."""
    first, *rest = error.message.splitlines() or [""]
    yield line(Span("error: ", "bold red"), visible(first))
    for text in rest:
        yield line("       ", visible(text))
    for place in error.places:
        yield from excerpt(place, look, "  ")
    names = max((width_of(name) for name, _ in error.details), default=0)
    for name, text in error.details:
        yield line("  ", bold(visible(name)), " " * (names - width_of(name) + 3), visible(text))
    for text in error.causes:
        yield line(dim("cause: "), visible(text))
    for number, text in enumerate(error.help):
        yield line(Span("help:  ", "cyan") if number == 0 else "       ", visible(text))
