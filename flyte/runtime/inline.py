"""The inline executor: everything in the calling process, async actions on the calling loop, sync ones on threads.

For debuggers and tests: mocks, fixtures and breakpoints apply. The same engine decides and records as for processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from flyte.context import current
from flyte.errors import BaseRuntimeError
from flyte.runtime.capture import STDERR, STDOUT, Capture, CapturedStream, follow_threads
from flyte.runtime.environments import overlay, run_variables, variables_of
from flyte.runtime.masking import masked
from flyte.runtime.scratch import remove_scratch_folder
from flyte.runtime.secret_values import injected
from flyte.runtime.session import (
    TICK,
    Observer,
    PlainPrinter,
    RunOutcome,
    RunRequest,
    available_cores,
    outcome_of,
    refuse_while_importing,
    start,
    state_folder,
)
from flyte.runtime.usage import Spent, resident_peak
from flyte.runtime.worker import VISIBLE_DEVICES, Start, WorkerHost
from flyte.secret import uses_of

if TYPE_CHECKING:
    from flyte._core import Engine, RunWatch
    from flyte.context import ActionContext
    from flyte.runtime.usage import Around
    from flyte.task import TaskTemplate

_DEVICES = "devices"
"""Where an action keeps the variable that names its GPUs."""


def execute_inline(request: RunRequest, observer: Observer | None) -> RunOutcome:
    """Run on a loop of this thread, which must not have one running."""
    loop = asyncio.new_event_loop()
    try:
        driving = loop.create_task(execute_inline_async(request, observer))
        while not driving.done():
            try:
                loop.run_until_complete(driving)
            except KeyboardInterrupt:
                _Drive.interrupt_all()
        return driving.result()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def execute_inline_async(request: RunRequest, observer: Observer | None) -> RunOutcome:
    """Run on the loop that calls it."""
    from flyte._core import Engine, Link

    refuse_while_importing()
    ours, theirs = socket.socketpair()
    engine = Engine(state_folder(), available_cores(), 1, request.grace, ours.detach(), True, [])
    link = Link(theirs.detach(), state_folder())
    try:
        with TeeCapture(link) as capture:
            host = InlineHost(link, capture, str(state_folder()), asyncio.get_running_loop())
            outcome = await _Drive(engine, host, request, observer or PlainPrinter()).run()
            remove_scratch_folder(outcome.folder)
            return outcome
    finally:
        engine.stop()


class _Drive:
    """One inline run while it goes on."""

    _alive: ClassVar[set[_Drive]] = set()

    def __init__(self, engine: Engine, host: InlineHost, request: RunRequest, observer: Observer) -> None:
        self._engine = engine
        self._host = host
        self._request = request
        self._observer = observer
        self._interrupts = 0
        self._watch: RunWatch | None = None

    @classmethod
    def interrupt_all(cls) -> None:
        """Ctrl-C was pressed."""
        for drive in list(cls._alive):
            drive.interrupt()

    def interrupt(self) -> None:
        """Abort: gently the first time."""
        if self._watch is not None:
            self._interrupts += 1
            self._engine.abort(self._watch.run, "interrupted by ctrl-C", self._interrupts > 1)
            self._observer.interrupted(self._interrupts)

    async def run(self) -> RunOutcome:
        """Start, follow, and hand over what became of it."""
        loop = asyncio.get_running_loop()
        self._watch = watch = start(self._engine, self._request, by_name=True)
        tree = watch.tree()
        self._observer.started(tree)
        self._host.attach()
        self._host.on_interrupt = self.interrupt
        self._alive.add(self)
        try:
            ended = loop.run_in_executor(None, _wait, watch)
            while not ended.done():
                await self._wait_a_tick(ended)
                self._observer.tick([event for event in watch.take_events() if event.kind != "log"])
            return outcome_of(watch, tree)
        finally:
            self._alive.discard(self)
            self._host.close()

    async def _wait_a_tick(self, ended: asyncio.Future[bool]) -> None:
        try:
            await asyncio.wait([ended], timeout=TICK)
        except asyncio.CancelledError:
            assert self._watch is not None  # it was started before anything was awaited
            self._engine.abort(self._watch.run, "its caller was cancelled", False)
            await asyncio.wait([ended])
            raise


def _wait(watch: RunWatch) -> bool:
    while not watch.wait(1.0):
        pass
    return True


class InlineHost(WorkerHost):
    """Runs every action in this process."""

    blocks_a_slot = False
    parks = False
    shares = False

    def __init__(self, link: Any, capture: Capture, home: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(link, capture, home)
        self.own_loop = loop
        self._blocked: list[asyncio.AbstractEventLoop] = []
        self._side_loops: list[asyncio.AbstractEventLoop] = []
        self.on_interrupt: Any = lambda: None
        self._held: dict[int, int] = {}  # attempts of actions that were not left
        self._thread = threading.local()

    def attach(self) -> None:
        """Take work from now on."""
        self._attach(self.loop())

    def take_async(self, start: Start) -> None:
        """Begin it on the loop; on another one while code that blocks holds that."""
        self._held[start.number] = start.attempt
        if not self._blocked and asyncio._get_running_loop() is self.own_loop:
            self._begin_batch(start)
            return
        if not self._blocked:
            self._starts.append(start)
            self.loop().call_soon_threadsafe(self._begin_some)
            return
        loop = next((loop for loop in self._side_loops if loop not in self._blocked), None) or self._new_side_loop()
        loop.call_soon_threadsafe(self._begin_aside, loop, start)

    def _begin_aside(self, loop: asyncio.AbstractEventLoop, start: Start) -> None:
        self._running[start.number] = loop.create_task(self._run_async(start))

    def _new_side_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        self._side_loops.append(loop)
        threading.Thread(target=_run_aside, args=(loop,), name="flyte-side-loop", daemon=True).start()
        return loop

    def close(self) -> None:
        """Take no more work."""
        self.detach(self.loop())
        for loop in self._side_loops:
            loop.call_soon_threadsafe(self.detach, loop)
            loop.call_soon_threadsafe(loop.stop)

    def wait_until(self, done: Callable[[], bool]) -> None:
        """Block this thread. When it is a loop's, what would begin on that loop begins on another."""
        loop = asyncio._get_running_loop()
        if loop is None:
            super().wait_until(done)
            return
        self._blocked.append(loop)
        try:
            super().wait_until(lambda: self._hand_over() or done())
        finally:
            self._blocked.remove(loop)

    def _hand_over(self) -> bool:
        """What had come before the loop was blocked begins elsewhere, too."""
        while self._starts:
            self.take_async(self._starts.popleft())
        return False

    def take_sync(self, start: Start) -> None:
        """Run it on a thread of its own."""
        self._held[start.number] = start.attempt
        name = f"flyte-action-{start.number}"
        threading.Thread(target=self._run_in_thread, args=(start,), name=name, daemon=True).start()

    async def _run_async(self, start: Start) -> None:
        with contextlib.ExitStack() as undoing:
            if self._has_secrets(start, undoing):
                await super()._run_async(start)
            else:
                self._finish(start.number)

    def _run_sync_here(self, start: Start) -> None:
        with contextlib.ExitStack() as undoing:
            if self._has_secrets(start, undoing):
                super()._run_sync_here(start)

    def _has_secrets(self, start: Start, undoing: contextlib.ExitStack) -> bool:
        """Give an action its secrets; it fails when they cannot be had."""
        try:
            undoing.enter_context(injected(uses_of(self._tasks[start.task]), self.home))
        except (BaseRuntimeError, OSError) as error:
            self._fail(start.number, error)
            return False
        return True

    def _run_in_thread(self, start: Start) -> None:
        with contextlib.suppress(OSError, EOFError):  # the run may be over by then, and its engine gone
            self._run_sync(start)

    def interruptible(self) -> contextlib.AbstractContextManager[None]:
        """Threads cannot be interrupted."""
        return contextlib.nullcontext()

    # --- attempts that are over while their code goes on: nobody can stop a thread

    def take_leave(self, action: int) -> None:
        """Let go of an attempt; what it still says is not passed on."""
        self._held.pop(action, None)
        self._running.pop(action, None)
        self.link.bounce([action])
        self.link.flush()

    def _is_left(self, number: int) -> bool:
        """Whether it is an attempt that was left which speaks."""
        action = current.get()
        return action is not None and action.attempt != self._held.get(number)

    def _finish(self, number: int) -> None:
        if not self._is_left(number):
            super()._finish(number)

    def _succeed(self, number: int, task: TaskTemplate[..., Any], value: Any, spent: Spent) -> None:
        if not self._is_left(number):
            super()._succeed(number, task, value, spent)

    # --- what a process of the action's own would have

    def _begin_sync(self) -> None:
        self._thread.began = time.thread_time_ns()

    def _spent_in_sync(self) -> Spent:
        return (time.thread_time_ns() - self._thread.began) // 1000, resident_peak()

    def _limiting(self, action: ActionContext, task: TaskTemplate[..., Any]) -> contextlib.AbstractContextManager[None]:
        around = self._around(action, task)
        return contextlib.nullcontext() if around is None else around()

    def _assign(self, action: ActionContext, devices: str) -> None:
        action.own[_DEVICES] = {VISIBLE_DEVICES: devices}

    def _around(self, action: ActionContext, task: TaskTemplate[..., Any]) -> Around:
        variables = {**variables_of(task, run_variables(action.custom_context)), **action.own.get(_DEVICES, {})}
        return (lambda: overlay(variables)) if variables else None

    def _fail(self, number: int, error: BaseException, spent: Spent = (0, 0)) -> None:
        if self._is_left(number):
            return
        super()._fail(number, error, spent)
        if isinstance(error, KeyboardInterrupt):
            self.on_interrupt()


