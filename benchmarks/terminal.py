"""A terminal that a command draws on: it answers what programs ask terminals, and keeps what is drawn, and when.

What was drawn is looked at afterwards, so that looking takes nothing from what is measured.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cost import CommandFailed

SIZE = (120, 36)
"""Columns and lines."""
FRAME_BEGINS, FRAME_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y", b"\x1b[c": b"\x1b[?62;22c"}
"""Synchronized output: yes, so that every frame is marked. Sizes in band: no."""
ESCAPE = re.compile(r"\x1b(?:\[([?<>=]?)([\d;]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()].|[=>78])")


@dataclass(frozen=True)
class Frame:
    """What was drawn at once."""

    at: float
    """Unix seconds: when the last byte of it came."""
    data: bytes


class Terminal:
    """One command, from its start to its end, and everything it drew."""

    def __init__(self, command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str]) -> None:
        self.started_at = time.time()
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            _become(command, cwd, environment)
        self._read: list[tuple[float, bytes]] = []
        self._status: int | None = None
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def press(self, keys: bytes) -> float:
        """Press keys, and say when."""
        now = time.time()
        os.write(self._descriptor, keys)
        return now

    def frames(self, since: float = 0.0) -> list[Frame]:
        """What was drawn whole, after a moment, and in order."""
        return [frame for frame in _frames(list(self._read)) if frame.at > since]

    def wait_for(self, condition: Callable[[], bool], what: str, limit: float = 120.0) -> None:
        """Look now and then until something is true. Raises CommandFailed when it does not become so."""
        deadline = time.monotonic() + limit
        while not condition():
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise CommandFailed(f"{what}: not within {limit:.0f} s; on the screen: {self.screen()[-1500:]}")
            time.sleep(0.02)

    def wait_until_shown(self, text: str) -> None:
        """Wait until a text stands there."""
        self.wait_for(lambda: text in self.screen(), f"`{text}` is shown")

    def wait_until_quiet(self, seconds: float = 0.4) -> None:
        """Wait until nothing was drawn for some time."""
        self.wait_for(
            lambda: bool(self._read) and time.time() - self._read[-1][0] > seconds, "the screen comes to rest"
        )

    def screen(self) -> str:
        """What stands there now."""
        grid = Grid()
        grid.feed(b"".join(data for _, data in list(self._read)))
        return grid.text

    def end(self, keys: bytes = b"", limit: float = 20.0) -> int:
        """Press keys that end it; its exit status, and 137 when it had to be killed."""
        if keys:
            self.press(keys)
        self._thread.join(limit)
        if self._thread.is_alive():
            os.kill(self.pid, signal.SIGKILL)
            self._thread.join()
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self._descriptor)
        return self._status

    def _listen(self) -> None:
        while True:
            select.select([self._descriptor], [], [])
            try:
                data = os.read(self._descriptor, 1 << 16)
            except OSError:  # as Linux tells that nobody has the other end any more
                return
            if not data:
                return
            self._read.append((time.time(), data))
            for question, answer in ANSWERS.items():
                if question in data:
                    os.write(self._descriptor, answer)


def _become(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str]) -> None:
    """In the child: be the command."""
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        os.chdir(cwd)
        words = list(map(str, command))
        kept = {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")}
        os.execve(words[0], words, {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
    finally:
        os._exit(127)


def _frames(read: list[tuple[float, bytes]]) -> Iterator[Frame]:
    rest = b""
    for at, data in read:
        rest += data
        while (end := rest.find(FRAME_ENDS)) >= 0:
            begin = rest.rfind(FRAME_BEGINS, 0, end)
            if begin >= 0:
                yield Frame(at, rest[begin + len(FRAME_BEGINS) : end])
            rest = rest[end + len(FRAME_ENDS) :]


class Grid:
    """The signs that stand on a screen. Colours are left out."""

    def __init__(self) -> None:
        self._lines = [[" "] * SIZE[0] for _ in range(SIZE[1])]
        self._row = self._column = 0

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join("".join(line).rstrip() for line in self._lines)

    def text_left_of(self, column: int) -> str:
        """The first columns of all lines."""
        return "\n".join("".join(line[:column]).rstrip() for line in self._lines)

    def feed(self, data: bytes) -> None:
        """Draw what a program wrote."""
        text, at = data.decode(errors="replace"), 0
        for found in ESCAPE.finditer(text):
            self._write(text[at : found.start()])
            self._control(found)
            at = found.end()
        self._write(text[at:])

    def _control(self, found: re.Match[str]) -> None:
        private, numbers, last = found.groups()
        if last == "H" and not private:
            row, _, column = numbers.partition(";")
            self._row, self._column = int(row or 1) - 1, int(column or 1) - 1
        elif last == "h" and numbers == "1049":
            self.__init__()  # type: ignore[misc]  # the other screen is empty

    def _write(self, text: str) -> None:
        for sign in text:
            if sign == "\n":
                self._row += 1
            elif sign == "\r":
                self._column = 0
            elif self._row < SIZE[1] and self._column < SIZE[0]:
                self._lines[self._row][self._column] = sign
                self._column += 1


def telling(frames: Sequence[Frame]) -> list[Frame]:
    """Those after which something else stood there than before."""
    grid, before, found = Grid(), "", []
    for frame in frames:
        grid.feed(frame.data)
        if grid.text != before:
            before = grid.text
            found.append(frame)
    return found


def first_with(frames: Sequence[Frame], *texts: str) -> Frame:
    """The first frame after which all these texts stood there. Raises CommandFailed when they never did."""
    grid = Grid()
    for frame in frames:
        grid.feed(frame.data)
        if all(text in grid.text for text in texts):
            return frame
    raise CommandFailed(f"{texts} never stood on the screen: {grid.text}")
