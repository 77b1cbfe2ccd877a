"""What attempts use of the machine, and the coarse end of how much they may: measured from inside their own process.

The exact limit of memory is the engine's to watch, from outside.
"""

from __future__ import annotations

import contextlib
import os
import resource
import time
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from flyte._core import LargeMessage
    from flyte.task import TaskTemplate

    Around = Callable[[], contextlib.AbstractContextManager[None]] | None
    """What is entered for each step."""

Spent = tuple[int, int]
"""Microseconds of processor time, most bytes resident in the process."""

LONG_STEP = 1_000_000
"""Nanoseconds of processor time after which the memory of the process is worth another look: a look costs 1 us."""

ROOM = 1 << 30
"""Bytes beyond twice the limit that an attempt may map: libraries reserve more than they use."""


def resident_peak() -> int:
    """Most bytes that were resident in this process since `forget_peak`."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class ProcessUsage:
    """What a worker process uses, for one action after the other."""

    def __init__(self) -> None:
        self.peak = 0
        """As last looked at."""
        self._cpu = 0
        self._clear: int | None = None

    def forget_peak(self) -> None:
        """Let the peak count from here; where the system refuses, it goes on counting from the process's start."""
        try:
            if self._clear is None:
                self._clear = os.open("/proc/self/clear_refs", os.O_WRONLY | os.O_CLOEXEC)
            os.write(self._clear, b"5")  # the peak, and nothing else: proc(5)
        except OSError:
            pass
        self.peak = resident_peak()

    def begin(self) -> None:
        """A sync action has the process to itself from here."""
        self.forget_peak()
        self._cpu = _process_cpu()

    def spent(self) -> Spent:
        """What the sync action used, with its threads and the child processes that it waited for."""
        self.peak = resident_peak()
        return (_process_cpu() - self._cpu) // 1000, self.peak

    def spent_in_steps(self, nanoseconds: int) -> Spent:
        """What an async action used: time in its own steps, and the peak of the process that it shares."""
        if nanoseconds > LONG_STEP or not self.peak:
            self.peak = resident_peak()
        return nanoseconds // 1000, self.peak


def _process_cpu() -> int:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time_ns() + int((children.ru_utime + children.ru_stime) * 1e9)


def as_coroutine(awaitable: Any) -> Any:
    """What a task's function gave, as something that takes steps."""
    return awaitable if type(awaitable) is types.CoroutineType else _awaited(awaitable)


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def take_step(step: Callable[[Any], Any], give: Any, used: list[int], around: Around) -> Any:
    """Take one step of a coroutine; adds to `used` the nanoseconds of processor time that it took."""
    began = time.thread_time_ns()
    try:
        if around is None:
            return step(give)
        with around():
            return step(give)
    finally:
        used[0] += time.thread_time_ns() - began


@types.coroutine
def take_steps(steps: Any, awaited: Any, used: list[int], around: Around) -> Generator[Any, Any, Any]:
    """Await a coroutine that has taken its first step and waits for `awaited`.

    What it starts beside itself, as tasks of the loop or as threads, is not counted.
    """
    while True:
        try:
            step, give = steps.send, (yield awaited)
        except BaseException as error:  # whatever it is, it is the coroutine's to handle
            step, give = steps.throw, error
        try:
            awaited = take_step(step, give, used, around)
        except StopIteration as done:
            return done.value
        finally:
            give = None  # an exception in a frame of its own traceback would be a circle


class Bounds:
    """What a task may do that most tasks need not be asked about."""

    def __init__(self, inline_bytes: int | None, memory: int) -> None:
        self.inline_bytes = inline_bytes
        self.memory = memory

    def check_size(self, what: str, message: bytes | LargeMessage, task: str) -> None:
        """Refuse values that are too large to travel inline; raises InlineIOMaxBytesBreached."""
        if self.inline_bytes is None:
            return
        size = len(bytes(message))  # of a large one a copy; few tasks say what may travel
        if size > self.inline_bytes:
            from flyte.errors import InlineIOMaxBytesBreached

            raise InlineIOMaxBytesBreached(
                f"the {what} of task `{task}` have {size:,} bytes, and its max_inline_io_bytes is "
                f"{self.inline_bytes:,}: pass large values as a flyte.io.File, a Dir or a DataFrame, or raise the limit"
            )

    @contextlib.contextmanager
    def limiting_memory(self) -> Iterator[None]:
        """Have one giant allocation fail, which would be over before anybody outside could see it."""
        before = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = _mapped() + 2 * self.memory + ROOM
        if not self.memory or (before[0] != resource.RLIM_INFINITY and before[0] <= wanted):
            yield
            return
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, before)


def _mapped() -> int:
    """Bytes of data that this process has mapped, as RLIMIT_DATA counts them."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[5]) * resource.getpagesize()


def bounds_of(task: TaskTemplate[..., Any]) -> Bounds | None:
    """The bounds of a task; None for most, which have none."""
    from flyte.task_settings import MAX_INLINE_IO_BYTES

    own = task.max_inline_io_bytes
    inline_bytes = None if own == MAX_INLINE_IO_BYTES else own
    memory = 0 if task.is_async else memory_needs(task)[1]
    return None if inline_bytes is None and not memory else Bounds(inline_bytes, memory)


def memory_needs(task: TaskTemplate[..., Any]) -> tuple[int, int, bool]:
    """Bytes that a task asks for, bytes at which an attempt ends, and whether the engine finds out by itself."""
    declared = None if task.resources is None else task.resources.memory
    if declared is None:
        return 0, 0, False
    if declared == "auto":
        return 0, 0, True
    from flyte.resources import bytes_of  # deferred: few tasks say so

    request, limit = declared if isinstance(declared, tuple) else (declared, declared)
    return bytes_of(request), bytes_of(limit), False


def explained(error: MemoryError, peak: int, limit: int) -> None:
    """Tell what is known of a failed allocation: attributes for programs, a message where there is none."""
    facts: Mapping[str, Any] = {"peak": peak, "limit": limit or None}
    for name, value in facts.items():
        if getattr(error, name, None) is None:
            with contextlib.suppress(AttributeError):  # the user's class may not take it
                setattr(error, name, value)
    if not error.args:
        allowed = f", and its limit is {limit:,}" if limit else ""
        error.args = (f"an allocation failed; the process had {peak:,} bytes of memory{allowed}",)
