"""`flyte.rerun`: run what a recorded run ran, again or only as far as it is needed.

It looks things up and converts; how a run is done is the session's business. The tasks are those of today: of this
program, or of the file that declared them then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte import overrides
from flyte.context import current
from flyte.dual import dual
from flyte.near_miss import hint_for
from flyte.run_attributes import attributes_of
from flyte.run_handle import Run
from flyte.run_options import RunOptions
from flyte.running import perform, perform_async, request_for
from flyte.task import TaskTemplate, registry

if TYPE_CHECKING:
    from flyte._core import ActionView, RunTree
    from flyte.runtime.session import RunRequest

ROOT = "a0"
MOST_GUESSED = 5_000
"""Names compared when one is wrong: comparing takes 10 us each."""


async def _rerun_aio(
    run_name: str,
    action_name: str = ROOT,
    recover: bool = False,
    force_rerun_actions: Sequence[str] | None = None,
    allow_missing_source_outputs: bool = False,
    **inputs: Any,
) -> Run:
    request = rerun_request(
        RunOptions(), run_name, action_name, recover, force_rerun_actions, allow_missing_source_outputs, inputs
    )
    return await perform_async(RunOptions(), request)


@dual(aio=_rerun_aio)
def rerun(
    run_name: str,
    action_name: str = ROOT,
    recover: bool = False,
    force_rerun_actions: Sequence[str] | None = None,
    allow_missing_source_outputs: bool = False,
    **inputs: Any,
) -> Run:
    """Run the task of an earlier run again, and wait for it; `inputs` replace the recorded ones.

    `action_name` (a wire name, or a path like `mid.0/leaf.3`) runs that action's task alone. With `recover`, what had
    succeeded is not done again, unless its code has changed or it is one of `force_rerun_actions`. Results whose files
    are gone refuse the recovery; `allow_missing_source_outputs` makes them again.

    Raises the task's error when it fails, LookupError for a run, action or task that is not there, ValueError for
    what contradicts itself or inputs that do not fit, and RuntimeError for a recovery from inside a task.
    """
    request = rerun_request(
        RunOptions(), run_name, action_name, recover, force_rerun_actions, allow_missing_source_outputs, inputs
    )
    return perform(RunOptions(), request)


def rerun_request(
    options: RunOptions,
    run_name: str,
    action_name: str,
    recover: bool,
    force_rerun_actions: Sequence[str] | None,
    allow_missing_source_outputs: bool,
    inputs: dict[str, Any],
) -> RunRequest:
    """What is to be run, for an earlier run's name."""
    if recover and action_name != ROOT:
        raise ValueError("recover=True goes on with a whole run, and action_name starts one action of it: give one")
    if not recover and (force_rerun_actions or allow_missing_source_outputs):
        raise ValueError("force_rerun_actions and allow_missing_source_outputs go with recover=True")
    if recover and current.get() is not None:
        raise RuntimeError("flyte.rerun(recover=True) starts a run of its own: call it outside of tasks")
    tree = _recorded(run_name)
    action = _action(tree, action_name)
    task = _task(tree, action)
    request = _labelled(request_for(options, task, _inputs(tree, action, task, inputs)), tree)
    if not recover:
        return request
    return replace(
        request,
        recover_from=tree.name,
        rerun_anyway=tuple(_action(tree, name).name for name in force_rerun_actions or ()),
        may_miss_outputs=allow_missing_source_outputs,
    )


def _labelled(request: RunRequest, tree: RunTree) -> RunRequest:
    """With the labels of the earlier run; those of today win."""
    labels = {**attributes_of(tree.attributes).labels, **request.attributes.labels}
    return replace(request, attributes=replace(request.attributes, labels=labels))


def _recorded(run_name: str) -> RunTree:
    from flyte._core import RunTree, find_runs
    from flyte.runtime.session import state_folder

    rows = find_runs(str(state_folder()), run_name)
    row = next((each for each in rows if each.name == run_name), rows[0] if len(rows) == 1 else None)
    if row is None:
        several = f": {', '.join(each.name for each in rows[:5])} start with that" if rows else ""
        raise LookupError(f"no run `{run_name}` in {state_folder()}{several}")
    return RunTree.open(row.folder)


def _action(tree: RunTree, name: str) -> ActionView:
    wanted = name.strip("/")
    for action in (tree.action(ordinal) for ordinal in range(len(tree))):
        if wanted in (action.name, action.path):
            return action
    paths = [tree.action(ordinal).path for ordinal in range(min(len(tree), MOST_GUESSED))]
    hint = hint_for(name, paths)
    raise LookupError(f"no action `{name}` in run `{tree.name}`" + (f": {hint}" if hint else ""))


def _task(tree: RunTree, action: ActionView) -> TaskTemplate[..., Any]:
    """The task: of this program, or of the file that declared it."""
    if action.task not in registry:
        overrides.look(tree.cwd)
        for file in _files(tree, action):
            _import(file)
    if action.task not in registry:
        raise LookupError(f"task `{action.task}` of run `{tree.name}` is not declared here, nor in {action.file}")
    return registry[action.task]


def _files(tree: RunTree, action: ActionView) -> Iterator[Path]:
    for file in (tree.file, action.file):
        path = Path(tree.cwd, file)
        if file.endswith(".py") and path.is_file():
            yield path


def _import(file: Path) -> None:
    import importlib.util
    import sys

    folder, name = _module_of(file)
    if name in sys.modules:
        return
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    importlib.import_module(name)


def _module_of(file: Path) -> tuple[Path, str]:
    """Where its imports start, and what it is called from there."""
    file, root = file.resolve(), overrides.source_root()
    if root is not None and file.is_relative_to(Path(root).resolve()):
        parts = file.relative_to(Path(root).resolve()).with_suffix("").parts
        if all(part.isidentifier() for part in parts):
            return Path(root).resolve(), ".".join(parts)
    return file.parent, file.stem


def _inputs(tree: RunTree, action: ActionView, task: TaskTemplate[..., Any], given: dict[str, Any]) -> bytes:
    recorded = tree.inputs_of(action.ordinal)
    try:
        values = task.signature.decode_inputs(recorded)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the inputs of run `{tree.name}` no longer fit {task.name}: {error}") from error
    return task.signature.bind((), {**values, **given}) if given else recorded
