"""Reads a run's log file: docs/journal.md describes it."""

from dataclasses import dataclass
from pathlib import Path

from flyte._core import RunTree


@dataclass(frozen=True, order=True)
class Line:
    """One printed line, and the path of the action that printed it."""

    action: str
    stream: str
    text: bytes


def lines_of(tree: RunTree, run: Path) -> list[Line]:
    """Every line of a run in the order of the file."""
    data = (run / "logs").read_bytes()
    lines, place = [], 0
    while place < len(data):
        ordinal, place = _number(data, place)
        stream, place = data[place], place + 1
        _, place = _number(data, place)  # microseconds since the run started
        length, place = _number(data, place)
        text, place = data[place : place + length], place + length
        lines.append(Line(tree.action(ordinal).path, ("stdout", "stderr")[stream], text))
    return lines


def _number(data: bytes, place: int) -> tuple[int, int]:
    """A varint."""
    value = shift = 0
    while data[place] >= 0x80:
        value |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
    return value | data[place] << shift, place + 1
