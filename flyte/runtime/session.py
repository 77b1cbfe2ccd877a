"""One run from request to outcome, on this machine: start the engine, wait, hand over what became of it.

It decides nothing about the run itself: that is the engine's business. It prints only when nobody else watches.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from flyte.run_attributes import NOTHING, RunAttributes
from flyte.runtime.scratch import remove_scratch_folder
from flyte.runtime.secret_values import check_secrets
from flyte.under_way import mark, unmark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flyte._core import Engine, ErrorView, Event, LargeMessage, RunTree, RunWatch
    from flyte.runtime.questions import Questions
    from flyte.task import TaskTemplate

TICK = 0.1
"""Seconds between two looks at a run that goes on."""

Executor = Literal["auto", "process", "inline"]


@dataclass(frozen=True)
class RunRequest:
    """Everything one run starts from. `inputs` is a task.Inputs message."""

    task: TaskTemplate[..., Any]
    inputs: bytes
    name: str | None = None
    executor: Executor = "auto"
    custom_context: Mapping[str, str] = field(default_factory=dict)
    recover_from: str | None = None
    """The run whose results count."""
    rerun_anyway: tuple[str, ...] = ()
    """Wire names of actions of that run whose results do not count."""
    may_miss_outputs: bool = False
    """Do again what that run's files are gone of, instead of refusing."""
    file: str = ""
    durability: Literal["normal", "full"] = "normal"
    grace: float = 5.0
    """Seconds that actions get to clean up after the first ctrl-C."""
    reads_cache: bool = True
    writes_cache: bool = True
    at_once: int = 0
    """Actions of the run at the same time; zero is no limit."""
    priority: int = 0
    attributes: RunAttributes = NOTHING
    """A run that a task starts has none of its own."""

    @property
    def settings(self) -> tuple[bool, bool, int, int]:
        """What nested runs and all actions inherit, as the engine takes it."""
        return (self.reads_cache, self.writes_cache, self.at_once, self.priority)


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended. `phase` is `succeeded`, `failed` or `aborted`."""

    name: str
    phase: str
    outputs: bytes | LargeMessage | None
    error: ErrorView | None
    exception: BaseException | None
    folder: Path
    tree: RunTree


class Observer(Protocol):
    """Whoever shows a run while it goes on. Its methods are called in the thread that waits."""

    def started(self, tree: RunTree) -> None:
        """The run exists."""

    def tick(self, events: list[Event]) -> None:
        """Time passed; `events` holds what is worth a line since the last time."""

    def interrupted(self, count: int) -> None:
        """Ctrl-C was pressed for the `count`-th time."""


def state_folder() -> Path:
    """Where runs are kept: $FLYTE_HOME, or ~/.flyte.

    Raises OSError when neither is known.
    """
    try:
        return Path(os.environ.get("FLYTE_HOME") or Path.home() / ".flyte")
    except RuntimeError as error:
        raise OSError("this user has no home folder: set FLYTE_HOME to a folder for runs") from error


def execute(request: RunRequest, observer: Observer | None = None) -> RunOutcome:
    """Run to the end. Failures of the run are in the outcome; only a run that cannot start raises.

    Raises OSError when the state folder cannot be written, ValueError for a run name that is taken or impossible,
    SecretNotFoundError for secrets that are missing.
    """
    if chosen_executor(request.executor) == "inline":
        from flyte.runtime.inline import execute_inline  # deferred: brings asyncio

        check_secrets(request.task, state_folder())
        return execute_inline(request, observer)
    with ready(request) as begin:
        outcome = begin().follow(observer or PlainPrinter())
    remove_scratch_folder(outcome.folder)
    return outcome


async def execute_async(request: RunRequest, observer: Observer | None = None) -> RunOutcome:
    """Like `execute`, without blocking the loop that calls it."""
    import asyncio  # deferred: whoever awaits has it already

    if chosen_executor(request.executor) == "inline":
        from flyte.runtime.inline import execute_inline_async  # deferred: brings asyncio

        check_secrets(request.task, state_folder())
        return await execute_inline_async(request, observer)
    abandoned = threading.Event()
    watching = _Abandonable(observer or PlainPrinter(), abandoned)
    try:
        return await asyncio.to_thread(execute, request, watching)
    except asyncio.CancelledError:
        abandoned.set()  # the thread aborts the run at its next look
        raise


def chosen_executor(wanted: Executor) -> Literal["process", "inline"]:
    """Inline by itself where mocks, fixtures and breakpoints must apply: under pytest or a debugger."""
    if wanted != "auto":
        return wanted
    debugged = sys.gettrace() is not None or "pydevd" in sys.modules or ("bdb" in sys.modules and _is_traced())
    return "inline" if debugged or "PYTEST_CURRENT_TEST" in os.environ else "process"


def _is_traced() -> bool:
    return any(getattr(thread, "_flyte_traced", False) for thread in threading.enumerate())


# --- the steps ----------------------------------------------------------------------------------------------------


@contextmanager
def _engine_for(request: RunRequest) -> Iterator[tuple[Engine, bool]]:
    """An engine with a zygote; both are gone at the end, and all their workers."""
    from flyte._core import Engine
    from flyte.runtime import zygote

    refuse_while_importing()
    home = state_folder()
    forked = zygote.fork_if_safe()
    cores = available_cores()
    link = None if forked is None else forked.link
    spawn = zygote.spawn_command(request.task)
    engine = Engine(home, cores, max(32, 16 * cores), request.grace, link, False, spawn)
    try:
        yield engine, forked is not None
    finally:
        engine.stop()
        if forked is not None:
            forked.reap()


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def ready(request: RunRequest) -> Iterator[Callable[[], UnderWay]]:
    """Everything to begin a run with, for whoever wants to do more than wait; its workers are gone at the end.

    To be entered where there are no other threads yet, or workers cannot be forked off this process. This, and
    beginning, raise as `execute`.
    """
    check_secrets(request.task, state_folder())
    with _engine_for(request) as (engine, forked), _Interrupts() as interrupts:

        def begin() -> UnderWay:
            watch = start(engine, request, by_name=forked)
            return UnderWay(engine, watch, watch.tree(), interrupts)

        yield begin


@dataclass(frozen=True)
class UnderWay:
    """A run that goes on in this process."""

    engine: Engine
    watch: RunWatch
    tree: RunTree
    _interrupts: _Interrupts

    @property
    def interruptions(self) -> int:
        """How often somebody wanted it to stop."""
        return self._interrupts.count

    def interrupt(self) -> None:
        """What ctrl-C does: ask it to stop, and the second time end it at once. From any thread."""
        self._interrupts.count += 1

    def follow(self, observer: Observer) -> RunOutcome:
        """Wait for its end, in this thread."""
        interrupts, watch = self._interrupts, self.watch
        observer.started(self.tree)
        told = 0
        while True:
            try:
                over = watch.wait(TICK)
                observer.tick(watch.take_events())
            except KeyboardInterrupt:  # raised in a helper thread, by the main one
                interrupts.count += 1
                over = False
            except Abandoned:
                self.engine.abort(watch.run, "its caller was cancelled", False)
                over = False
            if over:
                return outcome_of(watch, self.tree)
            while told < interrupts.count:
                told += 1
                self.engine.abort(watch.run, "interrupted by ctrl-C", told > 1)
                observer.interrupted(told)


class _Interrupts:
    """Counts ctrl-C and SIGTERM while a run is followed.

    As an exception, one of them could come while another one is being handled, and end the run untold.
    """

    def __init__(self) -> None:
        self.count = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
        import signal  # deferred: 1 ms

        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, frame: object) -> None:
        self.count += 1

    def __exit__(self, *error: object) -> None:
        import signal

        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def start(engine: Engine, request: RunRequest, *, by_name: bool) -> RunWatch:
    """Start a run on an engine."""
    from flyte.runtime.environments import run_variables
    from flyte.runtime.recovery import recovery_of
    from flyte.runtime.references import engine_fields

    context = None
    if request.custom_context:
        import json  # deferred: rarely needed

        context = json.dumps(dict(request.custom_context))
    note = " ".join(f"{name}={text}" for name, text in request.task.signature.preview_inputs(request.inputs))
    watch = engine.start_run(
        name=request.name,
        task=engine_fields(request.task, by_name=by_name, run_variables=run_variables(request.custom_context)),
        inputs=request.inputs,
        context=context,
        file=request.file,
        folder=os.getcwd(),
        recovery=recovery_of(request),
        full_durability=request.durability == "full",
        note=note,
        settings=request.settings,
        attributes=request.attributes.to_text(),
    )
    mark(state_folder(), watch.name)
    return watch


def outcome_of(watch: RunWatch, tree: RunTree) -> RunOutcome:
    """What became of a run that is over."""
    ended = watch.ended()
    assert ended is not None  # asked only when it is
    phase, outputs, error = ended
    unmark(state_folder(), watch.name)
    exception = None
    if error is not None:
        from flyte.runtime.failure import exception_of

        exception = exception_of(error)
    return RunOutcome(watch.name, phase, outputs, error, exception, Path(watch.folder), tree)


class Abandoned(Exception):
    """Nobody waits for the run any more."""


class _Abandonable:
    """Passes on to an observer until the caller gives the run up."""

    def __init__(self, observer: Observer, abandoned: threading.Event) -> None:
        self._observer = observer
        self._abandoned = abandoned
        self.started = observer.started
        self.interrupted = observer.interrupted

    def tick(self, events: list[Event]) -> None:
        self._observer.tick(events)
        if self._abandoned.is_set():
            self._abandoned.clear()
            raise Abandoned


class PlainPrinter:
    """Passes on what tasks print, as it is: for `python program.py`."""

    _questions: Questions | None = None

    def started(self, tree: RunTree) -> None:
        """Nothing to say."""
        self._tree = tree

    def tick(self, events: list[Event]) -> None:
        """Print what was printed, and ask what the run waits for."""
        for event in events:
            if event.kind == "paused":
                self._asking().take(event)
            if event.kind == "log":
                stream = sys.stdout if event.stream == "stdout" else sys.stderr
                stream.write(event.text.decode(errors="replace") + "\n")
            elif event.kind == "notice":
                sys.stderr.write(f"warning: {event.text.decode(errors='replace')}\n")
        sys.stdout.flush()
        if self._questions is not None:
            self._questions.look()

    def interrupted(self, count: int) -> None:
        """Nothing to say: the exception will."""

    def _asking(self) -> Questions:
        if self._questions is None:
            from flyte.runtime.questions import Questions  # deferred: few runs ask

            self._questions = Questions(self._tree, lambda text: print(text, file=sys.stderr), _asked)
        return self._questions


def _asked(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


_importing = threading.local()


@contextmanager
def importing_user_code() -> Iterator[None]:
    """While it lasts, `flyte.run` is refused: the module would run itself again and again."""
    _importing.active = True
    try:
        yield
    finally:
        _importing.active = False


def refuse_while_importing() -> None:
    """Raises RuntimeError inside `importing_user_code`."""
    if getattr(_importing, "active", False):
        raise RuntimeError(
            "flyte.run was called while a worker process imports this file: "
            'put the call under `if __name__ == "__main__":`'
        )
