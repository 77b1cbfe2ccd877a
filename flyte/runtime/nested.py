"""Runs that tasks start: the same engine does them, in journals of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flyte.runtime.failure import exception_of
from flyte.runtime.scratch import remove_scratch_folder
from flyte.runtime.session import RunOutcome, state_folder

if TYPE_CHECKING:
    from flyte._core import ErrorView, LargeMessage
    from flyte.runtime.session import RunRequest


class LocalError:
    """What looks like a recorded failure, for those found before anything could be recorded."""

    def __init__(self, code: str, kind: str, message: str) -> None:
        self.code = code
        self.kind = kind
        self.message = message
        self.type = code
        self.frames: list[Any] = []
        self.causes: list[Any] = []
        self.payload = b""


class NestedRun:
    """A run that a task waits for."""

    def __init__(self, request: RunRequest) -> None:
        self._request = request
        self._ended: tuple[str, bytes | LargeMessage | None, ErrorView | None] | None = None
        self._callbacks: list[Callable[[], object]] = []

    def done(self) -> bool:
        """Whether it is over."""
        return self._ended is not None

    def when_done(self, callback: Callable[[], object]) -> None:
        """Call back when it is over; at once if it is."""
        if self.done():
            callback()
        else:
            self._callbacks.append(callback)

    def ended(self, name: str, outputs: bytes | LargeMessage | None, error: ErrorView | None) -> None:
        """Take what the engine says at its end."""
        self._ended = (name, outputs, error)
        for callback in self._callbacks:
            callback()

    def outcome(self) -> RunOutcome:
        """What became of it. Raises OSError when it could not be started."""
        from flyte._core import RunTree

        assert self._ended is not None  # asked only when it is over
        name, outputs, error = self._ended
        if not name and error is not None:
            raise OSError(error.message)
        folder = state_folder() / "runs" / name
        tree = RunTree.open(str(folder))
        remove_scratch_folder(folder)
        exception = None if error is None else exception_of(error)
        return RunOutcome(name, tree.phase, outputs, error, exception, folder, tree)
