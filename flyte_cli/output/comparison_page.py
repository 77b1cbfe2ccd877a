"""Two runs side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flyte_cli.marks import mark_of
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import age, duration

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte_cli.ops.comparing import Comparison, Difference

MOST = 10


def comparison_page(comparison: Comparison, look: Look, now: float) -> Iterator[Line]:
    """What differs; what is the same is left out."""
    cut = [clipped(each, look.width - 1, look.glyph("…")) for each in _page(comparison, look, now)]
    yield from cut


def _page(comparison: Comparison, look: Look, now: float) -> Iterator[Line]:
    yield _head("-", "red", comparison.left, look, now)
    yield _head("+", "green", comparison.right, look, now)
    titles = [("run", comparison.facts), ("inputs", comparison.inputs), ("outputs", comparison.outputs)]
    for title, differences in titles:
        yield from _differences(title, [each for each in differences if not each.is_same], look)
    if comparison.code:
        yield ()
        yield line(bold("code"))
        yield from (line("  changed  ", visible(each)) for each in _some(comparison.code, look))
    yield from _outcomes(comparison, look)
    yield from _times(comparison, look)
    for title, sign, style, paths in (
        ("only before", "-", "red", comparison.gone),
        ("only after", "+", "green", comparison.added),
    ):
        if paths:
            yield ()
            yield line(bold(title), dim(f"  {len(paths):,} {'action' if len(paths) == 1 else 'actions'}"))
            yield from (line(Span(f"  {sign} ", style), visible(each)) for each in _some(paths, look))
    if comparison.is_same:
        yield ()
        yield line("the same inputs, code, actions and outcomes")


def _head(sign: str, style: str, tree: RunTree, look: Look, now: float) -> Line:
    end = tree.ended_at if tree.ended_at is not None else now
    facts = f"  {duration(end - tree.started_at)}  started {age(tree.started_at, now)}"
    mark = look.mark(mark_of(tree.phase))
    return line(
        Span(f"{sign} ", style), mark, " ", bold(visible(tree.task)), "  ", tree.name, "  ", tree.phase, dim(facts)
    )


def _differences(title: str, differences: Sequence[Difference], look: Look) -> Iterator[Line]:
    if not differences:
        return
    yield ()
    yield line(bold(title))
    names = max(width_of(visible(each.what)) for each in differences)
    for each in differences[:MOST]:
        name = visible(each.what)
        pad = " " * (names - width_of(name))
        arrow = dim(f" {look.glyph('→')} ")
        before = Span("(none)", "dim") if each.left is None else Span(visible(each.left), "red")
        after = Span("(none)", "dim") if each.right is None else Span(visible(each.right), "green")
        if width_of(f"{before.text}{after.text}{name}") + names < look.width - 12:
            yield line("  ", name, pad, "  ", before, arrow, after)
        else:
            yield line("  ", name)
            yield line("    ", Span("- ", "red"), before)
            yield line("    ", Span("+ ", "green"), after)
    if len(differences) > MOST:
        yield line(dim(f"  {look.glyph('…')} {len(differences) - MOST} more"))


def _outcomes(comparison: Comparison, look: Look) -> Iterator[Line]:
    if not comparison.outcomes:
        return
    yield ()
    yield line(bold("outcomes"))
    for each in comparison.outcomes[:MOST]:
        left, right = (mark_of(phase or "") for phase in (each.left, each.right))
        sides = line(look.mark(left), f" {each.left}", dim(f" {look.glyph('→')} "), look.mark(right), f" {each.right}")
        yield line("  ", visible(each.what), "  ", sides)
    if len(comparison.outcomes) > MOST:
        yield line(dim(f"  {look.glyph('…')} {len(comparison.outcomes) - MOST} more"))


def _times(comparison: Comparison, look: Look) -> Iterator[Line]:
    if not comparison.times:
        return
    yield ()
    yield line(bold("times"))
    width = max(width_of(visible(each.path)) for each in comparison.times[:MOST])
    for each in comparison.times[:MOST]:
        change = each.right - each.left
        style = "red" if change > 0 else "green"
        name = visible(each.path)
        sides = f"{duration(each.left):>7}{look.glyph('→').center(4)}{duration(each.right):<7}"
        yield line(
            "  ",
            name,
            " " * (width - width_of(name) + 2),
            sides,
            Span(f"  {'+' if change > 0 else '-'}{duration(abs(change))}", style),
        )
    if len(comparison.times) > MOST:
        yield line(dim(f"  {look.glyph('…')} {len(comparison.times) - MOST} more"))


def _some(texts: Sequence[str], look: Look) -> Iterator[str]:
    yield from texts[:MOST]
    if len(texts) > MOST:
        yield f"{look.glyph('…')} {len(texts) - MOST:,} more"
