"""A task under the debugger: it stops where the function begins, and where it failed. For the inline executor only."""

from __future__ import annotations

import functools
import pdb  # noqa: T100 - it is what this file is about
import sys
from bdb import BdbQuit
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, TextIO

from flyte.errors import NonRecoverableError
from flyte.task import TaskTemplate

_NOT_STEPPED_INTO = ["asyncio.*", "concurrent.*", "contextlib", "flyte.*", "selectors", "threading"]


def stop_in(task: TaskTemplate[..., Any]) -> None:
    """Have the next attempt of a task stop in the debugger; the ones after it run as they are.

    The debugger talks through the process's own stdin and stderr: stdout is for results.
    """
    debugged = _debugged_async if task.is_async else _debugged
    task.func = debugged(task.func, _Once())


class _Once:
    """True the first time."""

    def __init__(self) -> None:
        self._is_first = True

    def __call__(self) -> bool:
        is_first, self._is_first = self._is_first, False
        return is_first


def _debugged(function: Callable[..., Any], first: Callable[[], bool]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not first():
            return function(*args, **kwargs)
        with _Debugger():
            return function(*args, **kwargs)

    return call


def _debugged_async(function: Callable[..., Awaitable[Any]], first: Callable[[], bool]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        if not first():
            return await function(*args, **kwargs)
        with _Debugger():
            return await function(*args, **kwargs)

    return call


class _Debugger:
    """What runs inside stops at its first line of the user's, and is looked at where it fails."""

    def __enter__(self) -> None:
        self._pdb = _pdb()
        self._pdb.reset()
        sys.settrace(self._pdb.trace_dispatch)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        sys.settrace(None)
        if isinstance(error, BdbQuit):
            raise NonRecoverableError("the debugger was left before the task had ended", "DebuggerQuit") from None
        if isinstance(error, Exception) and traceback is not None:
            _look_at(error, traceback)


def _look_at(error: Exception, traceback: TracebackType) -> None:
    debugger = _pdb()
    debugger.message(f"{type(error).__name__}: {error}")
    within = traceback.tb_next or traceback  # our own frame is not where it failed
    debugger.reset()
    debugger.interaction(None, within)


def _pdb() -> pdb.Pdb:
    stdin: TextIO | None = sys.__stdin__
    return pdb.Pdb(stdin=stdin, stdout=sys.__stderr__, skip=_NOT_STEPPED_INTO, nosigint=True)
