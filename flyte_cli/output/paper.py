"""Write lines on one stream. A reader that went away is not an error: what follows is dropped."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TextIO

from flyte_cli.output.look import Look, wants_ascii, wants_colour
from flyte_cli.output.spans import Line, painted

_unwritten: list[OSError] = []


def take_unwritten() -> OSError | None:
    """Why something did not get to the standard output, if that is so; asking again says None."""
    found = _unwritten[0] if _unwritten else None
    _unwritten.clear()
    return found


@dataclass
class Paper:
    """One stream and how it looks."""

    stream: TextIO
    look: Look
    terminal: bool = False
    closed: bool = field(default=False, init=False)

    def line(self, spans: Line = ()) -> None:
        """Write one line."""
        self.write(painted(spans, self.look.colour) + "\n")

    def lines(self, lines: Iterable[Line]) -> None:
        """Write several lines at once."""
        self.write("".join(painted(spans, self.look.colour) + "\n" for spans in lines))

    def write(self, text: str) -> None:
        """Write text as it is."""
        if self.closed or not text:
            return
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError as error:
            self._give_up(error)
        except UnicodeEncodeError:
            encoding = self.stream.encoding or "ascii"
            self.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def write_bytes(self, data: bytes) -> None:
        """Write bytes as they are."""
        if self.closed or not data:
            return
        try:
            self.stream.flush()
            self.stream.buffer.write(data)
            self.stream.buffer.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.closed = True
        if not isinstance(error, BrokenPipeError) and self.stream is sys.stdout:
            _unwritten.append(error)  # told at the end: a run goes on, and what it does is recorded
        # what is still buffered must not fail once more when the interpreter closes the stream
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())


def papers(color: str, environment: Mapping[str, str]) -> tuple[Paper, Paper]:
    """Standard output and standard error."""
    return _paper(sys.stdout, color, environment), _paper(sys.stderr, color, environment)


def _paper(stream: TextIO, color: str, environment: Mapping[str, str]) -> Paper:
    terminal = stream.isatty()
    width, height = _size(stream, environment) if terminal else (_number(environment, "COLUMNS") or 100, 24)
    look = Look(
        width=width,
        height=height,
        ascii=wants_ascii(getattr(stream, "encoding", None), environment),
        colour=wants_colour(color, terminal, environment),
    )
    return Paper(stream, look, terminal and environment.get("TERM") != "dumb")


def _size(stream: TextIO, environment: Mapping[str, str]) -> tuple[int, int]:
    try:
        found = os.get_terminal_size(stream.fileno())
        width, height = found.columns or 80, found.lines or 24
    except (OSError, ValueError):
        width, height = 80, 24
    return _number(environment, "COLUMNS") or width, _number(environment, "LINES") or height


def _number(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name, "")
    return int(text) if text.isdigit() and int(text) > 0 else None
