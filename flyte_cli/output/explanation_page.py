"""Why actions are as they are, as sentences. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flyte_cli.marks import at_rest, mark_of
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, dim, line
from flyte_cli.output.visible import visible

if TYPE_CHECKING:
    from flyte_cli.ops.explaining import Explanation


def explanation_page(explanation: Explanation, look: Look) -> Iterator[Line]:
    """Each action with its reasons."""
    for place, each in enumerate(explanation.actions):
        phase = at_rest(each.action.phase, explanation.tree.phase)
        mark = mark_of(phase)
        run = dim(f"  {explanation.tree.name}") if place == 0 else ""
        yield line(look.mark(mark), " ", bold(visible(each.action.path)), "  ", Span(phase, mark.style), run)
        for reason in each.reasons:
            for text in textwrap.wrap(visible(reason.text), max(look.width - 4, 20)):
                yield line("  ", text)
    if explanation.more:
        yield line(dim(f"{look.glyph('…')} {explanation.more:,} more; flyte explain {explanation.tree.name} ACTION"))
