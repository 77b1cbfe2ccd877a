"""A worker process: takes actions off its link and runs them.

Async actions share one loop in the main thread; a sync action has the main thread, and the process, to itself.
Which action comes when is the engine's decision.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import os
import signal
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from flyte.context import ActionContext, current, handing_over
from flyte.errors import InlineIOMaxBytesBreached
from flyte.runtime.capture import Capture
from flyte.runtime.failure import failure_of
from flyte.runtime.host import LinkHost
from flyte.runtime.references import find_task
from flyte.runtime.scratch import claim, use_scratch_folder
from flyte.runtime.usage import Bounds, ProcessUsage, Spent, as_coroutine, bounds_of, explained, take_step, take_steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from flyte._core import LargeMessage, Link
    from flyte.runtime.environments import Entered
    from flyte.runtime.usage import Around
    from flyte.task import TaskTemplate

STRIDE = 16
"""Async actions begun in one turn of the loop; a turn costs 5 us, whatever it holds."""

PARK_AFTER = 60.0
"""Seconds that actions wait for nothing but answers before their worker offers to go; FLYTE_PARK_AFTER."""

BUSY = 0.005
"""Seconds a batch may keep the loop busy before what has not begun goes back to the engine."""


VISIBLE_DEVICES = "CUDA_VISIBLE_DEVICES"

_NOTHING = contextlib.nullcontext()


class Start(NamedTuple):
    """One action to run."""

    number: int
    run_name: str
    name: str
    task: int
    attempt: int
    context: str | None
    devices: str | None
    """The GPUs it may use, as CUDA_VISIBLE_DEVICES names them."""
    inputs: bytes | LargeMessage
    is_again: bool = False


class WorkerHost(LinkHost):
    """Runs actions, and performs their calls."""

    parks = True
    """Whether the process may end while everything in it waits for answers."""
    shares = True
    """Whether others could take what waits too long here."""
    refusal: BaseException | None = None
    """Why this process can run nothing."""

    def __init__(self, link: Link, capture: Capture, home: str) -> None:
        super().__init__(link)
        self.capture = capture
        self.home = home
        self._references: dict[int, bytes] = {}
        self._tasks: dict[int, TaskTemplate[..., Any]] = {}
        self._bounds: dict[int, Bounds] = {}  # of the few that have any, by the id of the task
        self._usage = ProcessUsage()
        self._starts: deque[Start] = deque()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._next_sync: Start | None = None
        self._batch_began = 0.0
        self._scratch_is_set = True
        self._main_thread_waits = False
        self._parking_is_due = False
        self._park_at: float | None = None
        self._sync_action: int | None = None

    # --- what comes over the link

    def take_task(self, number: int, reference: bytes) -> None:
        """Remember how to find a task; it is looked for when it is needed."""
        self._references[number] = reference

    def take_start(self, message: tuple[Any, ...]) -> None:
        """Take an action in."""
        start = Start(*message[1:])
        if not self._scratch_is_set:
            self._scratch_is_set = True
            use_scratch_folder(self.home, start.run_name)
        try:
            task = self._find(start.task)
        except Exception as error:  # importing the user's module runs their code
            self._fail(start.number, error)
            self.link.flush()  # nothing else may come for a while
            return
        if task.is_async:
            self.take_async(start)
        else:
            self.take_sync(start)

    def take_async(self, start: Start) -> None:
        """Have the loop begin it."""
        if self._main_thread_waits:
            self.link.bounce([start.number])  # the loop does not turn, and what it waits for may be this
            self.link.flush()
            return
        if (
            self.own_loop is not None
            and asyncio._get_running_loop() is not self.own_loop
            and self.own_loop.is_running()
        ):
            self.own_loop.call_soon_threadsafe(self._begin_batch, start)
        else:
            self._begin_batch(start)

    def take_sync(self, start: Start) -> None:
        """Have the main thread run it, which leaves the loop for that."""
        self._next_sync = start
        if self.own_loop is not None and self.own_loop.is_running():
            self.own_loop.stop()

    def take_cancel(self, action: int) -> None:
        """Cancel an async action; sync ones are interrupted by a signal."""
        task = self._running.get(action)
        if task is None:
            self._give_back(action)
            return
        if asyncio._get_running_loop() is task.get_loop():
            self._cancel(action, task)
        else:
            task.get_loop().call_soon_threadsafe(self._cancel, action, task)

    def _cancel(self, action: int, task: asyncio.Task[None]) -> None:
        task.add_done_callback(lambda _: self._never_begun(action))
        task.cancel()

    def _never_begun(self, action: int) -> None:
        """A task that is cancelled before its first step says nothing itself."""
        if action in self._running:
            self._finish(action)
            self._fail(action, asyncio.CancelledError())

    def _give_back(self, action: int) -> None:
        """Cancelled before it began."""
        begun = len(self._starts)
        self._starts = deque(start for start in self._starts if start.number != action)
        if len(self._starts) < begun:
            self.link.bounce([action])
            self.link.flush()

    def _find(self, number: int) -> TaskTemplate[..., Any]:
        if self.refusal is not None:
            raise self.refusal
        task = self._tasks.get(number)
        if task is None:
            task = find_task(self._references[number])
            # Compiled before it begins: what is wrong with it must fail the action, not the loop. Its caller warned.
            task.warn_of_pickles(lambda name: False)
            self._tasks[number] = task
            bounds = bounds_of(task)
            if bounds is not None:
                self._bounds[id(task)] = bounds
        return task

    def is_first_to_say(self, name: str) -> bool:
        """Whether no other worker of the run has said what there is to say about a task."""
        action = current.get()
        return action is None or claim(self.home, action.run_name, name)

    # --- the main thread

    def serve(self) -> None:
        """Work until the engine is gone."""
        self._scratch_is_set = False
        self.link.hello()
        while True:
            start, self._next_sync = self._next_sync, None
            if start is not None:
                self._run_sync(start)
            elif self._starts or self._running:
                self._serve_async()
            elif self.link.wait(None):
                self.read()

    def _serve_async(self) -> None:
        """Run the loop until a sync action comes."""
        loop = self.loop()
        self._attach(loop)
        self._usage.forget_peak()
        if self._starts:
            loop.call_soon(self._begin_some)
        loop.run_forever()
        self.detach(loop)

    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop of this process's async actions."""
        if self.own_loop is None:
            self.own_loop = asyncio.new_event_loop()
        return self.own_loop

    # --- waiting for answers

    def park_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look in a while whether everything here only waits."""
        if self.parks and loop is self.own_loop and not self._parking_is_due:
            self._parking_is_due = True
            loop.call_later(park_after(), self._offer_to_park)

    def _offer_to_park(self) -> None:
        self._parking_is_due = False
        waiting = [task for task in self._running.values() if _only_waits(task)]
        if not waiting or self.own_loop is None:
            return
        others = asyncio.all_tasks(self.own_loop) - set(self._running.values())
        is_alone = len(waiting) == len(self._running) and not others and not self._starts
        if is_alone and threading.active_count() == 1:
            self.link.offer_to_park(list(self._running))
        self.park_later(self.own_loop)  # the engine may know better, or something else goes on here

    def only_waiting(self) -> contextlib.AbstractContextManager[None]:
        """Sync code waits for an answer."""
        if not self.parks or self._sync_action is None or not self._takes_the_core():
            return contextlib.nullcontext()
        return _Waiting(self)

    def _read_once(self) -> None:
        if self._park_at is None:
            super()._read_once()
            return
        self._say_it_waits()
        if self.link.wait(PARK_TICK):
            self.read()
        elif time.monotonic() >= self._park_at and threading.active_count() == 1 and self._sync_action is not None:
            self._park_at = time.monotonic() + park_after()
            self.link.offer_to_park([self._sync_action])

    # --- async actions

    def _begin_batch(self, start: Start) -> None:
        if not self._starts:
            self._batch_began = time.perf_counter()
            if self.own_loop is not None and self.own_loop.is_running():
                self.own_loop.call_soon(self._begin_some)
        self._starts.append(start)

    def _begin_some(self) -> None:
        """Begin some of the batch; then again, or ask for more, or hand back what would wait too long."""
        loop = self.loop()
        starts = self._starts
        for _ in range(min(STRIDE, len(starts))):
            start = starts.popleft()
            self._running[start.number] = loop.create_task(self._run_async(start))
        if not starts:
            loop.call_soon(self._pull)
        elif self.shares and time.perf_counter() - self._batch_began > BUSY:
            self.link.bounce([start.number for start in starts])
            starts.clear()
            loop.call_soon(self._pull)
        else:
            loop.call_soon(self._begin_some)

    def wait_until(self, done: Callable[[], bool]) -> None:
        """Block this thread until `done`; while it is the main one, no action can begin here."""
        if not self._takes_the_core():
            super().wait_until(done)
            return
        self._main_thread_waits = True
        try:
            super().wait_until(done)
        finally:
            self._main_thread_waits = False

    def _say_it_waits(self) -> None:
        """Hand back first what the waiting keeps from beginning: the answer may depend on it."""
        if self._starts and self._main_thread_waits and self._takes_the_core():
            self.link.blocked()  # told first, so that none of them comes back here
            self.link.bounce([start.number for start in self._starts])
            self._starts.clear()
        super()._say_it_waits()

    def _pull(self) -> None:
        """The loop came to an end of what it was given: it is free for more."""
        self.link.pull()
        self.flush()

    async def _run_async(self, start: Start) -> None:
        task = self._tasks[start.task]
        signature = task.signature
        action = self._context(start, task)
        current.set(action)
        self._tell_links(action, task)
        used = [0]
        try:
            self._check_size("inputs", start.inputs, task)
            if signature.does_io:
                kwargs = await asyncio.to_thread(signature.decode_inputs, start.inputs)
            else:
                kwargs = signature.decode_inputs(start.inputs)
            steps, around = as_coroutine(task.func(**kwargs)), self._around(action, task)
            try:
                awaited = take_step(steps.send, None, used, around)
            except StopIteration as done:  # many need no other: 0.5 us less than as a generator
                value = done.value
            else:
                value = await take_steps(steps, awaited, used, around)
        except BaseException as error:  # whatever it is, it ends this action and nothing else
            _end_report(action, task)
            self._finish(start.number)
            self._fail(start.number, error, self._usage.spent_in_steps(used[0]))
            return
        _end_report(action, task)
        spent = self._usage.spent_in_steps(used[0])
        if signature.does_io:
            await self._succeed_in_thread(start.number, task, value, spent)
        self._finish(start.number)
        if not signature.does_io:
            self._succeed(start.number, task, value, spent)

    async def _succeed_in_thread(self, number: int, task: TaskTemplate[..., Any], value: Any, spent: Spent) -> None:
        """For results whose conversion writes files. Whoever cancels now is too late: the task has returned."""
        handing = asyncio.ensure_future(asyncio.to_thread(self._succeed, number, task, value, spent))
        try:
            await asyncio.shield(handing)
        except asyncio.CancelledError:
            await handing

    def _finish(self, number: int) -> None:
        self._running.pop(number, None)
        self.capture.finish(number)
        if not self._starts:
            self.flush_soon(asyncio.get_running_loop())

    # --- sync actions

    def _run_sync(self, start: Start) -> None:
        context = contextvars.copy_context()
        self._sync_action = start.number
        context.run(self._run_sync_here, start)
        self._sync_action = None
        self.link.flush()

    def _run_sync_here(self, start: Start) -> None:
        task = self._tasks[start.task]
        action = self._context(start, task)
        current.set(action)
        self._tell_links(action, task)
        self._begin_sync()
        try:
            self._check_size("inputs", start.inputs, task)
            kwargs = task.signature.decode_inputs(start.inputs)
            with self.interruptible(), self._limiting(action, task):
                value = task.func(**kwargs)
        except BaseException as error:  # whatever it is, it ends this action and nothing else
            _end_report(action, task)
            self.capture.finish(start.number)
            spent = self._spent_in_sync()
            if isinstance(error, MemoryError):
                bounds = self._bounds.get(id(task))
                explained(error, spent[1], 0 if bounds is None else bounds.memory)
            self._fail(start.number, error, spent)
            return
        _end_report(action, task)
        self.capture.finish(start.number)
        self._succeed(start.number, task, value, self._spent_in_sync())

    def interruptible(self) -> contextlib.AbstractContextManager[None]:
        """Let the engine interrupt what runs inside."""
        return Interruptible()

    def _begin_sync(self) -> None:
        self._usage.begin()

    def _spent_in_sync(self) -> Spent:
        return self._usage.spent()

    def _limiting(self, action: ActionContext, task: TaskTemplate[..., Any]) -> contextlib.AbstractContextManager[None]:
        """What holds while a sync action runs."""
        bounds = self._bounds.get(id(task))
        return _NOTHING if bounds is None else bounds.limiting_memory()

    # --- both

    def _around(self, action: ActionContext, task: TaskTemplate[..., Any]) -> Around:
        """What is entered for each step of an async action; nothing in a process of its pool."""
        return None

    def _check_size(self, what: str, message: bytes | LargeMessage, task: TaskTemplate[..., Any]) -> None:
        bounds = self._bounds.get(id(task))
        if bounds is not None:
            bounds.check_size(what, message, task.name)

    def _context(self, start: Start, task: TaskTemplate[..., Any]) -> ActionContext:
        action = ActionContext(
            self,
            start.run_name,
            start.name,
            task.short_name,
            start.attempt,
            None,
            json.loads(start.context) if start.context else {},
            task,
            self.home,
            number=start.number,
            is_again=start.is_again,
        )
        if start.devices is not None:
            self._assign(action, start.devices)
        return action

    def _assign(self, action: ActionContext, devices: str) -> None:
        """Let an action find its GPUs; its process ends with it."""
        os.environ[VISIBLE_DEVICES] = devices

    def _tell_links(self, action: ActionContext, task: TaskTemplate[..., Any]) -> None:
        if task.links:
            from flyte.runtime.links import tell_links  # deferred: few tasks have links

            tell_links(self.link, action, task)

    def _succeed(self, number: int, task: TaskTemplate[..., Any], value: Any, spent: Spent) -> None:
        handing_over.set(True)
        try:
            outputs = task.signature.encode_outputs_apart(value)
        except Exception as error:  # wrong type, or a pickle that fails in the user's class
            self.link.failed(number, *failure_of(error, in_result=task.name), spent)
            return
        try:
            self._check_size("outputs", outputs, task)
        except InlineIOMaxBytesBreached as error:
            self._fail(number, error, spent)
            return
        self.link.succeeded(number, outputs, spent)

    def _fail(self, number: int, error: BaseException, spent: Spent = (0, 0)) -> None:
        self.link.failed(number, *failure_of(error), spent)


def _end_report(action: ActionContext, task: TaskTemplate[..., Any]) -> None:
    """Before the outcome is told: who hears of it finds the report. Not in a thread, as this is one small file."""
    if task.report and action.own:
        from flyte.report.attempt import write_at_end  # deferred: few tasks have a report

        write_at_end(action)


PARK_TICK = 0.2
"""Seconds between two looks of a sync action that waits for an answer."""


def park_after() -> float:
    """Seconds of waiting for answers after which a worker offers to go."""
    wanted = os.environ.get("FLYTE_PARK_AFTER", "")
    try:
        return max(0.0, float(wanted)) if wanted else PARK_AFTER
    except ValueError:
        raise ValueError(f"FLYTE_PARK_AFTER must be a number of seconds, got {wanted!r}") from None


def _only_waits(task: asyncio.Task[None]) -> bool:
    """Whether all that a task awaits are answers of people, or of time."""
    awaited = getattr(task, "_fut_waiter", None)  # of CPython's tasks; without it nothing is parked
    parts = getattr(awaited, "_children", None) or [awaited]  # what `asyncio.gather` makes
    return all(getattr(part, "is_wait", False) or part.done() for part in parts if part is not None) and bool(awaited)


class _Waiting:
    """The time in which sync code waits for an answer."""

    def __init__(self, host: WorkerHost) -> None:
        self._host = host

    def __enter__(self) -> None:
        self._host._park_at = time.monotonic() + park_after()

    def __exit__(self, *error: object) -> None:
        self._host._park_at = None


class Interruptible:
    """SIGINT means KeyboardInterrupt inside, and nothing outside."""

    def __enter__(self) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_worker(link: int, entered: Entered, home: str) -> None:
    """Be a worker: the descriptors are in place, and this never returns but by the end of the engine."""
    from flyte._core import Link, end_with

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(link)
    core = Link(link, home)
    capture = Capture(core, entered.drain)
    capture.install()
    host = WorkerHost(core, capture, home)
    host.refusal = entered.refusal
    try:
        host.serve()
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)  # the engine is gone, and whatever tasks started here goes with it
