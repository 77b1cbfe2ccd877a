"""What the actions of a run printed, as it was recorded: `run.logs`. It reads a file of the run's folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from flyte._core import RunTree


@dataclass(frozen=True)
class LogLine:
    """One line, without its end."""

    action: str
    """Path of the action that printed it, e.g. `square.3`."""
    stream: Literal["stdout", "stderr"]
    seconds: float
    """Seconds since the run started."""
    text: str


class RunLogs:
    """The lines of a run in the order they were printed: iterate, or `stream()` them to the terminal."""

    def __init__(self, tree: RunTree, folder: Path) -> None:
        self._tree = tree
        self._file = folder / "logs"

    def __iter__(self) -> Iterator[LogLine]:
        data = self._file.read_bytes() if self._file.is_file() else b""
        place = 0
        while place < len(data):
            try:
                line, place = self._line(data, place)
            except IndexError:  # a torn end, after a crash
                return
            yield line

    def stream(self, to: TextIO | None = None) -> None:
        """Write all lines to standard output, or to another text file."""
        for line in self:
            (to or sys.stdout).write(f"{line.text}\n")

    def _line(self, data: bytes, place: int) -> tuple[LogLine, int]:
        ordinal, place = _number(data, place)
        stream, place = data[place], place + 1
        microseconds, place = _number(data, place)
        length, place = _number(data, place)
        end = place + length
        if end > len(data):
            raise IndexError(end)
        text = data[place:end].decode("utf-8", "replace")
        name: Literal["stdout", "stderr"] = "stderr" if stream else "stdout"
        return LogLine(self._tree.action(ordinal).path, name, microseconds / 1e6, text), end

    def __repr__(self) -> str:
        return f"<what run {self._tree.name} printed: iterate, or .stream()>"


def _number(data: bytes, place: int) -> tuple[int, int]:
    """A varint, and where it ends."""
    value = shift = 0
    while data[place] >= 0x80:
        value |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
    return value | data[place] << shift, place + 1
