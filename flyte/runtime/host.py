"""The host of actions in this process: submits their calls over the link, and waits for answers.

One thread at a time reads the link: a loop that is attached to it, or whoever waits. It never runs an action.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import weakref
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from flyte.runtime.callers import line_of_caller
from flyte.runtime.calls import REFUSED, BlockingCall, Call, Passing
from flyte.runtime.environments import run_variables
from flyte.runtime.references import engine_fields
from flyte.runtime.tracing import TRACE, Inside, Names
from flyte.task import registry

if TYPE_CHECKING:
    from flyte._core import ErrorView, LargeMessage, Link
    from flyte.context import ActionContext
    from flyte.runtime.nested import NestedRun
    from flyte.runtime.session import RunOutcome, RunRequest
    from flyte.runtime.waits import Waited
    from flyte.task import TaskTemplate

PATIENCE = 0.05
"""Seconds until a waiting thread looks for itself, in case the one that should read is busy."""

START, SUCCEEDED, FAILED, RUN_ENDED, CANCEL, TASK, LEAVE = range(7)
"""First element of the tuples that `Link.read` returns."""


class LinkHost:
    """Performs the calls of the actions in this process."""

    own_loop: asyncio.AbstractEventLoop | None = None
    """The loop of this process's async actions."""

    blocks_a_slot = True
    """Whether an action that waits in the main thread leaves its core to others."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.known = dict(registry)
        self._numbers: dict[Any, tuple[int, TaskTemplate[..., Any]]] = {}
        self._waiting: dict[int, Any] = {}
        self._flush_is_due_on: asyncio.AbstractEventLoop | None = None
        self._sending = threading.Lock()
        self._reading = threading.Lock()
        self._news = threading.Condition()
        self._taking = threading.RLock()  # in the order they came: a task is told before it is started
        self._steps: dict[Any, int] = {}
        self._waits: dict[Any, tuple[int, Any]] = {}
        self.inside = Inside(self)
        """The host of code inside a traced function of an action here."""
        self._attached: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()

    # --- what tasks ask for: flyte.context.Host

    def call(
        self, action: ActionContext, task: TaskTemplate[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Perform `task(...)`."""
        if task.is_async:
            return self.submit(action, task, args, kwargs)
        if asyncio._get_running_loop() is not None:
            from flyte.errors import SyncTaskCallInAsyncContextError

            raise SyncTaskCallInAsyncContextError(
                f"task `{task.short_name}` is sync, and calling it here would block the event loop: "
                f"write `await {task.short_name}.aio(...)`"
            )
        return self.start(action, task, args, kwargs).result()

    def submit(
        self, action: ActionContext, task: TaskTemplate[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Awaitable[Any]:
        """Perform `task.aio(...)`, once it is awaited."""
        loop = asyncio._get_running_loop()
        if loop is None:
            return self._later(action, task, args, kwargs)
        if task.signature.does_io:
            return self._bound_in_thread(action, task, args, kwargs)
        return Call(self, action, task, task.signature.bind_apart(args, kwargs), loop)

    async def _bound_in_thread(
        self, action: ActionContext, task: TaskTemplate[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """For inputs whose conversion reads files: the loop goes on meanwhile."""
        inputs = await asyncio.to_thread(task.signature.bind_apart, args, kwargs)
        return await Call(self, action, task, inputs, asyncio.get_running_loop())

    async def _later(
        self, action: ActionContext, task: TaskTemplate[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """For `asyncio.run(task(...))` in sync code: the loop comes after the call."""
        return await self.submit(action, task, args, kwargs)

    def start(
        self, action: ActionContext, task: TaskTemplate[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> BlockingCall:
        """Submit from sync code at once."""
        call = BlockingCall(self, action, task, task.signature.bind_apart(args, kwargs))
        self._send(call, elsewhere=asyncio._get_running_loop() is not None)
        return call

    def run(self, action: ActionContext, request: RunRequest) -> RunOutcome:
        """A nested run, waited for."""
        nested = self._start_run(action, request)
        self.wait_until(nested.done)
        return nested.outcome()

    async def run_async(self, action: ActionContext, request: RunRequest) -> RunOutcome:
        """A nested run, awaited."""
        nested = self._start_run(action, request)
        loop = asyncio.get_running_loop()
        self._attach(loop)
        ended: asyncio.Future[None] = loop.create_future()
        nested.when_done(lambda: loop.call_soon_threadsafe(_set, ended))
        await ended
        return nested.outcome()

    def pass_throttle(self, action: ActionContext, rule: tuple[str, int, int, float]) -> None:
        """Wait until the rule of a throttle lets the action on."""
        if asyncio._get_running_loop() is not None:
            raise RuntimeError(f"`with flyte.Throttle({rule[0]!r})` would block the event loop: use `async with`")
        passing = Passing(action)
        self._ask(passing, rule)
        self.wait_until(passing.done)

    async def pass_throttle_async(self, action: ActionContext, rule: tuple[str, int, int, float]) -> None:
        """The same, awaited."""
        loop = asyncio.get_running_loop()
        self._attach(loop)
        passed: asyncio.Future[None] = loop.create_future()
        passing = Passing(action, lambda: loop.call_soon_threadsafe(_set, passed))
        self._ask(passing, rule)
        try:
            await passed
        except asyncio.CancelledError:
            passing.give_up(lambda: self.leave_throttle(action, rule[0]))
            raise

    def _ask(self, passing: Passing, rule: tuple[str, int, int, float]) -> None:
        with self._sending:
            call = self.link.ask_flow(passing._action.number, *rule)
            self._waiting[call] = passing

    def leave_throttle(self, action: ActionContext, key: str) -> None:
        """It is past what a throttle lets only so many do at once."""
        self.link.return_flow(action.number, key)

    def _start_run(self, action: ActionContext, request: RunRequest) -> NestedRun:
        from flyte.runtime.nested import NestedRun  # deferred: few tasks start runs

        context = json.dumps(dict(request.custom_context)) if request.custom_context else None
        nested = NestedRun(request)
        number = self._number_of(request.task, request.custom_context)
        with self._sending:
            call = self.link.start_run(action.number, number, request.name, context, request.settings, request.inputs)
            self._waiting[call] = nested
        return nested

    # --- calls

    def submit_call(self, call: Call) -> None:
        """Start a call that somebody began to wait for."""
        loop = call.get_loop()
        self._attach(loop)
        self._send(call, elsewhere=False)
        self.flush_soon(loop)

    def flush_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write what waits to be written at the end of the loop's turn, all at once."""
        if self._flush_is_due_on is not loop:
            self._flush_is_due_on = loop
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what waits to be written."""
        self._flush_is_due_on = None
        if self._steps:
            self.link.tell_steps()
        if self._blocks_in_a_loop():
            self.link.blocked()
        else:
            self.link.flush()

    def _blocks_in_a_loop(self) -> bool:
        """Whether a sync action waits for calls in a loop of its own, as by `asyncio.run(task())`."""
        loop = asyncio._get_running_loop()
        return loop is not None and loop is not self.own_loop and self._takes_the_core()

    def _takes_the_core(self) -> bool:
        return self.blocks_a_slot and threading.current_thread() is threading.main_thread()

    def _send(self, call: Call | BlockingCall, *, elsewhere: bool) -> None:
        action = call._action
        context = json.dumps(action.custom_context) if action.custom_context else None
        number = self._number_of(call._task, action.custom_context)
        line = line_of_caller(action) if action.is_again else 0
        with self._sending:
            sent = self.link.submit(action.number, number, call._inputs, action.group, context, elsewhere, line)
            call._number = sent
            if sent != REFUSED:
                self._waiting[sent] = call
        if sent == REFUSED:
            call.settle(None, _over(call._task.name))

    def send_call(self, call: BlockingCall) -> None:
        """Start a call that nobody waits for yet."""
        self._send(call, elsewhere=False)
        self.link.flush()

    # --- what no worker runs, or only inside an action

    def step_number(self, names: Names) -> int:
        """The link's number for a traced function."""
        number = self._steps.get(names)
        if number is None:
            number = self._steps[names] = self.link.declare_own(
                TRACE, names.name, names.identity, names.file, names.line, '{"kind":"trace"}', 0.0
            )
        return number

    def tell_steps(self) -> None:
        """Tell of steps that may take long, from sync code: no loop does it later."""
        self.link.tell_steps()
        self.link.flush()

    def declare_wait(self, waited: Waited) -> None:
        """Make something that is waited for known as a task is; equal ones are the same."""
        known = self._waits.get(waited.key)
        if known is None:
            number = self.link.declare_own(
                waited.kind, waited.name, waited.name, "", 0, waited.details, waited.deadline
            )
            self._waits[waited.key] = known = (number, waited)
        self._numbers[id(waited)] = (known[0], cast("Any", waited))

    def park_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Async code waits for an answer: it may be for long."""

    def only_waiting(self) -> contextlib.AbstractContextManager[None]:
        """Sync code waits for an answer: it may be for long."""
        return contextlib.nullcontext()

    def cancel_call(self, action: ActionContext, number: int) -> None:
        """Tell the engine that an answer is not wanted any more."""
        if self._waiting.pop(number, None) is not None:
            self.link.cancel(action.number, number)

    def _number_of(self, task: TaskTemplate[..., Any], context: Mapping[str, str]) -> int:
        variables = run_variables(context)
        key = id(task) if variables is None else (id(task), variables)
        known = self._numbers.get(key)
        if known is not None:
            return known[0]
        task.warn_of_pickles(self.is_first_to_say)
        number = self.link.declare(engine_fields(task, by_name=True, known=self.known, run_variables=variables))
        self._numbers[key] = (number, task)  # holding the task keeps its id its own
        return number

    def is_first_to_say(self, name: str) -> bool:
        """Whether no other process of the run has said what there is to say about a task."""
        return True

    # --- reading

    def _attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let a loop read the link while it runs. Several may: whoever reads first hands the others theirs."""
        if loop not in self._attached:
            self._attached.add(loop)
            loop.add_reader(self.link.fileno(), self.read)

    def detach(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop stops reading."""
        if loop in self._attached:
            self._attached.discard(loop)
            loop.remove_reader(self.link.fileno())

    def read(self) -> None:
        """Take what has come."""
        with self._taking:
            for message in self.link.read():
                self.take(message)
        self._tell()
        if self._waiting and self._blocks_in_a_loop():
            self.flush()  # an answer ends the waiting, as far as the engine knows; there is more to wait for

    def take(self, message: tuple[Any, ...]) -> None:
        """Take one message."""
        kind = message[0]
        if kind == SUCCEEDED:
            self._answer(message[1], message[2], None)
        elif kind == FAILED:
            self._answer(message[1], None, message[2])
        elif kind == RUN_ENDED:
            self._run_ended(message)
        elif kind == START:
            self.take_start(message)
        elif kind == CANCEL:
            self.take_cancel(message[1])
        elif kind == LEAVE:
            self.take_leave(message[1])
        else:
            self.take_task(message[1], message[3])

    def _answer(self, number: int, outputs: bytes | LargeMessage | None, error: ErrorView | None) -> None:
        call = self._answered(number)
        if call is not None:
            self.link.answered(call._action.number, number)
            call.settle(outputs, error)

    def _run_ended(self, message: tuple[Any, ...]) -> None:
        nested = self._answered(message[1])
        if nested is not None:
            nested.ended(*message[2:])

    def _answered(self, number: int) -> Any:
        """Who waits for an answer; None when nobody does any more."""
        if number in self._waiting:
            return self._waiting.pop(number)
        with self._sending:  # the thread that sent it may be about to note that it waits
            return self._waiting.pop(number, None)

    def wait_until(self, done: Callable[[], bool]) -> None:
        """Block this thread until `done`; take in messages meanwhile, unless another thread does."""
        while not done():
            if not self._a_loop_reads() and self._reading.acquire(blocking=False):
                try:
                    if not done():
                        self._read_once()
                finally:
                    self._reading.release()
                    self._tell()  # it is somebody else's turn to read
            else:
                self._wait_for_news(done)

    def _a_loop_reads(self) -> bool:
        """Whether a loop in another thread reads the link, unless something keeps it busy."""
        here = asyncio._get_running_loop()
        return any(loop.is_running() for loop in self._attached if loop is not here)

    def _read_once(self) -> None:
        """Wait for one batch of messages."""
        self._say_it_waits()
        # A loop that another thread starts later may take the answer first; then nothing more comes here.
        if self.link.wait(None if threading.active_count() == 1 else PATIENCE):
            self.read()

    def _wait_for_news(self, done: Callable[[], bool]) -> None:
        """Wait until somebody else has read something; read when nobody does."""
        self._say_it_waits()
        with self._news:
            if done() or self._news.wait(PATIENCE):
                return
        if self.link.wait(0.0):
            self.read()

    def _say_it_waits(self) -> None:
        """Send what waits to be sent. The engine takes the waiting back when it answers."""
        if self._takes_the_core():
            self.link.blocked()
        else:
            self.link.flush()

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()

    # --- what only a worker does

    def take_start(self, message: tuple[Any, ...]) -> None:
        """Run an action."""
        raise NotImplementedError

    def take_cancel(self, action: int) -> None:
        """Cancel an action."""
        raise NotImplementedError

    def take_leave(self, action: int) -> None:
        """Forget what cannot be stopped."""
        raise NotImplementedError

    def take_task(self, number: int, reference: bytes) -> None:
        """Remember a task the engine will refer to by number."""
        raise NotImplementedError


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _over(task: str) -> Any:
    from flyte.runtime.nested import LocalError

    return LocalError("ActionAborted", "user", f"task `{task}` was called by an action that is over")
