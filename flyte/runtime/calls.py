"""Calls on their way: what a task gets when it calls a task. They know how to be awaited, not how to be run."""

from __future__ import annotations

import asyncio
import collections.abc
import warnings
from typing import TYPE_CHECKING, Any

from flyte.context import current
from flyte.runtime.failure import exception_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from flyte._core import ErrorView, LargeMessage
    from flyte.context import ActionContext
    from flyte.runtime.host import LinkHost
    from flyte.task import TaskTemplate

NOT_STARTED = -2
REFUSED = -1
"""The engine's link refuses calls of an action that is over."""


_blocking: Any = asyncio.Future._asyncio_future_blocking
"""How a future tells a task that it is to be waited for."""


class Call(asyncio.Future[Any]):
    """One call of a task in async code.

    It behaves as the coroutine of an async function: nothing happens until it is awaited, gathered or made a task.
    A future underneath, because `asyncio.gather` takes futures as they are and makes a task, 4 us, of a coroutine.
    """

    def __init__(
        self,
        host: LinkHost,
        action: ActionContext,
        task: TaskTemplate[..., Any],
        inputs: bytes | LargeMessage,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(loop=loop)
        self._host = host
        self._action = action
        self._task = task
        self._inputs = inputs
        self._number = NOT_STARTED
        self._steps: Generator[Any, Any, Any] | None = None
        self._decoding: asyncio.Task[None] | None = None

    def _start(self) -> None:
        self._host.submit_call(self)

    # --- as a future

    @property
    def _asyncio_future_blocking(self) -> bool:
        """Asked by `asyncio.ensure_future`, which starts a coroutine and takes a future to be under way: so it is."""
        if self._number == NOT_STARTED:
            self._start()
        return bool(_blocking.__get__(self))

    @_asyncio_future_blocking.setter
    def _asyncio_future_blocking(self, blocks: bool) -> None:
        _blocking.__set__(self, blocks)

    def add_done_callback(self, callback: Callable[[Any], object], *, context: Any = None) -> None:
        """Call back when it is done; this starts it."""
        if self._number == NOT_STARTED:
            self._start()
        super().add_done_callback(callback, context=context)

    def __await__(self) -> Generator[Any, None, Any]:
        if self._number == NOT_STARTED:
            self._start()
        return super().__await__()

    __iter__ = __await__

    def cancel(self, msg: Any | None = None) -> bool:
        """Stop waiting, and have the engine stop the action."""
        if self.done():
            return False
        if self._number >= 0:
            self._host.cancel_call(self._action, self._number)
        self._number = REFUSED if self._number == NOT_STARTED else self._number
        return super().cancel(msg)

    # --- as a coroutine

    def send(self, value: Any) -> Any:
        """Take one step, as a coroutine does."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise inside, as into a coroutine."""
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*error)

    def close(self) -> None:
        """Give it up before or while it runs."""
        if not self.done():
            self.cancel()

    def __del__(self) -> None:
        if self._number == NOT_STARTED and not self.done():
            name = self._task.short_name
            message = f"the call of task `{name}` was never awaited: write `await {name}(...)`"
            warnings.warn(message, RuntimeWarning, stacklevel=1)

    # --- answers

    def settle(self, outputs: bytes | LargeMessage | None, error: ErrorView | None) -> None:
        """Take the answer, in whichever thread read it."""
        loop = self.get_loop()
        if asyncio._get_running_loop() is loop:
            self._settle_here(outputs, error)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(self._settle_here, outputs, error)

    def _settle_here(self, outputs: bytes | LargeMessage | None, error: ErrorView | None) -> None:
        if self.done():
            return
        if error is None and self._task.signature.does_io:
            self._decoding = self.get_loop().create_task(self._decode_in_thread(outputs or b""))
        elif error is None:
            try:
                self.set_result(self._task.signature.decode_outputs(outputs or b""))
            except Exception as broken:  # a value whose class this process cannot make
                self.set_exception(broken)
        else:
            exception = exception_of(error)
            if isinstance(exception, (StopIteration, KeyboardInterrupt, SystemExit)):
                exception = RuntimeError(f"{error.type}: {error.message}")  # a future refuses these
            self.set_exception(exception)

    async def _decode_in_thread(self, outputs: bytes | LargeMessage) -> None:
        current.set(self._action)  # the task that runs this has a context of its own
        try:
            value = await asyncio.to_thread(self._task.signature.decode_outputs, outputs)
        except Exception as broken:  # as above, or a file that cannot be read
            if not self.done():
                self.set_exception(broken)
            return
        if not self.done():
            self.set_result(value)


collections.abc.Coroutine.register(Call)


class BlockingCall:
    """One call of a task in sync code."""

    def __init__(
        self, host: LinkHost, action: ActionContext, task: TaskTemplate[..., Any], inputs: bytes | LargeMessage
    ) -> None:
        self._host = host
        self._action = action
        self._task = task
        self._inputs = inputs
        self._number = NOT_STARTED
        self._answer: tuple[bytes | LargeMessage | None, ErrorView | None] | None = None
        self._cancelled = False
        self._callbacks: list[Callable[[Any], object]] = []

    def done(self) -> bool:
        """Whether the answer is there."""
        return self._answer is not None or self._cancelled

    def result(self) -> Any:
        """Wait; return the value or raise the task's error."""
        self._host.wait_until(self.done)
        if self._cancelled or self._answer is None:
            raise asyncio.CancelledError
        outputs, error = self._answer
        if error is not None:
            raise exception_of(error)
        return self._task.signature.decode_outputs(outputs or b"")

    def cancel(self) -> bool:
        """Have the engine stop it, unless it is done."""
        if self.done():
            return False
        self._cancelled = True
        if self._number >= 0:
            self._host.cancel_call(self._action, self._number)
        return True

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Call back once when it is done; at once if it already is."""
        self._callbacks.append(callback)
        if self.done():
            self._call_back()

    def settle(self, outputs: bytes | LargeMessage | None, error: ErrorView | None) -> None:
        """Take the answer, in whichever thread read it."""
        self._answer = (outputs, error)
        self._call_back()

    def _call_back(self) -> None:
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)


class Passing:
    """The wish to get past a throttle; the engine answers it like a call."""

    def __init__(self, action: ActionContext, passed: Callable[[], object] | None = None) -> None:
        self._action = action
        self._passed = passed
        self._is_past = False

    def done(self) -> bool:
        """Whether it may go on."""
        return self._is_past

    def settle(self, outputs: bytes | None, error: ErrorView | None) -> None:
        """Take the answer, in whichever thread read it."""
        self._is_past = True
        if self._passed is not None:
            self._passed()

    def give_up(self, leave: Callable[[], object]) -> None:
        """Nobody waits any more: leave at once, now or when the answer comes."""
        if self._is_past:
            leave()
        else:
            self._passed = leave
