"""Small values that describe actions, their phases and a task's interface. They are only looked at."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from flyte.checkpoint import Checkpoint
    from flyte.report.content import Report


class ActionPhase(str, Enum):
    """Where an action is in its life."""

    QUEUED = "queued"
    WAITING_FOR_RESOURCES = "waiting_for_resources"
    INITIALIZING = "initializing"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABORTED = "aborted"
    TIMED_OUT = "timed_out"
    PAUSED = "paused"
    RECOVERED = "recovered"

    @property
    def is_terminal(self) -> bool:
        """Whether it stays that way."""
        return self in _TERMINAL


_TERMINAL = frozenset(
    {
        ActionPhase.SUCCEEDED,
        ActionPhase.FAILED,
        ActionPhase.ABORTED,
        ActionPhase.TIMED_OUT,
        ActionPhase.RECOVERED,
    }
)


@dataclass(frozen=True, kw_only=True)
class ActionID:
    """Which action of which run."""

    name: str
    run_name: str | None = None
    project: str | None = None
    domain: str | None = None
    org: str | None = None


@dataclass(frozen=True)
class GroupData:
    """The group that calls are made in."""

    name: str


@dataclass(frozen=True)
class CheckpointPaths:
    """Where an action keeps its checkpoint, and where an earlier attempt of it left one."""

    prev_checkpoint_path: str | None
    checkpoint_path: str | None


@dataclass(frozen=True, kw_only=True)
class TaskContext:
    """What `flyte.ctx()` gives inside a task."""

    action: ActionID
    attempt_number: int = 0
    """Counted from 0."""
    version: str = ""
    group_data: GroupData | None = None
    custom_context: dict[str, str] = field(default_factory=dict)
    mode: Literal["local", "remote", "hybrid"] = "local"
    data: dict[str, Any] = field(default_factory=dict)
    interactive_mode: bool = False
    disable_run_cache: bool = False
    checkpoint_paths: CheckpointPaths | None = None

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What the task saves on its way: it survives retries, lost workers and `flyte rerun --recover`."""
        from flyte.checkpoint import Checkpoint  # deferred: few tasks have one

        paths = self.checkpoint_paths
        if paths is None or paths.checkpoint_path is None:
            return None
        return Checkpoint(paths.checkpoint_path, paths.prev_checkpoint_path)

    @property
    def task_action(self) -> ActionID:
        """The action of the task itself."""
        return self.action

    @property
    def report(self) -> Report:
        """The report of this attempt."""
        from flyte.report import current_report  # deferred: few tasks have a report

        return current_report()

    def is_in_cluster(self) -> bool:
        """Whether this runs in a container of a backend."""
        return self.mode == "remote"

    def __getitem__(self, key: str) -> Any:
        return self.data.get(key)


class NullTaskContext:
    """What `flyte.ctx()` gives outside a run: false, and nothing in it."""

    action: None = None
    task_action: None = None
    attempt_number: None = None
    version: None = None
    group_data: None = None
    custom_context: None = None
    mode: None = None
    report: None = None
    data: None = None
    interactive_mode: None = None
    disable_run_cache: None = None
    checkpoint: None = None
    checkpoint_paths: None = None

    def is_in_cluster(self) -> bool:
        """Outside a run this is nobody's container."""
        return False

    def __getitem__(self, key: str) -> None:
        return None

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NullTaskContext()"


NULL_TASK_CONTEXT = NullTaskContext()


@dataclass(frozen=True)
class NativeInterface:
    """A task's parameters, as (type, default), and its results by name."""

    inputs: dict[str, tuple[Any, Any]]
    outputs: dict[str, Any]

    @classmethod
    def from_callable(cls, func: Callable[..., Any]) -> NativeInterface:
        """Read the annotations of a function."""
        import inspect  # deferred: this module is read more often than signatures are

        hints = typing.get_type_hints(func, include_extras=True)
        parameters = inspect.signature(func).parameters
        inputs = {name: (hints.get(name, Any), parameter.default) for name, parameter in parameters.items()}
        return cls(inputs, _outputs(hints.get("return")))

    def required_inputs(self) -> list[str]:
        """The parameters without a default."""
        import inspect

        return [name for name, (_, default) in self.inputs.items() if default is inspect.Parameter.empty]

    def num_required_inputs(self) -> int:
        """How many parameters have no default."""
        return len(self.required_inputs())

    def has_outputs(self) -> bool:
        """Whether the task returns anything."""
        return bool(self.outputs)

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON schema of the inputs."""
        from flyte.types.interface_schema import input_schema  # deferred: few programs ask

        return input_schema(self.inputs)

    def get_input_types(self) -> dict[str, Any]:
        """The type of each parameter."""
        return {name: annotation for name, (annotation, _) in self.inputs.items()}


def _outputs(annotation: Any) -> dict[str, Any]:
    if annotation is None or annotation is type(None):
        return {}
    types = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple and Ellipsis not in types:
        return {f"o{number}": part for number, part in enumerate(types)}
    return {"o0": annotation}
