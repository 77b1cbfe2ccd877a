"""Projects to start from, and what to do with one that was made."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flyte_cli.output.spans import Line, bold, line, padded
from flyte_cli.output.visible import visible

if TYPE_CHECKING:
    from flyte_cli.ops.new import Created, Template


def templates_lines(templates: Sequence[Template]) -> Iterator[Line]:
    """Name and purpose of each."""
    names = max(len(each.name) for each in templates) + 3
    for each in templates:
        yield line("  ", padded((bold(each.name),), names), each.about)


def project_lines(created: Created) -> Iterator[Line]:
    """What was made, then the commands that come next."""
    yield line(f"made from the template {created.template}, {len(created.files)} files; next:")
    yield from (line("  ", bold(visible(each))) for each in next_commands(created))


def next_commands(created: Created) -> list[str]:
    """Go there, unless one is; run it; set up its tests."""
    there = [] if created.folder == "." else [f"cd {_quoted(created.folder)}"]
    return [*there, "flyte run", 'pip install -e ".[dev]" && python -m pytest']


def _quoted(folder: str) -> str:
    quoted = shlex.quote(folder)
    return f"-- {quoted}" if folder.startswith("-") else quoted
