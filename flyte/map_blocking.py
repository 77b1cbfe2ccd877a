"""Maps in sync code: start what may start, and wait through the host, which takes in the answers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from typing import Any

from flyte.context import ActionContext, Pending
from flyte.map_request import WINDOW, MapRequest


def mapped(request: MapRequest, action: ActionContext) -> Generator[Any, None, None]:
    """The results, in the order of the inputs."""
    feed = _Feed(request, action)
    try:
        while feed.fill():
            if feed.wait():
                yield _result(request, feed.started.popleft())
        if feed.input_error is not None:
            raise feed.input_error
    finally:
        for pending in feed.started:
            pending.cancel()


class _Feed:
    """Starts calls as far as the window and the slots allow."""

    def __init__(self, request: MapRequest, action: ActionContext) -> None:
        self.started: deque[_Started] = deque()
        self.input_error: Exception | None = None
        self._request = request
        self._action = action
        self._calls = request.calls()
        self._exhausted = False
        self._unfinished = 0
        self._lock = threading.Lock()  # answers may come in on any thread

    def fill(self) -> bool:
        """Start what may start now; false when everything is consumed."""
        room = WINDOW - len(self.started)
        if self._request.concurrency:
            room = min(room, self._request.concurrency - self._unfinished)
        for _ in range(0 if self._exhausted else room):
            args = self._next()
            if args is None:
                self._exhausted = True
                break
            self.started.append(self._start(args))
        return bool(self.started)

    def _next(self) -> tuple[Any, ...] | None:
        try:
            return next(self._calls, None)
        except Exception as error:  # the user's iterable: raised once the calls before it are consumed
            self.input_error = error
            return None

    def wait(self) -> bool:
        """Wait for the next result, or for a free slot; true when the result is there, or will be waited for."""
        if not self._request.concurrency:
            return True
        head = self.started[0]
        self._action.host.wait_until(lambda: head.finished or self._may_start())
        return head.finished

    def _may_start(self) -> bool:
        full = self._unfinished >= self._request.concurrency or len(self.started) >= WINDOW
        return not full and not self._exhausted

    def _start(self, args: tuple[Any, ...]) -> _Started:
        try:
            pending = self._action.host.start(self._action, self._request.task, args, self._request.kwargs)
        except (TypeError, ValueError) as error:  # the arguments do not fit: this item's failure, in its turn
            return _Started(None, error)
        started = _Started(pending)
        if self._request.concurrency:
            with self._lock:
                self._unfinished += 1
            pending.add_done_callback(lambda _: self._finish(started))
        return started

    def _finish(self, started: _Started) -> None:
        with self._lock:
            started.finished = True
            self._unfinished -= 1


class _Started:
    """A call on its way, or one that could not start."""

    def __init__(self, pending: Pending | None, error: Exception | None = None) -> None:
        self._pending = pending
        self._error = error
        self.finished = error is not None

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        assert self._pending is not None  # there is one or the other
        return self._pending.result()

    def cancel(self) -> None:
        if self._pending is not None:
            self._pending.cancel()


def _result(request: MapRequest, started: _Started) -> Any:
    try:
        return started.result()
    except Exception as error:
        if not request.return_exceptions:
            raise
        return error
