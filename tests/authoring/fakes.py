"""Hosts that perform calls right here. No engine, no processes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from flyte.context import ActionContext, current
from flyte.task import TaskTemplate

Call = tuple[str, str, tuple[Any, ...], dict[str, Any]]


class FakeHost:
    """Notes every call, and performs it at once."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.groups: list[str | None] = []
        self.custom_contexts: list[dict[str, str]] = []
        self.unfinished = 0
        self.most_unfinished = 0
        self.cancelled = 0

    def _note(self, how: str, action: ActionContext, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> None:
        self.calls.append((how, task.name, args, dict(kwargs)))
        self.groups.append(action.group)
        self.custom_contexts.append(action.custom_context)

    def call(self, action: ActionContext, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> Any:
        self._note("call", action, task, args, kwargs)
        return task.func(*args, **kwargs)

    def submit(self, action: ActionContext, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> Awaitable[Any]:
        self._note("submit", action, task, args, kwargs)
        return self._performed(task, args, kwargs)

    async def _performed(self, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> Any:
        self._begin()
        try:
            await asyncio.sleep(0)
            result = task.func(*args, **kwargs)
            return await result if task.is_async else result
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.unfinished -= 1

    def start(self, action: ActionContext, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> Future[Any]:
        self._note("start", action, task, args, kwargs)
        future: Future[Any] = Future()
        self._begin()
        try:
            future.set_result(task.func(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        self.unfinished -= 1
        return future

    def _begin(self) -> None:
        self.unfinished += 1
        self.most_unfinished = max(self.most_unfinished, self.unfinished)

    def wait_until(self, done: Callable[[], bool]) -> None:
        assert done(), "everything is performed at once, so there is nothing to wait for"

    def run(self, action: ActionContext, request: Any) -> Any:
        raise NotImplementedError

    def run_async(self, action: ActionContext, request: Any) -> Any:
        raise NotImplementedError


@contextlib.contextmanager
def inside(host: FakeHost, **fields: Any) -> Iterator[ActionContext]:
    """Be inside an action of a run."""
    action = ActionContext(**{"host": host, "run_name": "r1", "action_name": "a0", "label": "main", **fields})
    token = current.set(action)
    try:
        yield action
    finally:
        current.reset(token)


class ThreadHost(FakeHost):
    """Performs what is started on threads of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = ThreadPoolExecutor(8)
        self._changed = threading.Condition()

    def start(self, action: ActionContext, task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> Future[Any]:
        self._note("start", action, task, args, kwargs)
        with self._changed:
            self._begin()
        future: Future[Any] = Future()
        self._threads.submit(self._perform, future, task, args, kwargs)
        return future

    def _perform(self, future: Future[Any], task: TaskTemplate[..., Any], args: Any, kwargs: Any) -> None:
        try:
            result, error = task.func(*args, **kwargs), None
        except Exception as failure:
            result, error = None, failure
        with self._changed:
            self.unfinished -= 1
            future.set_result(result) if error is None else future.set_exception(error)
            self._changed.notify_all()

    def wait_until(self, done: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(done, timeout=10), "nothing happened that was waited for"
