"""What code inside a task can ask about its action: `flyte.ctx()`, and the custom context that children inherit."""

from __future__ import annotations

from contextvars import ContextVar
from types import TracebackType

from flyte.context import ActionContext, current
from flyte.models import NULL_TASK_CONTEXT, ActionID, CheckpointPaths, GroupData, NullTaskContext, TaskContext

# Entries set around `flyte.run`, before there is an action to hold them.
outside: ContextVar[dict[str, str] | None] = ContextVar("flyte_custom_context", default=None)


def ctx() -> TaskContext | NullTaskContext:
    """The running action, as the task sees it; false outside a run."""
    action = current.get()
    if action is None:
        return NULL_TASK_CONTEXT
    name = ActionID(
        name=action.action_name,
        run_name=action.run_name,
        project=action.project,
        domain=action.domain,
        org=action.org,
    )
    return TaskContext(
        action=name,
        attempt_number=action.attempt,
        version=action.task.version if action.task is not None else "",
        group_data=GroupData(action.group) if action.group is not None else None,
        custom_context=action.visible_context,
        checkpoint_paths=_checkpoint_paths(action),
    )


def _checkpoint_paths(action: ActionContext) -> CheckpointPaths | None:
    if not action.home:
        return None
    path = f"{action.home}/runs/{action.run_name}/checkpoints/{action.action_name}"
    return CheckpointPaths(path if action.is_again else None, path)


def get_custom_context() -> dict[str, str]:
    """The entries that apply here."""
    action = current.get()
    return action.visible_context if action is not None else dict(outside.get() or {})


class custom_context:
    """Entries that everything called in the `with` block finds in its custom context, a `flyte.run` included."""

    def __init__(self, **context: str) -> None:
        for name, value in context.items():
            if not isinstance(value, str):
                raise TypeError(f"custom_context values must be strings, got {name}={value!r}")
        self._entries = context
        self._before: list[tuple[ActionContext | None, dict[str, str] | None]] = []

    def __enter__(self) -> None:
        action, entries = current.get(), outside.get()
        self._before.append((action, entries))
        if action is not None:
            current.set(action.with_custom_context(self._entries))
        else:
            outside.set({**(entries or {}), **self._entries})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        action, entries = self._before.pop()
        current.set(action)
        outside.set(entries)
