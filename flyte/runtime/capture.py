"""What actions print, told to the engine line by line under the action that printed it.

Python's streams, threads and child processes are covered here; what C code writes reaches the engine by itself.
"""

from __future__ import annotations

import contextvars
import io
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TextIO

from flyte.context import current
from flyte.runtime.masking import held_back, masked_bytes

if TYPE_CHECKING:
    from flyte._core import Link
    from flyte.runtime.masked_output import Drain

STDOUT, STDERR = 0, 1
LONGEST = 64 * 1024
"""Bytes of a line without end that are passed on as if it had one."""


def acting() -> int | None:
    """The number of the action whose code this is, if it is any's."""
    action = current.get()
    return None if action is None else action.number


class Capture:
    """Passes on what is printed in this process."""

    def __init__(self, link: Link, drain: Drain | None = None) -> None:
        self._link = link
        self._drain = drain
        self._partial: dict[tuple[int | None, int], list[bytes]] = {}
        self._pumps: dict[int, list[_Pump]] = {}
        self._lock = threading.Lock()

    def install(self) -> None:
        """Replace the streams, and have threads and child processes belong to the action that starts them."""
        before: tuple[Any, Any] = (sys.stdout, sys.stderr)  # may be one and the same
        after: tuple[Any, Any] = (CapturedStream(self, STDOUT), CapturedStream(self, STDERR))
        sys.stdout, sys.stderr = after
        redirect_log_handlers(dict(zip(before, after, strict=True)))
        follow_threads()
        follow_children(self)

    def write(self, number: int | None, stream: int, data: bytes) -> None:
        """Pass whole lines on, and keep the rest until its end comes."""
        key = (number, stream)
        head, newline, rest = data.rpartition(b"\n")
        with self._lock:
            partial = self._partial.get(key)
            if not newline:
                if data:  # a print may write nothing
                    self._keep(key, data)
                return
            if partial:
                head = b"".join((*partial, head))
                del self._partial[key]
            if rest:
                self._keep(key, rest)
        self._link.log(number, stream, masked_bytes(head))

    def _keep(self, key: tuple[int | None, int], data: bytes) -> None:
        kept = self._partial.setdefault(key, [])
        kept.append(data)
        if sum(map(len, kept)) > LONGEST:
            ready, rest = held_back(b"".join(kept))
            del self._partial[key]
            if rest:
                self._partial[key] = [rest]
            if ready:
                self._link.log(*key, ready)

    def pump(self, number: int, stream: int) -> _Pump:
        """A pipe for what a child process of an action writes."""
        pump = _Pump(self, number, stream)
        self._pumps[number] = [*(earlier for earlier in self._pumps.get(number, ()) if earlier.is_open), pump]
        return pump

    def finish(self, number: int) -> None:
        """The action is over: its unfinished lines end here."""
        if self._drain is not None:
            self._drain.wait()
        for pump in self._pumps.pop(number, ()):
            pump.drain()
        if not self._partial:
            return
        for stream in (STDOUT, STDERR):
            with self._lock:
                partial = self._partial.pop((number, stream), None)
            if partial:
                self._link.log(number, stream, masked_bytes(b"".join(partial)))


class _Bytes(io.RawIOBase):
    """The binary side of a captured stream."""

    def __init__(self, capture: Capture, stream: int) -> None:
        self._capture = capture
        self._stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._capture.write(acting(), self._stream, bytes(data))
        return len(data)

    def fileno(self) -> int:
        return self._stream + 1


