"""A run and its screen in one process, below one that only waits: so the run may outlive the terminal.

The waiting process is what the shell knows. It reports how the other one ended, or, once that one has detached itself
from the terminal, that all is well. The engine's threads draw nothing and the screen decides nothing: when the screen
fails, the run goes on and is followed as without it.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte_cli.errors import Misuse
from flyte_cli.near_miss import listed
from flyte_cli.ops.engine import LocalEngine
from flyte_cli.output.paper import Paper, papers
from flyte_cli.output.spans import Span, line
from flyte_cli.output.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flyte._core import Event, RunTree
    from flyte.runtime.session import Observer, RunOutcome, RunRequest, UnderWay
    from flyte_cli.ops.host import Host
    from flyte_cli.output.formats import Output, Progress
    from flyte_cli.tui.app import FlyteApp

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


# --- a run below its screen ----------------------------------------------------------------------------------------


class Aside:
    """What would follow a run without a screen. It hears nothing while there is one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._is_told = False
        self.is_asked = False
        """Whether it is wanted now. Set from any thread."""
        self.beat: Callable[[], None] = lambda: None
        """Called often, in the thread that waits for the run."""

    def started(self, tree: RunTree) -> None:
        """Remember the tree."""
        self._tree = tree

    def tick(self, events: list[Event]) -> None:
        """Pass on what happened, once it is wanted."""
        self.beat()
        if self.is_asked and not self._is_told:
            self._is_told = True
            self._progress.started(self._tree)
        if self._is_told:
            self._progress.tick(events)

    def interrupted(self, count: int) -> None:
        """The same."""
        if self._is_told:
            self._progress.interrupted(count)


class WatchedEngine(LocalEngine):
    """Shows each run on the screen while it goes on."""

    def __init__(self, host: Host, aside: Aside, stderr: Paper) -> None:
        self._host = host
        self._aside = aside
        self._stderr = stderr

    def execute(self, request: RunRequest, observer: Observer | None) -> RunOutcome:
        """Run a task to its end, below a screen."""
        from flyte.runtime.scratch import remove_scratch_folder
        from flyte.runtime.session import chosen_executor, under_way

        assert observer is not None  # commands have one
        if chosen_executor(request.executor) == "inline":
            raise Misuse("`--tui` needs the terminal, which inline tasks have for themselves", help=["leave out --tui"])
        with under_way(request) as run:
            outcome = _Shown(run, observer, self._host, self._aside, Terminal(self._stderr)).to_the_end()
        remove_scratch_folder(outcome.folder)
        return outcome


def below_screen(host: Host, progress: Progress, color: str) -> tuple[Host, Aside]:
    """A machine whose runs are shown on a screen, and who follows them where the screen cannot."""
    needs_terminal(OPTION, host.environment, LEAVE_OUT)
    aside = Aside(progress)
    return replace(host, engine=WatchedEngine(host, aside, papers(color, host.environment)[1])), aside


class _Shown:
    """One run and its screen: this thread draws, another one follows the run to its end."""

    def __init__(self, run: UnderWay, observer: Observer, host: Host, aside: Aside, terminal: Terminal) -> None:
        self._run = run
        self._observer = observer
        self._host = host
        self._aside = aside
        self._terminal = terminal
        self._outcome: Future[RunOutcome] = Future()
        self._wants_detaching = False
        self._app: FlyteApp | None = None

    def to_the_end(self) -> RunOutcome:
        """Show the run until somebody leaves it, then wait for its end."""
        self._aside.beat = self._terminal.look
        threading.Thread(target=self._follow, name="flyte-run", daemon=True).start()
        with _handled({signal.SIGHUP: self._hung_up, signal.SIGTERM: self._ended_from_outside}):
            if not self._run.interruptions:
                self._show()
            if self._wants_detaching and not self._outcome.done():
                name = self._run.tree.name
                self._terminal.leave(f"still running: flyte tui {name} · flyte abort {name}")
            self._aside.is_asked = not self._terminal.is_gone
            return self._outcome.result()

    def _follow(self) -> None:
        try:
            outcome = self._run.follow(self._observer)
        except BaseException as error:  # it is raised where the outcome is waited for
            self._outcome.set_exception(error)
        else:
            self._outcome.set_result(outcome)
        if self._run.interruptions and self._app is not None:
            with suppress(RuntimeError):  # the screen is gone already
                self._app.call_from_thread(self._app.exit)

    def _show(self) -> None:
        try:
            from flyte_cli.tui.app import FlyteApp  # deferred: 0.3 s, while which the run has begun
            from flyte_cli.tui.source import Source

            source = Source(self._run.tree, is_here=True, stop=self._stop, detach=self._detach)
            self._app = FlyteApp(self._host, source)
            show(self._app)
        except Exception as error:
            if not self._terminal.is_gone:
                _tell_of_failure(error, self._stderr())

    def _stderr(self) -> Paper:
        return papers("auto", self._host.environment)[1]

    def _stop(self) -> int:
        self._run.interrupt()
        return self._run.interruptions

    def _detach(self) -> None:
        self._wants_detaching = True
        assert self._app is not None
        self._app.exit()

    def _hung_up(self, number: int, frame: object) -> None:
        self._terminal.leave()
        with suppress(RuntimeError):  # no screen any more, or not yet
            loop = asyncio.get_running_loop()
            if self._app is not None:
                loop.call_soon_threadsafe(self._app.exit)

    def _ended_from_outside(self, number: int, frame: object) -> None:
        """Like one ctrl-C, however often: a group that is ended is told by the system and by the waiting process."""
        if not self._run.interruptions:
            self._run.interrupt()


@contextmanager
def _handled(handlers: Mapping[signal.Signals, Callable[[int, Any], None]]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            if number != signal.SIGHUP:  # from here on nobody minds a terminal that goes
                signal.signal(number, handler)


def _tell_of_failure(error: Exception, stderr: Paper) -> None:
    from flyte_cli.bugs import reported

    told = reported(error, sys.argv[1:])
    report = "; ".join((*told.help, *told.causes))
    text = f"the screen failed, the run goes on: {type(error).__name__}: {error}; {report}"
    stderr.line(line(Span("warning: ", "bold yellow"), visible(text)))


# --- a screen for whatever is recorded -----------------------------------------------------------------------------


def show(app: FlyteApp) -> None:
    """Show it until somebody leaves; raises what made it fail."""
    from rich.console import Console

    said = io.StringIO()
    app.error_console = Console(file=said)  # a failure is told in our words, without the values of variables
    app.run()
    failure = app._exception
    if failure is not None:
        raise failure
    if said.getvalue():  # of a thread, whose exception nobody has
        raise RuntimeError(f"the screen ended by itself: {said.getvalue().strip().splitlines()[-1]}")


def browse(host: Host) -> None:
    """Show the list of runs."""
    from flyte_cli.tui.app import FlyteApp  # deferred: 0.3 s

    show(FlyteApp(host))


def watch(run: str, host: Host, output: Output) -> None:
    """Show a run, whoever drives it; when it ends meanwhile, say how."""
    from flyte_cli.ops.runs import find_run, open_tree

    tree = open_tree(find_run(run, host), host)
    from flyte_cli.tui.app import FlyteApp  # deferred: 0.3 s
    from flyte_cli.tui.source import OVER, Source

    was_over = tree.phase in OVER
    source = Source(tree)
    show(FlyteApp(host, source))
    if not was_over and source.is_over:
        output.run(tree)
