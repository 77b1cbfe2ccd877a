"""Waiting from sync code, also where an event loop already runs. It owns no loop and keeps no thread."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def loop_is_running() -> bool:
    """Whether this thread is inside an event loop."""
    asyncio = sys.modules.get("asyncio")  # nobody runs a loop without having imported it
    return asyncio is not None and asyncio._get_running_loop() is not None


def off_the_loop(work: Callable[[], T]) -> T:
    """Do something that needs a thread without a loop, and wait for it."""
    if not loop_is_running():
        return work()
    outcome: list[tuple[T | None, BaseException | None]] = []
    context = contextvars.copy_context()

    def record() -> None:
        try:
            outcome.append((context.run(work), None))
        except BaseException as error:  # it belongs to the caller, whatever it is
            outcome.append((None, error))

    thread = threading.Thread(target=record, name="flyte-off-the-loop", daemon=True)
    thread.start()
    while thread.is_alive():
        try:
            thread.join()
        except KeyboardInterrupt:
            _interrupt(thread)
    value, error = outcome[0]
    if error is not None:
        raise error
    return value  # type: ignore[return-value]


def _interrupt(thread: threading.Thread) -> None:
    """Pass ctrl-C on to the thread that can do something about it; Python gives it to the main one only."""
    import ctypes  # deferred: 5 ms

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt))


def completed(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    import asyncio  # deferred: 20 ms that sync programs never need

    return off_the_loop(lambda: asyncio.run(work))
