"""Where an action finds itself: who it is, and who performs the tasks it calls.

This is the seam between declaring tasks and running them. It never runs anything.
"""

from __future__ import annotations

import copy
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from flyte.runtime.session import RunOutcome, RunRequest
    from flyte.task import TaskTemplate


RESERVED = "flyte."
"""Entries of the custom context whose names begin so are our own: tasks inherit them, and nobody is shown them."""

RAW_DATA_PATH = RESERVED + "raw_data_path"

RUN_VARIABLES = RESERVED + "env_vars"
"""Environment variables of the run, as JSON."""


class Pending(Protocol):
    """A call that was submitted from sync code and may still run."""

    def result(self) -> Any:
        """Wait; return the value or raise the task's error."""

    def cancel(self) -> object:
        """Ask for it to stop; a finished call is left alone."""

    def add_done_callback(self, callback: Callable[[Any], object], /) -> None:
        """Call back once when it is finished, from any thread; at once if it already is."""


class Host(Protocol):
    """Whoever performs an action's calls: a worker process, or the driver itself when inline."""

    def call(
        self, action: ActionContext, task: TaskTemplate[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """What `task(...)` does inside an action."""

    def submit(
        self, action: ActionContext, task: TaskTemplate[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Awaitable[Any]:
        """What `task.aio(...)` does inside an action."""

    def start(
        self, action: ActionContext, task: TaskTemplate[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Pending:
        """Submit from sync code without waiting."""

    def wait_until(self, done: Callable[[], bool]) -> None:
        """Block this thread until `done`, and take in answers meanwhile: they decide when it is."""

    def pass_throttle(self, action: ActionContext, rule: tuple[str, int, int, float]) -> None:
        """Wait until the rule of a `flyte.Throttle` lets the action on."""

    def pass_throttle_async(self, action: ActionContext, rule: tuple[str, int, int, float]) -> Awaitable[None]:
        """The same, awaited."""

    def leave_throttle(self, action: ActionContext, key: str) -> None:
        """It is past what a throttle lets only so many do at once."""

    def run(self, action: ActionContext, request: RunRequest) -> RunOutcome:
        """A run started by a task, waited for."""

    def run_async(self, action: ActionContext, request: RunRequest) -> Awaitable[RunOutcome]:
        """A run started by a task, awaited."""


@dataclass(slots=True)
class ActionContext:
    """One attempt of one action, as the code inside it sees it.

    `flyte.group` and `flyte.custom_context` put a copy in place, so counters and the like belong to the host.
    """

    host: Host
    run_name: str
    action_name: str
    label: str
    attempt: int = 0
    group: str | None = None
    custom_context: dict[str, str] = field(default_factory=dict)
    task: TaskTemplate[..., Any] | None = None
    home: str = ""
    project: str | None = None
    domain: str | None = None
    org: str | None = None
    number: int = 0
    """The engine's own for the action."""
    own: dict[str, Any] = field(default_factory=dict)
    """What parts of the library keep for the attempt; all copies share it."""
    is_again: bool = False
    """It began before, here or in the run recovered from: steps may be found again."""
    step: int = 0
    """The link's number of the traced call that this is the inside of; zero is none."""

    @property
    def raw_data_path(self) -> str | None:
        """Where the run's data goes when that is not its own folder."""
        return self.custom_context.get(RAW_DATA_PATH)

    @property
    def visible_context(self) -> dict[str, str]:
        """The entries that are the user's."""
        return {name: value for name, value in self.custom_context.items() if not name.startswith(RESERVED)}

    def grouped(self, name: str) -> ActionContext:
        """The same action with its next calls in a group."""
        twin = copy.copy(self)
        twin.group = name
        return twin

    def with_custom_context(self, entries: Mapping[str, str]) -> ActionContext:
        """The same action with entries added to what its next calls inherit."""
        twin = copy.copy(self)
        twin.custom_context = {**self.custom_context, **entries}
        return twin


current: ContextVar[ActionContext | None] = ContextVar("flyte_action", default=None)

handing_over: ContextVar[bool] = ContextVar("flyte_handing_over", default=False)
"""Set while the results of a task that is over are converted: what it left behind is ours to take."""
