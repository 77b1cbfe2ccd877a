"""What `flyte doctor` found: a line for each thing, and below it what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flyte_cli.marks import ABORTED, FAILED, SUCCEEDED, Mark
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, bold, line, padded
from flyte_cli.output.visible import visible

if TYPE_CHECKING:
    from flyte_cli.ops.doctor import Check

MARKS = {"ok": SUCCEEDED, "absent": ABORTED, "warning": Mark("!", "!", "yellow"), "missing": FAILED}


def doctor_lines(checks: Sequence[Check], look: Look) -> Iterator[Line]:
    """Mark, name, what was found."""
    names = max(len(each.name) for each in checks) + 2
    for each in checks:
        first, *rest = [visible(text) for text in each.found.splitlines()] or [""]
        yield line(look.mark(MARKS[each.verdict]), " ", padded((bold(each.name),), names), first)
        yield from (line(" " * (names + 2), text) for text in rest)
        if each.help:
            yield line(" " * (names + 2), "help: ", visible(each.help))
