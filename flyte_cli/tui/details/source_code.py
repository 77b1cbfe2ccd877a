"""The source tab: the file of the task as it is on disk, at its line; it says when that is not what ran."""

from __future__ import annotations

import linecache
import os
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, clipped, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import duration, number, size
from flyte_cli.sources import shown_path
from flyte_cli.tui.details.code import coloured
from flyte_cli.tui.details.tab import ReadTab, Unreadable, trouble
from flyte_cli.tui.details.wrapping import wrapped
from flyte_cli.tui.place import Looked

if TYPE_CHECKING:
    from flyte._core import ActionView

LARGEST = 8 * 1024 * 1024
"""Bytes of a file that is shown: more is no program."""
ABOVE = 3
"""Lines in sight above the one that matters."""


@dataclass(frozen=True)
class Code:
    """A file as lines, and where to look in it."""

    path: str
    at: int
    """The line of the task."""
    raised: int | None
    """The line where its error was raised, if that is in this file."""
    lines: Sequence[Line]
    changed_after: float | None
    """Seconds from the start of the run to the last change of the file, where it was changed after."""


class SourceTab(ReadTab[Code]):
    """The code of the selected place."""

    def stamp(self, looked: Looked) -> Hashable:
        """Only what is read."""
        return self._reads

    def to_read(self, looked: Looked) -> Hashable:
        """Read again when there is another error."""
        if not len(looked.tree):
            return None
        row = looked.tree.rows([_whose(looked)])[0]
        return (row.error_head, row.attempts)

    def read(self, looked: Looked) -> Code:
        """The file from disk."""
        return code_of(looked.tree.action(_whose(looked)), looked.tree.started_at)

    def build(self, looked: Looked, width: int) -> Iterator[Line]:
        """The file, with the lines that matter lit."""
        if isinstance(self.found, Unreadable):
            yield from trouble(self.found, "the source", width)
        elif self.found is not None:
            yield from code_lines(self.found, self.app.look, self.host.folder(), width)

    def arrived(self) -> None:
        """Begin where the task does."""
        if self._reads == 1 or not self.scroll_y:
            self.call_after_refresh(self._to_line)

    def forget(self) -> None:
        """Another file, another line."""
        super().forget()
        self._reads = 0

    def first_line(self) -> int:
        """The line that matters, not quite at the top."""
        if not isinstance(self.found, Code) or not self.found.lines:
            return 0
        head = len(self.lines) - len(self.found.lines)
        at = self.found.at
        raised = self.found.raised
        if raised is not None and raised - at > max(self.size.height - ABOVE - head - 2, 1):
            at = raised - self.size.height // 2
        return max(head + at - 1 - ABOVE, 0)

    def _to_line(self) -> None:
        self.scroll_to(y=self.first_line(), animate=False, force=True)


def _whose(looked: Looked) -> int:
    """The action whose code it is; of a fan-out any does."""
    if looked.ordinal is not None:
        return looked.ordinal
    return looked.fold.first if looked.fold is not None else looked.place.ordinal


def code_of(action: ActionView, started_at: float) -> Code:
    """Read the file of an action. Raises ValueError where there is none, OSError where it is gone."""
    path = action.file
    if not path:
        raise ValueError(f"the file of {action.task} was not recorded")
    try:
        status = os.stat(path)
    except FileNotFoundError as error:
        raise ValueError(f"{path} is gone") from error
    if status.st_size > LARGEST:
        raise ValueError(f"{path} has {size(status.st_size)}")
    linecache.checkcache(path)
    texts = [text.rstrip("\n") for text in linecache.getlines(path)]
    if not texts and status.st_size:
        raise ValueError(f"{path} is no text in the encoding that it says it has")
    late = status.st_mtime - started_at
    return Code(path, action.line, _raised(action), coloured(texts), late if late > 0 else None)


def _raised(action: ActionView) -> int | None:
    frames = action.error.frames if action.error is not None else []
    return next((frame[1] for frame in reversed(frames) if frame[4] and frame[0] == action.file), None)


def code_lines(code: Code, look: Look, here: str, width: int) -> Iterator[Line]:
    """What there is to say of the file, then the file."""
    yield from wrapped(f"{shown_path(code.path, here)}:{code.at}", width, "bold")
    if code.changed_after is not None:
        when = duration(code.changed_after)
        yield from wrapped(f"changed {when} after the run was started: this may not be what ran", width, "yellow")
    if code.at > len(code.lines):
        count = number(len(code.lines))
        yield from wrapped(f"the file has only {count} lines now: this is not what ran", width, "yellow")
    yield ()
    digits = len(str(len(code.lines)))
    for place, spans in enumerate(code.lines, start=1):
        yield clipped(_numbered(place, spans, code, digits, look), width, look.glyph("…"))


def _numbered(place: int, spans: Line, code: Code, digits: int, look: Look) -> Line:
    if place == code.raised:
        return line(Span(f"{look.glyph('❱')} ", "bold red"), Span(f"{place:>{digits}} ", "bold red"), _bold(spans))
    if place == code.at:
        return line(Span(f"{look.glyph('❱')} ", "accent"), Span(f"{place:>{digits}} ", "bold accent"), _bold(spans))
    return line("  ", dim(f"{place:>{digits}} "), spans)


def _bold(spans: Line) -> Line:
    return tuple(Span(visible(span.text), f"bold {span.style}") for span in spans)
