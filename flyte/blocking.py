"""Waiting from sync code, also where an event loop already runs. It owns no loop and keeps no thread."""

from __future__ import annotations

import contextvars
import queue
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

T = TypeVar("T")
A = TypeVar("A")

_LOOK_AGAIN = 0.5
"""Seconds between two looks at whether the thread still lives."""


def loop_is_running() -> bool:
    """Whether this thread is inside an event loop."""
    asyncio = sys.modules.get("asyncio")  # nobody runs a loop without having imported it
    return asyncio is not None and asyncio._get_running_loop() is not None


def off_the_loop(work: Callable[[], T]) -> T:
    """Do something that needs a thread without a loop, and wait for it."""
    if not loop_is_running():
        return work()
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
    context = contextvars.copy_context()

    def answer() -> None:
        try:
            answers.put((context.run(work), None))
        except BaseException as error:  # it belongs to the caller, whatever it is
            answers.put((None, error))

    value, error = _answer(threading.Thread(target=answer, name="flyte-off-the-loop", daemon=True), answers)
    if error is not None:
        raise error
    return cast("T", value)


def _answer(thread: threading.Thread, answers: queue.SimpleQueue[A]) -> A:
    """Wait for a thread's answer; ctrl-C goes to the thread."""
    started = False
    while True:
        try:
            if not started:
                started = True
                thread.start()
            return answers.get(timeout=_LOOK_AGAIN)
        except queue.Empty:
            if not thread.is_alive() and answers.empty():  # ctrl-C came between its work and its answer
                raise KeyboardInterrupt from None
        except KeyboardInterrupt:
            _interrupt(thread)


def _interrupt(thread: threading.Thread) -> None:
    """Pass ctrl-C on to the thread that can do something about it; Python gives it to the main one only."""
    import ctypes  # deferred: 5 ms

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt))


def completed(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    import asyncio  # deferred: 20 ms that sync programs never need

    return off_the_loop(lambda: asyncio.run(work))
