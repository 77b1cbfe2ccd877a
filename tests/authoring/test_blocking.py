"""Waiting works with and without an event loop around it."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextvars import ContextVar

import pytest

from flyte.blocking import completed, loop_is_running, off_the_loop

place: ContextVar[str] = ContextVar("place", default="nowhere")


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


def test_without_a_loop_the_work_is_done_here() -> None:
    assert off_the_loop(threading.current_thread) is threading.current_thread()
    assert completed(answer()) == 42


async def test_inside_a_loop_the_work_is_done_elsewhere() -> None:
    assert loop_is_running()
    assert off_the_loop(loop_is_running) is False
    assert off_the_loop(threading.current_thread) is not threading.current_thread()
    assert completed(answer()) == 42


async def test_the_context_comes_along() -> None:
    token = place.set("here")
    assert off_the_loop(place.get) == "here"
    place.reset(token)


async def test_what_the_work_raises_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        off_the_loop(lambda: 1 // 0)


def test_ctrl_c_reaches_the_work() -> None:
    main, stop = threading.main_thread(), threading.Event()

    def work() -> str:
        try:
            signal.pthread_kill(main.ident or 0, signal.SIGINT)
            for _ in range(1000):
                stop.wait(0.01)  # the exception comes between two of these
        except KeyboardInterrupt:
            return "interrupted"
        return "never heard of it"

    async def blocked() -> str:
        return off_the_loop(work)

    loop = asyncio.new_event_loop()
    try:
        assert loop.run_until_complete(blocked()) == "interrupted"
    finally:
        loop.close()
