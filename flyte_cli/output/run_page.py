"""One run on a page: header, folded tree with a time bar in each row, then the result or the failure report. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from flyte.run_attributes import RunAttributes, attributes_of
from flyte_cli.marks import at_rest, counts_at_rest, mark_of
from flyte_cli.output.actions import counts_line, elapsed, inputs_text
from flyte_cli.output.ending import following
from flyte_cli.output.failure import others, report
from flyte_cli.output.look import Look
from flyte_cli.output.rows import Row, action_row, drawn, fold_row, time_bar
from flyte_cli.output.spans import Line, Span, bold, dim, line
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import age, duration, number
from flyte_cli.sources import shown_path

if TYPE_CHECKING:
    from flyte._core import RunTree

MOST_ROWS = 40
DEEPEST = 4
MOST_LINKED = 10
"""Actions whose links are shown."""
BAR_WIDTH = 40


def run_page(tree: RunTree, look: Look, now: float, here: str, verbose: bool = False) -> Iterator[Line]:
    """Everything about a run that fits a page."""
    yield from _header(tree, look, now, here)
    rows = list(_rows(tree, look, 0, 1, now))
    if rows:
        yield ()
        yield from _tree(tree, rows, look, now)
    yield from _links(tree)
    if tree.phase == "failed":
        yield ()
        yield from report(tree, look, here, verbose)
    elif tree.phase == "succeeded":
        yield from _result(tree)
        yield from others(tree, look, set())
    if tree.phase in ("failed", "aborted", "interrupted"):
        yield ()
        yield from following(tree, look)


def _header(tree: RunTree, look: Look, now: float, here: str) -> Iterator[Line]:
    root = tree.action(0)
    phase = "cached" if root.phase == "cached" else tree.phase
    mark = mark_of(phase)
    end = tree.ended_at if tree.ended_at is not None else now
    took = "" if tree.phase == "interrupted" and tree.ended_at is None else f"  {duration(end - tree.started_at)}"
    head = line(look.mark(mark), " ", bold(visible(root.short_name)), "  ", dim(tree.name), "  ")
    counts = line("   ", counts_line(counts_at_rest(tree.counts(), tree.phase), look)) if len(tree) > 1 else ()
    yield line(head, Span(phase, mark.style), took, counts)
    facts = [visible(tree.task)]
    if tree.file:
        facts.append(visible(shown_path(tree.file, here)))
    facts += belonging(attributes_of(tree.attributes))
    facts.append(f"started {age(tree.started_at, now)}")
    if tree.retries:
        facts.append(f"{number(tree.retries)} retried")
    if root.cached_from:
        facts.append(f"cached from {root.cached_from}")
    if tree.recovered_from:
        facts.append(f"recovered from {tree.recovered_from}")
    yield line(dim(f"  {f' {look.glyph(chr(183))} '.join(facts)}"))
    if labels := attributes_of(tree.attributes).labels:
        yield line("  ", dim("labels  "), visible("  ".join(f"{name}={value}" for name, value in labels.items())))
    if inputs := inputs_text(root):
        yield line("  ", dim("inputs  "), inputs)


def belonging(said: RunAttributes) -> Iterator[str]:
    """What a run belongs to, as far as it was said."""
    for what, name in (("project", said.project), ("domain", said.domain), ("version", said.version)):
        if name is not None:
            yield f"{what} {visible(name)}"


def _rows(tree: RunTree, look: Look, parent: int, depth: int, now: float) -> Iterator[Row]:
    for fold in tree.folds(parent):
        if fold.total == 1 and not fold.is_group:
            action = tree.action(fold.first)
            yield action_row(action, depth, now)
            if action.child_count and depth < DEEPEST:
                yield from _rows(tree, look, fold.first, depth + 1, now)
        else:
            yield fold_row(fold, look, depth, now)


def _tree(tree: RunTree, rows: list[Row], look: Look, now: float) -> Iterator[Line]:
    shown = rows[:MOST_ROWS]
    end = tree.ended_at or max([now, *(row.ended_at or 0.0 for row in rows)])
    if tree.phase == "interrupted" and tree.ended_at is None:
        end = max([tree.started_at, *(row.ended_at or row.started_at or 0.0 for row in rows)])
        shown = [replace(row, phase=at_rest(row.phase, tree.phase), ended_at=row.ended_at or end) for row in shown]

    def tail(row: Row, width: int) -> Line:
        bar = time_bar(row, tree.started_at, end, look, min(width, BAR_WIDTH))
        folded = {} if row.fold is None else counts_at_rest(row.fold.counts, tree.phase)
        counts = line("  ", counts_line(folded, look)) if folded else ()
        if width < BAR_WIDTH or row.phase == "cached":  # nothing ran, so there is nothing on the axis
            return line(counts[1:], "  " if counts else "", row.note)
        return line(_full(bar), counts)

    def _full(bar: Line) -> Line:
        missing = BAR_WIDTH - sum(len(span.text) for span in bar)
        return line(bar, " " * max(missing, 0))

    def seconds(row: Row) -> str:
        found = elapsed(row.started_at, row.ended_at, end)
        return "" if found is None else duration(found)

    yield from drawn(shown, look, seconds, tail)
    if len(rows) > len(shown):
        yield line(dim(f"  {look.glyph('…')} {number(len(rows) - len(shown))} more rows"))


def _links(tree: RunTree) -> Iterator[Line]:
    linked = tree.linked()
    if not linked:
        return
    yield ()
    rows = [
        (tree.action(ordinal).path, *link) for ordinal in linked[:MOST_LINKED] for link in tree.action(ordinal).links
    ]
    widths = [max(width_of(visible(row[column])) for row in rows) for column in (0, 1)]
    for path, name, address in rows:
        head = line("  ", dim("link  "), visible(path).ljust(widths[0]), "  ", visible(name).ljust(widths[1]), "  ")
        yield line(head, visible(address))
    if len(linked) > MOST_LINKED:
        yield line(dim(f"  and those of {number(len(linked) - MOST_LINKED)} more actions"))


def _result(tree: RunTree) -> Iterator[Line]:
    outputs = tree.action(0).outputs
    if not outputs:
        return
    yield ()
    for name, text in outputs:
        yield line("  ", dim("result  " if len(outputs) == 1 else f"{visible(name)} = "), visible(text))
