"""Actions of a run as a table for a terminal, and as tab-separated lines for a pipe. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flyte_cli.marks import mark_of
from flyte_cli.output.actions import elapsed, error_line, inputs_text
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line, padded, trimmed
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import duration, moment, number

if TYPE_CHECKING:
    from flyte._core import ActionView
    from flyte_cli.ops.looking import ActionListing

WIDEST_NAME = 40


def actions_table(listing: ActionListing, look: Look, now: float) -> Iterator[Line]:
    """Mark, path, when it started, how long it took, attempts, and its error or inputs."""
    names = min(max(len("ACTION"), *(width_of(visible(each.path)) for each in listing.actions)), WIDEST_NAME)
    yield line("     ", dim("ACTION"), " " * (names - 6 + 2), dim("   START     TOOK  TRIES  NOTE"))
    for each in listing.actions:
        name = padded(clipped((bold(visible(each.path)),), names, look.glyph("…")), names)
        begun = f"{duration(each.started_at - listing.tree.started_at):>8}" if each.started_at is not None else " " * 8
        took = elapsed(each.started_at, each.ended_at, now)
        numbers = f"  {begun}  {'' if took is None else duration(took):>7}  {each.attempts:>5}  "
        row = line("  ", look.mark(mark_of(each.phase)), "  ", name, numbers, _note(each, look))
        yield trimmed(clipped(row, look.width - 1, look.glyph("…")))
    if listing.count > len(listing.actions):
        yield line(dim(f"{number(listing.limit)} of {number(listing.count)}; --limit {listing.limit * 2} shows more"))


def _note(action: ActionView, look: Look) -> Span:
    if action.error is not None and action.phase in ("failed", "retrying"):
        return Span(error_line(action.error, look))
    return dim(inputs_text(action))


def actions_lines(listing: ActionListing) -> Iterator[Line]:
    """Path, phase, task, start, seconds, attempts, note: tab-separated, nothing cut."""
    for each in listing.actions:
        began = moment(each.started_at) if each.started_at is not None else ""
        took = f"{each.ended_at - each.started_at:.3f}" if each.started_at and each.ended_at is not None else ""
        note = _note(each, Look()).text.replace("\t", " ")
        cells = [visible(each.path), each.phase, visible(each.task), began, took, str(each.attempts), note]
        yield line("\t".join(cells))
