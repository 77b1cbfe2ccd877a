"""The report tab: the page that a task wrote, as text. What only a browser can show is a key away."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import size
from flyte_cli.tui.details.html_text import Page, page_lines, pages_of
from flyte_cli.tui.details.tab import ReadTab, Unreadable, is_past, trouble
from flyte_cli.tui.details.wrapping import wrapped
from flyte_cli.tui.place import Looked

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 16 * 1024 * 1024
"""Bytes of a page that are read: what is behind them is no text as a rule."""


@dataclass(frozen=True)
class Written:
    """A report as it was read; `written` are the attempts that have one, counted from 1."""

    attempt: int
    written: Sequence[int]
    size: int
    pages: Sequence[Page]
    stamp: tuple[str, int, int] = ("", 0, 0)
    """Path, size and time of change: what tells whether to read it again."""


@dataclass(frozen=True)
class NotWritten:
    """Why there is no report."""

    sentence: str


class ReportTab(ReadTab[Written | NotWritten]):
    """The report of an action."""

    def stamp(self, looked: Looked) -> Hashable:
        """Only what is read."""
        return self._reads

    def to_read(self, looked: Looked) -> Hashable:
        """While the action goes on, looked for once a second; what did not change is not read again."""
        if not len(looked.tree) or looked.ordinal is None:
            return "nothing"
        row = looked.tree.rows([looked.ordinal])[0]
        goes_on = row.ended_at is None and not is_past(looked)
        return (row.phase, row.attempts, int(looked.now) if goes_on else None)

    def read(self, looked: Looked) -> Written | NotWritten:
        """The file."""
        if not len(looked.tree) or looked.ordinal is None:
            return NotWritten("reports are written by single actions")
        last = self.found
        found = report_path(looked, looked.ordinal)
        if isinstance(found, NotWritten):
            return found
        path, attempt, written = found
        status = os.stat(path)
        stamp = (str(path), status.st_size, status.st_mtime_ns)
        if isinstance(last, Written) and last.stamp == stamp:
            return last
        with path.open("rb") as file:
            text = file.read(LARGEST).decode("utf-8", "replace")
        return Written(attempt, written, status.st_size, pages_of(text), stamp)

    def build(self, looked: Looked, width: int) -> Iterator[Line]:
        """The page as text."""
        if isinstance(self.found, Unreadable):
            yield from trouble(self.found, "the report", width)
        elif isinstance(self.found, NotWritten):
            yield from wrapped(self.found.sentence, width, "dim")
        elif self.found is not None:
            yield from report_lines(self.found, self.app.look, width)


def report_path(looked: Looked, ordinal: int) -> tuple[Path, int, list[int]] | NotWritten:
    """The file of the attempt that is shown, that attempt, and which attempts have one."""
    from flyte.report.files import attempts_with_reports, report_file
    from flyte_cli.ops.reports import where_it_ran

    action = looked.tree.action(ordinal)
    home = where_it_ran(looked.tree, action)
    written = [each + 1 for each in attempts_with_reports(home, action.name)]
    if not written:
        return NotWritten("no report: a task declared with `report=True` writes one")
    attempt = looked.attempt or written[-1]
    if attempt not in written:
        have = ", ".join(map(str, written))
        return NotWritten(f"attempt {attempt} has no report; attempts with one: {have}")
    return report_file(home, action.name, attempt - 1), attempt, written


def report_lines(found: Written, look: Look, width: int) -> Iterator[Line]:
    """Which tabs it has, then one after the other."""
    names = [page.name for page in found.pages if page.name]
    facts = [size(found.size)]
    if len(found.written) > 1:
        facts.append(f"of attempt {found.attempt}; others: {_others(found)}")
    yield line(dim(f"{', '.join(facts)}  "), Span("o", "bold accent"), dim(" opens it in the browser"))
    if found.size > LARGEST:
        yield from wrapped(f"only the first {size(LARGEST)} were read", width, "yellow")
    if len(names) > 1:
        yield from wrapped(f"tabs: {', '.join(names)}", width, "dim")
    if not found.pages or not any(page.blocks for page in found.pages):
        yield ()
        yield from wrapped("nothing in it is text", width, "dim")
    for page in found.pages:
        yield ()
        if page.name and len(names) > 1:
            rest = look.glyph("─") * max(width - len(page.name) - 4, 0)
            yield line(dim(f"{look.glyph('─')} "), Span(visible(page.name), "bold"), dim(f" {rest}"))
        yield from page_lines(page.blocks, look, width)


def _others(found: Written) -> str:
    return ", ".join(str(each) for each in found.written if each != found.attempt)