def _run_aside(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


class TeeCapture(Capture):
    """Records what is printed and lets it through, so that prompts of debuggers show at once."""

    def __enter__(self) -> TeeCapture:
        self._undo = contextlib.ExitStack()
        self._undo.enter_context(_replaced("stdout", _Tee(self, STDOUT, sys.stdout)))
        self._undo.enter_context(_replaced("stderr", _Tee(self, STDERR, sys.stderr)))
        self._undo.callback(follow_threads())
        return self

    def __exit__(self, *error: object) -> None:
        self._undo.close()


@contextlib.contextmanager
def _replaced(name: str, stream: Any) -> Iterator[None]:
    before = getattr(sys, name)
    setattr(sys, name, stream)
    try:
        yield
    finally:
        if getattr(sys, name) is stream:
            setattr(sys, name, before)


class _Tee(CapturedStream):
    """Writes to the stream that was there, too."""

    def __init__(self, capture: Capture, stream: int, original: Any) -> None:
        super().__init__(capture, stream)
        self._original = original

    def write(self, text: str) -> int:
        """Record, and pass through."""
        from flyte.runtime.capture import acting

        length = len(text)
        if acting() is not None:
            super().write(text)
            text = masked(text)
        self._original.write(text)
        return length

    def flush(self) -> None:
        """Flush what was there."""
        self._original.flush()

    def isatty(self) -> bool:
        """As what was there."""
        return bool(self._original.isatty())

    def fileno(self) -> int:
        """As what was there."""
        return int(self._original.fileno())
