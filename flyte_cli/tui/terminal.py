"""The terminal of a screen: whether there is one, and the process that the shell waits for while another one draws.

The waiting process reports how the other one ended, or, once that one has detached itself from the terminal, that all
is well. So a run may outlive the terminal it was started in.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte_cli.errors import Misuse
from flyte_cli.near_miss import listed
from flyte_cli.output.spans import line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flyte_cli.ops.host import Host
    from flyte_cli.output.paper import Paper

OPTION = "--tui"
LEAVE_OUT = "leave out --tui, or flyte tui @ from a terminal"

SCREEN_MODES = (1049, 1000, 1003, 1006, 1015, 1004, 2004, 2048)
LEFT = "".join(f"\x1b[?{mode}l" for mode in SCREEN_MODES) + "\x1b[?25h\x1b[?7h\x1b[<u"
"""Everything that a screen asked of the terminal taken back, for one that was killed."""


def needs_terminal(what: str, environment: Mapping[str, str], help: str) -> None:
    """Raises Misuse where nothing can be drawn."""
    streams = (("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr))
    lacking = [name for name, stream in streams if stream is None or not stream.isatty()]
    if lacking:
        verb = "is none" if len(lacking) == 1 else "are none"
        raise Misuse(f"`{what}` draws on a terminal, and {listed(lacking)} {verb}", help=[help])
    terminal = environment.get("TERM", "")
    if terminal in ("", "dumb"):
        said = f"`TERM` is `{terminal}`" if terminal else "`TERM` is not set"
        raise Misuse(f"`{what}` draws on a terminal that can move its cursor, and {said}", help=[help])


def begin(file: str | None, host: Host) -> None:
    """Go on in a process of its own, or refuse; before the user's file is loaded.

    A file that speaks of `tui` may have a task with an input of that name, which wins over the option: without a
    terminal it is loaded before anything is refused.
    """
    try:
        needs_terminal(OPTION, host.environment, LEAVE_OUT)
    except Misuse:
        if file is None or not _speaks_of_it(file):
            raise
    else:
        move_below()


def _speaks_of_it(file: str) -> bool:
    try:
        return b"tui" in Path(file).read_bytes()
    except OSError:
        return False


# --- two processes -------------------------------------------------------------------------------------------------


def move_below() -> None:
    """Return in a child process; this one waits for it, and leaves with its status."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    ours = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ours)  # none comes before somebody is there to take it
    settings = termios.tcgetattr(sys.stdin.fileno())
    child = os.fork()
    if child:
        _wait_for(child, settings, before)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait_for(child: int, settings: list[Any], mask: set[signal.Signals | int]) -> None:
    """Stop and go on with the child, pass on to it what this process is told, and end as it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to both
    signal.signal(signal.SIGUSR1, lambda number, frame: os._exit(0))  # it has detached itself
    for told in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, lambda number, frame: os.kill(child, number))
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    status = os.waitpid(child, os.WUNTRACED)[1]
    while os.WIFSTOPPED(status):
        if os.waitpid(child, os.WCONTINUED | os.WNOHANG)[0] == 0:  # else both were stopped, and both go on again
            os.kill(os.getpid(), signal.SIGSTOP)
            os.kill(child, signal.SIGCONT)
        status = os.waitpid(child, os.WUNTRACED)[1]
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with suppress(OSError, termios.error):  # the terminal may be what is gone
            os.write(sys.stderr.fileno(), LEFT.encode())
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, settings)
            name = signal.Signals(number).name
            os.write(sys.stderr.fileno(), f"error: the run ended with its process: {name}\n".encode())
            os.write(sys.stderr.fileno(), b"help:  flyte rerun @ --recover\n")
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


class Terminal:
    """The terminal of a run's process, as long as it has one."""

    def __init__(self, stderr: Paper) -> None:
        self._parent = os.getppid()
        self._stderr = stderr
        self.is_gone = False

    def leave(self, said: str = "") -> None:
        """Go on without it. The waiting process leaves, and the shell has the terminal back."""
        if self.is_gone:
            return
        self.is_gone = True
        if said:
            self._stderr.line(line(said))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with suppress(PermissionError):  # a session of its own already
            os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        os.close(nothing)
        with suppress(ProcessLookupError):
            if os.getppid() == self._parent:
                os.kill(self._parent, signal.SIGUSR1)

    def look(self) -> None:
        """Notice that the waiting process was killed: the shell has the terminal then. From any thread."""
        if not self.is_gone and os.getppid() != self._parent:
            os.kill(os.getpid(), signal.SIGHUP)