class CapturedStream(io.TextIOBase):
    """Takes the place of sys.stdout or sys.stderr."""

    def __init__(self, capture: Capture, stream: int) -> None:
        self._capture = capture
        self._stream = stream
        self.buffer = _Bytes(capture, stream)

    encoding = "utf-8"
    errors = "backslashreplace"

    def write(self, text: str) -> int:
        """Pass text on."""
        self._capture.write(acting(), self._stream, text.encode("utf-8", "backslashreplace"))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]
        """Pass several texts on."""
        self.write("".join(lines))

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The descriptor underneath, whose text the engine also gets."""
        return self._stream + 1

    def isatty(self) -> bool:
        """Never: the engine is no terminal."""
        return False


def redirect_log_handlers(streams: dict[Any, TextIO]) -> None:
    """Logging handlers made before hold the old streams."""
    logging = sys.modules.get("logging")
    if logging is None:
        return
    for reference in list(logging._handlerList):
        handler = reference()
        if isinstance(handler, logging.StreamHandler) and handler.stream in streams:
            handler.setStream(streams[handler.stream])


def follow_threads() -> Callable[[], None]:
    """Threads, and what is submitted to pools of them, belong to the action that starts them; returns the undoing."""
    from concurrent.futures.thread import ThreadPoolExecutor

    start, submit = threading.Thread.start, ThreadPoolExecutor.submit

    def start_in_context(thread: threading.Thread) -> None:
        if current.get() is not None:
            context, run = contextvars.copy_context(), thread.run
            thread.run = lambda: context.run(run)  # type: ignore[method-assign]
        start(thread)

    def submit_in_context(pool: ThreadPoolExecutor, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        if current.get() is None:
            return submit(pool, function, *args, **kwargs)
        return submit(pool, contextvars.copy_context().run, function, *args, **kwargs)

    threading.Thread.start = start_in_context  # type: ignore[method-assign,assignment]
    ThreadPoolExecutor.submit = submit_in_context  # type: ignore[method-assign,assignment]

    def undo() -> None:
        threading.Thread.start = start  # type: ignore[method-assign]
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]

    return undo


def follow_children(capture: Capture) -> None:
    """Child processes that would inherit stdout or stderr get a pipe of their action's instead.

    A sync action has its process's own descriptors to itself, so only async ones need it.
    """
    popen_init, popen_wait = subprocess.Popen.__init__, subprocess.Popen.wait

    def init(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        action = current.get()
        if action is None or action.task is None or not action.task.is_async or len(rest) > 2:
            popen_init(self, args, *rest, **options)
            return
        pumps = [
            capture.pump(action.number, stream)
            for stream, name in ((STDOUT, "stdout"), (STDERR, "stderr"))
            if options.get(name) is None
        ]
        options.update({pump.name: pump.write_end for pump in pumps})
        try:
            popen_init(self, args, *rest, **options)
        finally:
            for pump in pumps:
                pump.begin()
        self._flyte_pumps = pumps

    def wait(self: Any, timeout: float | None = None) -> int:
        status = popen_wait(self, timeout)
        for pump in getattr(self, "_flyte_pumps", ()):
            pump.join(1.0)  # its own children may hold the pipe open for longer
        return status

    subprocess.Popen.__init__ = init  # type: ignore[method-assign]
    subprocess.Popen.wait = wait  # type: ignore[method-assign]


class _Pump(threading.Thread):
    """Reads a child's output to its end."""

    def __init__(self, capture: Capture, number: int, stream: int) -> None:
        super().__init__(daemon=True, name="flyte-child-output")
        self._capture = capture
        self._number = number
        self._stream = stream
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._lock = threading.Lock()
        self.is_open = True

    @property
    def name(self) -> str:  # type: ignore[override]
        """The option of Popen it stands for."""
        return "stdout" if self._stream == STDOUT else "stderr"

    def begin(self) -> None:
        """The child has its end: ours of it closes."""
        os.close(self.write_end)
        self.start()

    def run(self) -> None:
        """Read."""
        readable = select.poll()
        readable.register(self._read_end, select.POLLIN)
        while self.is_open:
            readable.poll()
            self.drain()
        os.close(self._read_end)  # only here: a poll must never wait for another file of the same number

    def drain(self) -> None:
        """Pass on what is in the pipe by now: all of it, of a child that is over."""
        with self._lock:
            while self.is_open:
                try:
                    data = os.read(self._read_end, LONGEST)
                except BlockingIOError:
                    return
                if data:
                    self._capture.write(self._number, self._stream, data)
                else:
                    self.is_open = False
