"""The cache, and plans made with it, as lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flyte_cli.marks import ABORTED, CACHED, QUEUED, RUNNING, mark_of
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, bold, clipped, columns, dim, line, padded
from flyte_cli.output.visible import visible
from flyte_cli.quantities import age, moment, number, size

if TYPE_CHECKING:
    from flyte_cli.ops.cache import Answer, Dropped, Held, Holding, Usage
    from flyte_cli.ops.plan import Plan, Step

VERDICTS = {"hit": (CACHED, "hit"), "run": (RUNNING, "would run"), "unknown": (QUEUED, "unknown")}


def entries_table(holding: Holding, look: Look, now: float) -> Iterator[Line]:
    """For a terminal: one row each, cut to its width."""
    rows = [[line(cell) for cell in _cells(each, now)] for each in holding.entries]
    titles = [(dim(title),) for title in ("TASK", "VERSION", "FROM", "MADE", "SIZE")]
    widths = [max(map(columns, column)) for column in zip(titles, *rows, strict=True)]
    yield line("     ", *_aligned(titles, widths))
    for each, row in zip(holding.entries, rows, strict=True):
        note = dim(f"  its data is gone: {visible(each.missing)}") if each.missing else dim("")
        mark = look.mark(CACHED if each.usable else ABORTED)
        yield clipped(line("  ", mark, "  ", *_aligned(row, widths), note), look.width - 1, look.glyph("…"))
    if holding.more:
        yield line(dim(f"the latest {holding.limit}; --limit {holding.limit * 2} shows more"))


def _cells(each: Held, now: float) -> list[str]:
    entry = each.entry
    version = entry.version if len(entry.version) <= 12 else entry.version[:8]
    return [visible(entry.task), visible(version), entry.run, age(entry.created, now), size(entry.size)]


def _aligned(cells: Sequence[Line], widths: Sequence[int]) -> Iterator[Line]:
    for cell, width in zip(cells, widths, strict=True):
        yield line(*padded(cell, width), "  ")


def entries_lines(holding: Holding) -> Iterator[Line]:
    """For a pipe: task, version, run, time, bytes, missing data; tab-separated, nothing cut."""
    for each in holding.entries:
        entry = each.entry
        cells = [entry.task, entry.version, entry.run, moment(entry.created), str(entry.size), each.missing]
        yield line("\t".join(map(visible, cells)))


def usage_lines(usage: Usage) -> Iterator[Line]:
    """What it takes on disk, then who has how much."""
    entries = sum(share.entries for share in usage.shares)
    yield line(bold(size(usage.size)), f"  {_entries(entries)}  ", dim(visible(usage.path)))
    width = max((columns(line(visible(share.task))) for share in usage.shares), default=0)
    for share in usage.shares:
        gone = f"  {_entries(share.gone)} without their data: flyte cache gc" if share.gone else ""
        name = visible(share.task).ljust(width)
        yield line(f"  {name}  {size(share.size):>8}  {_entries(share.entries)}", dim(gone))


def _entries(count: int) -> str:
    return f"{number(count)} {'entry' if count == 1 else 'entries'}"


def dropped_line(dropped: Dropped) -> Line:
    """What was dropped, and what is left."""
    gone = f", {number(dropped.gone)} of them without their data" if dropped.gone else ""
    return line(f"dropped {_entries(dropped.entries)}{gone} ({size(dropped.size)}); {number(dropped.left)} left")


def answer_line(answer: Answer, look: Look) -> Line:
    """One sentence about one action."""
    said = "" if answer.reason.kind in ("hit", "recovered") else "ran: "
    name = visible(answer.action)
    return line(look.mark(mark_of(answer.phase)), " ", bold(name), f"  {said}{visible(answer.reason.text)}")


def plan_lines(plan: Plan, look: Look) -> Iterator[Line]:
    """The tree, then what it assumes, then what nobody can know."""
    names = [line("  " * step.depth, *_name(step, look)) for step in plan.steps]
    width = max(columns(name) for name in names)
    for step, name in zip(plan.steps, names, strict=True):
        yield clipped(line(*padded(name, width), "  ", *_verdict(step)), look.width - 1, look.glyph("…"))
    if plan.like is not None:
        yield line(dim(f"calls as in {plan.like}"))
    for sentence in plan.unknown:
        yield line(dim(f"not known: {visible(sentence)}"))


def _name(step: Step, look: Look) -> Line:
    mark, _ = VERDICTS[step.verdict]
    times = f" {look.glyph('×')}{number(step.count)}" if step.count > 1 else ""
    return line(look.mark(mark), " ", bold(visible(step.name)), times)


def _verdict(step: Step) -> Line:
    _, word = VERDICTS[step.verdict]
    if step.verdict == "hit":
        return line(word, dim(f"  from {step.reason.run}"))
    return line(f"{word}: {visible(step.reason.text)}")
