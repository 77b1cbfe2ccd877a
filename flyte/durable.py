"""Time that stays the same when a task starts again: `flyte.durable.time`, `now` and `sleep`.

Outside a run they are the plain functions.
"""

from __future__ import annotations

import time as clock
from datetime import datetime, timezone

from flyte.context import current
from flyte.dual import dual
from flyte.traces import trace

__all__ = ["now", "sleep", "time"]


def _time() -> float:
    return clock.time()


def _now() -> datetime:
    return datetime.now(timezone.utc)


_time.__name__ = "time"
_now.__name__ = "now"
_recorded_time = trace(_time)
_recorded_now = trace(_now)


async def _time_aio() -> float:
    return _recorded_time()


async def _now_aio() -> datetime:
    return _recorded_now()


async def _sleep_aio(seconds: float) -> None:
    action = current.get()
    if action is None:
        import asyncio  # deferred: whoever awaits has it

        await asyncio.sleep(seconds)
        return
    from flyte.runtime.waits import sleep_of  # deferred: outside runs there is nobody to ask

    await sleep_of(action, seconds).answer_async()


@dual(aio=_time_aio)
def time() -> float:
    """Unix seconds; when the task starts again, what they were the first time."""
    return _recorded_time()


@dual(aio=_now_aio)
def now() -> datetime:
    """The date and time in UTC; when the task starts again, what it was the first time."""
    return _recorded_now()


@dual(aio=_sleep_aio)
def sleep(seconds: float) -> None:
    """Wait for `seconds`, counted from the first time: a task that starts again waits only for the rest.

    It takes no core meanwhile; after a while, it takes no process either. Raises ValueError below zero.
    """
    action = current.get()
    if action is None:
        clock.sleep(seconds)
        return
    from flyte.runtime.waits import sleep_of

    sleep_of(action, seconds).answer()
