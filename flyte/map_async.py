"""Maps in async code: calls go on starting and ending while nobody asks for the next result."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from flyte.context import ActionContext
from flyte.map_request import WINDOW, MapRequest

if TYPE_CHECKING:
    import asyncio


async def mapped_async(request: MapRequest, action: ActionContext) -> AsyncGenerator[Any, None]:
    """The results, in the order of the inputs."""
    feed = _AsyncFeed(request, action)
    try:
        feed.fill()
        while feed.started:
            try:
                result = await feed.started[0]
            except Exception as error:
                if not request.return_exceptions:
                    raise
                result = error
            feed.started.popleft()
            feed.fill()
            yield result
        if feed.input_error is not None:
            raise feed.input_error
    finally:
        for future in feed.started:
            if not future.cancel() and not future.cancelled():
                future.exception()  # nobody will ask for it, and asyncio would complain about that


class _AsyncFeed:
    """Starts calls as far as the window and the slots allow, also while nobody asks for the next result."""

    def __init__(self, request: MapRequest, action: ActionContext) -> None:
        self.started: deque[asyncio.Future[Any]] = deque()
        self.input_error: Exception | None = None
        self._request = request
        self._action = action
        self._calls = request.calls()
        self._unfinished = 0

    def fill(self, *_: object) -> None:
        limit = self._request.concurrency or sys.maxsize
        while self._unfinished < limit and len(self.started) < WINDOW and self.input_error is None:
            try:
                args = next(self._calls, None)
            except Exception as error:  # the user's iterable: raised once the calls before it are consumed
                self.input_error = error
                return
            if args is None:
                return
            self.started.append(self._start(args))

    def _start(self, args: tuple[Any, ...]) -> asyncio.Future[Any]:
        import asyncio  # deferred: 20 ms that sync programs never need

        try:
            call = self._action.host.submit(self._action, self._request.task, args, self._request.kwargs)
        except (TypeError, ValueError) as error:  # the arguments do not fit: this item's failure, in its turn
            refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused
        future = asyncio.ensure_future(call)
        self._unfinished += 1
        future.add_done_callback(self._finish)  # which also starts a call that waits for somebody to want it
        return future

    def _finish(self, _: object) -> None:
        self._unfinished -= 1
        self.fill()
