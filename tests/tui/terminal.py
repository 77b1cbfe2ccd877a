"""A terminal of its own for one command: what it shows as it comes, keys pressed in it, and its closing."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from tests.faults.scene import family

PATIENCE = 20
"""Seconds after which something that should be seen is not."""

_CODES = re.compile(r"\x1b\[[0-9;:<>?$]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)")
_LEFT = "\x1b[?1049l"
"""Last of what a screen says when it goes."""


def plain(text: str) -> str:
    """Text without colours and movements."""
    return _CODES.sub("", text).replace("\r", "")


class Terminal:
    """Runs `flyte WORDS` as its only job."""

    def __init__(self, folder: Path, *words: str, size: tuple[int, int] = (100, 30), **variables: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
        environment = {**kept, "FLYTE_HOME": str(folder / "home"), "TERM": "xterm-256color", "NO_COLOR": "1"}
        command = str(Path(sys.executable).with_name("flyte"))
        self.process, self._ours = _started(folder, [command, *words], {**environment, **variables})
        self.resize(*size)
        self._all = ""
        self._mark = 0
        self._status: int | None = None

    def resize(self, width: int, height: int) -> None:
        """Make its window another size."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def press(self, keys: str) -> None:
        """Press keys; what is seen counts from here on."""
        self._read(0)
        self._mark = len(self._all)
        os.write(self._ours, keys.encode())

    def sees(self, *texts: str) -> None:
        """Wait until all of these were shown since the last key."""
        deadline = time.monotonic() + PATIENCE
        while missing := [each for each in texts if each not in plain(self._all[self._mark :])]:
            assert time.monotonic() < deadline, f"{missing} not seen in {plain(self._all[self._mark :])!r}"
            assert self._read(0.1), f"it ended without {missing}: {plain(self._all[self._mark :])!r}"

    def ends(self) -> int:
        """Wait for its end; the exit status, as shells tell it."""
        deadline = time.monotonic() + PATIENCE
        while self._status is None:
            self._read(0.05)
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                self._status = code if code >= 0 else 128 - code
            assert time.monotonic() < deadline, f"it does not end: {plain(self._all[self._mark :])!r}"
        self._read(0)
        return self._status

    def ends_unseen(self) -> None:
        """Wait for the end of a command whose terminal is closed."""
        self._status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    @property
    def written(self) -> str:
        """All that came."""
        return self._all

    @property
    def after_the_screen(self) -> str:
        """What is left to be read once the screen has gone."""
        assert _LEFT in self._all, "there was no screen"
        return plain(self._all.rpartition(_LEFT)[2])

    def hang_up(self) -> None:
        """Close it, as somebody closes a window."""
        os.close(self._ours)
        self._ours = -1

    def close(self) -> None:
        """End what a failed test left."""
        if self._status is None:
            for each in family(self.process):
                os.kill(each, signal.SIGKILL)
            os.waitpid(self.process, 0)
        if self._ours >= 0:
            self.hang_up()

    def _read(self, seconds: float) -> bool:
        """Take in what it wrote; false once all its programs have gone."""
        while select.select([self._ours], [], [], seconds)[0]:
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # how Linux tells that nobody has the other end
                return False
            if not data:
                return False
            self._all += data.decode(errors="replace")
            seconds = 0
        return True


def _started(folder: Path, command: list[str], environment: Mapping[str, str]) -> tuple[int, int]:
    process, ours = pty.fork()
    if process == 0:
        try:
            os.chdir(folder)
            os.execve(command[0], command, dict(environment))
        finally:
            os._exit(127)
    return process, ours
