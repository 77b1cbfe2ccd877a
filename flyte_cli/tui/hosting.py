"""A run below its screen: the engine's threads draw nothing, the screen decides nothing.

When the screen fails, or is left, the run goes on and is followed as without it.
"""

from __future__ import annotations

import asyncio
import io
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flyte_cli.errors import Misuse
from flyte_cli.ops.engine import LocalEngine
from flyte_cli.output.paper import Paper, papers
from flyte_cli.output.spans import Span, line
from flyte_cli.output.visible import visible
from flyte_cli.tui.terminal import LEAVE_OUT, OPTION, Terminal, needs_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flyte._core import Event, RunTree
    from flyte.runtime.session import Observer, RunOutcome, RunRequest, UnderWay
    from flyte_cli.ops.host import Host
    from flyte_cli.output.formats import Output, Progress
    from flyte_cli.tui.app import FlyteApp

# --- a run below its screen ----------------------------------------------------------------------------------------


class Aside:
    """What would follow a run without a screen. It hears nothing while there is one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._is_told = False
        self.is_asked = False
        """Whether it is wanted now. Set from any thread."""
        self.kept: list[str] = []
        """What the engine had to say meanwhile, for people to read."""
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
        else:
            texts = (event.text for event in events if event.kind == "notice")
            self.kept += [visible(text.decode("utf-8", "backslashreplace")) for text in texts]

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
        from flyte.runtime.session import chosen_executor, ready

        assert observer is not None  # commands have one
        if chosen_executor(request.executor) == "inline":
            raise Misuse("`--tui` needs the terminal, which inline tasks have for themselves", help=["leave out --tui"])
        with ready(request) as begin:
            with suppress(Exception):  # it fails again where the screen begins, and is told there
                import flyte_cli.tui.app  # noqa: F401  # 0.3 s of a core that the run would be short of
            shown = _Shown(begin(), observer, self._host, self._aside, Terminal(self._stderr))
            outcome = shown.to_the_end()
        remove_scratch_folder(outcome.folder)
        for text in self._aside.kept:
            self._stderr.line(line(Span("warning: ", "bold yellow"), text))
        return outcome


def below_screen(host: Host, progress: Progress, color: str) -> tuple[Host, Aside]:
    """A machine whose runs are shown on a screen, and who follows them where the screen cannot."""
    from flyte_cli.tui.wishes import wishes_of  # deferred: it reads config files

    needs_terminal(OPTION, host.environment, LEAVE_OUT)
    wishes_of(host)  # what cannot be used of them is told before anything runs
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
            from flyte_cli.tui.app import FlyteApp
            from flyte_cli.tui.source import Source

            source = Source(self._run.tree, True, stop=self._stop, detach=self._detach, said=self._aside.kept)
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
