"""Logs written line by line, as the engine writes them: docs/journal.md describes the file."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from flyte._core import RunTree
from flyte_cli.tui.source import Source

STRIDE = 256 * 1024


@dataclass
class WrittenLog:
    """The log file in a run's folder."""

    folder: Path
    at: int = 0
    """Microseconds: each line is printed a millisecond after the one before."""
    size: int = field(default=0)
    last_place: int = field(default=0)

    def write(self, *texts: str | bytes, ordinal: int = 0, stream: int = 0) -> None:
        """Append lines, all of one action."""
        frames, places = bytearray(), bytearray()
        for text in texts:
            self.at += 1000
            data = text.encode() if isinstance(text, str) else text
            offset = self.size + len(frames)
            if offset - self.last_place >= STRIDE:
                self.last_place = offset
                places += offset.to_bytes(8, "little") + self.at.to_bytes(8, "little")
            frames += _varint(ordinal) + bytes((stream,)) + _varint(self.at) + _varint(len(data)) + data
        self.size += len(frames)
        with (self.folder / "logs").open("ab") as file:
            file.write(frames)
        with (self.folder / "logs.places").open("ab") as file:
            file.write(places)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def emptied(run: Path, to: Path) -> WrittenLog:
    """A copy of a run that has printed nothing so far."""
    shutil.copytree(run, to)
    for name in ("logs", "logs.places"):
        (to / name).unlink(missing_ok=True)
    return WrittenLog(to)


class GoingOn(Source):
    """A run that never ends."""

    @property
    def is_over(self) -> bool:
        return False

    def refresh(self) -> bool:
        return False


def going_on(log: WrittenLog) -> GoingOn:
    """The run that prints into the log."""
    return GoingOn(RunTree.open(str(log.folder)))
