"""`flyte.run`: bind the inputs, have the engine do it, and hand over what became of it.

It converts before anything starts, so a wrong input costs nothing. How a run is done is the session's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from flyte.blocking import off_the_loop
from flyte.context import RAW_DATA_PATH, RUN_VARIABLES, current
from flyte.dual import dual
from flyte.initialize import settings
from flyte.run_attributes import RunAttributes
from flyte.run_handle import Run
from flyte.run_options import RunOptions
from flyte.task import TaskTemplate
from flyte.task_context import get_custom_context

if TYPE_CHECKING:
    from flyte.notifying import Notifier
    from flyte.runtime.session import RunOutcome, RunRequest


async def _run_aio(task: TaskTemplate[..., Any], *args: Any, **kwargs: Any) -> Run:
    return await _run_async(RunOptions(), task, args, kwargs)


@dual(aio=_run_aio)
def run(task: TaskTemplate[..., Any], *args: Any, **kwargs: Any) -> Run:
    """Run a task with these inputs, and wait for it; raises the task's error when it fails."""
    return _run_blocking(RunOptions(), task, args, kwargs)


async def _runner_run_aio(runner: Runner, task: TaskTemplate[..., Any], *args: Any, **kwargs: Any) -> Run:
    return await _run_async(runner.options, task, args, kwargs)


async def _runner_rerun_aio(
    runner: Runner,
    run_name: str,
    action_name: str = "a0",
    recover: bool = False,
    force_rerun_actions: Sequence[str] | None = None,
    allow_missing_source_outputs: bool = False,
    **inputs: Any,
) -> Run:
    from flyte.rerunning import rerun_request  # deferred: it needs this file

    how = (recover, force_rerun_actions, allow_missing_source_outputs)
    return await perform_async(runner.options, rerun_request(runner.options, run_name, action_name, *how, inputs))


class Runner:
    """Runs tasks with the options of `flyte.with_runcontext`."""

    def __init__(self, options: RunOptions) -> None:
        self.options = options

    @dual(aio=_runner_run_aio)
    def run(self, task: TaskTemplate[..., Any], *args: Any, **kwargs: Any) -> Run:
        """Run a task with these inputs, and wait for it; raises the task's error when it fails."""
        return _run_blocking(self.options, task, args, kwargs)

    @dual(aio=_runner_rerun_aio)
    def rerun(
        self,
        run_name: str,
        action_name: str = "a0",
        recover: bool = False,
        force_rerun_actions: Sequence[str] | None = None,
        allow_missing_source_outputs: bool = False,
        **inputs: Any,
    ) -> Run:
        """Run the task of an earlier run again, as `flyte.rerun` does."""
        from flyte.rerunning import rerun_request  # deferred: it needs this file

        how = (recover, force_rerun_actions, allow_missing_source_outputs)
        return perform(self.options, rerun_request(self.options, run_name, action_name, *how, inputs))

    def __repr__(self) -> str:
        return f"Runner({self.options})"


def with_runcontext(
    mode: str | None = None,
    *,
    name: str | None = None,
    service_account: str | None = None,
    version: str | None = None,
    copy_style: str = "loaded_modules",
    dry_run: bool = False,
    copy_bundle_to: Path | None = None,
    interactive_mode: bool | None = None,
    raw_data_path: str | None = None,
    run_base_dir: str | None = None,
    run_start_time: datetime | None = None,
    overwrite_cache: bool = False,
    project: str | None = None,
    domain: str | None = None,
    env_vars: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    interruptible: bool | None = None,
    log_level: int | None = None,
    log_format: str = "console",
    user_log_level: int | None = None,
    reset_root_logger: bool = False,
    disable_run_cache: bool = False,
    queue: str | None = None,
    max_action_concurrency: int | None = None,
    notifications: Any = None,
    custom_context: dict[str, str] | None = None,
    cache_lookup_scope: str = "global",
    preserve_original_types: bool = False,
    debug: bool = False,
    tracked: bool = False,
    tracked_strict: bool = False,
    executor: Literal["auto", "process", "inline"] = "auto",
) -> Runner:
    """Choose how tasks are run: `flyte.with_runcontext(name="nightly").run(task, x=1)`."""
    return Runner(RunOptions(**locals()))  # every parameter is a field of the same name, and a test holds it to that


# --- the steps ----------------------------------------------------------------------------------------------------


def _run_blocking(options: RunOptions, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Run:
    return perform(options, _request(options, task, args, kwargs))


async def _run_async(options: RunOptions, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Run:
    return await perform_async(options, _request(options, task, args, kwargs))


def perform(options: RunOptions, request: RunRequest) -> Run:
    """Do a run, and wait for it; raises the task's error when it fails."""
    action = current.get()
    if action is not None:
        return _handle(request, action.host.run(action, request))
    _say_where(options)
    from flyte.runtime.session import execute  # deferred: declaring tasks needs no engine

    with _notifying(options, request) as notifier:
        outcome = off_the_loop(lambda: execute(request, notifier))
        if notifier is not None:
            notifier.ended(outcome)
    return _handle(request, outcome)


async def perform_async(options: RunOptions, request: RunRequest) -> Run:
    """Do a run, and await it; raises the task's error when it fails."""
    action = current.get()
    if action is not None:
        return _handle(request, await action.host.run_async(action, request))
    _say_where(options)
    from flyte.runtime.session import execute_async  # deferred: declaring tasks needs no engine

    with _notifying(options, request) as notifier:
        outcome = await execute_async(request, notifier)
        if notifier is not None:
            notifier.ended(outcome)
            await notifier.sent()
    return _handle(request, outcome)


def _notifying(options: RunOptions, request: RunRequest) -> AbstractContextManager[Notifier | None]:
    if not options.notifications:
        return nullcontext()
    from flyte.notifying import Notifier  # deferred: few runs notify anybody

    return Notifier(options.notifications, request.task.name)


def _request(options: RunOptions, task: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> RunRequest:
    if not isinstance(task, TaskTemplate):
        hint = "decorate it with @env.task" if callable(task) else "give the task itself, then its inputs"
        raise TypeError(f"flyte.run runs tasks, got {task!r}: {hint}")
    return request_for(options, task, task.signature.bind(args, kwargs))


def request_for(options: RunOptions, task: TaskTemplate[..., Any], inputs: bytes) -> RunRequest:
    """What to run, for a task and its encoded inputs."""
    from flyte.runtime.session import RunRequest  # deferred: declaring tasks needs no engine

    task.warn_of_pickles(lambda name: True)
    return RunRequest(
        task=task,
        inputs=inputs,
        name=options.name,
        executor=cast("Any", options.executor),
        custom_context={**get_custom_context(), **(options.custom_context or {}), **_inherited(options)},
        file=task.source_file or "",
        reads_cache=not (options.overwrite_cache or options.disable_run_cache),
        writes_cache=not options.disable_run_cache,
        at_once=options.max_action_concurrency or 0,
        attributes=_attributes(options),
    )


def _attributes(options: RunOptions) -> RunAttributes:
    said = settings()
    project, domain = options.project or said.project, options.domain or said.domain
    return RunAttributes(options.labels or {}, project, domain, options.version)


def _inherited(options: RunOptions) -> dict[str, str]:
    """What tasks inherit without seeing it."""
    return {**_raw_data_path(options), **_variables(options)}


def _variables(options: RunOptions) -> dict[str, str]:
    """The entry that tells every task of the run its variables; a nested run adds to those of its caller."""
    action = current.get()
    before = None if action is None else action.custom_context.get(RUN_VARIABLES)
    if not options.env_vars:
        return {} if before is None else {RUN_VARIABLES: before}
    import json  # deferred: most runs have none

    return {RUN_VARIABLES: json.dumps({**json.loads(before or "{}"), **options.env_vars}, sort_keys=True)}


def _raw_data_path(options: RunOptions) -> dict[str, str]:
    """The entry that tells every task of the run where its data goes; a run started by a task inherits it."""
    action = current.get()
    path = options.raw_data_path
    if path is None:
        path = None if action is None else action.raw_data_path
    else:
        from flyte.io.paths import absolute  # deferred: most runs keep their data in their own folder

        path = absolute(path)
    return {} if path is None else {RAW_DATA_PATH: path}


def _say_where(options: RunOptions) -> None:
    """Warn somebody who configured a backend, and did not ask for a local run, that it stays here."""
    endpoint = settings().endpoint
    if endpoint is None or options.mode == "local":
        return
    from flyte.logs import system_logger  # deferred: logging takes 8 ms

    system_logger.warning(
        "%s is configured, but this version runs on this machine only; with_runcontext(mode='local') says it is meant",
        endpoint,
    )


def _tell_where(error: BaseException, outcome: RunOutcome) -> None:
    """Add the user's own lines, as the traceback of the process that raised them stayed there."""
    if outcome.error is None or not hasattr(error, "add_note"):  # notes are shown from Python 3.11 on
        return
    failed = (outcome.tree.action(ordinal) for ordinal in outcome.tree.failures()[:1] if ordinal > 0)
    frames = [*outcome.error.frames, *(frame for action in failed if action.error for frame in action.error.frames)]
    frames = [frame for frame in frames if frame[4]]
    lines = [f'  File "{file}", line {line}, in {name}\n    {source.strip()}' for file, line, name, source, _ in frames]
    if lines:
        error.add_note("In the task:\n" + "\n".join(lines))


def _handle(request: RunRequest, outcome: RunOutcome) -> Run:
    handle = Run(request, outcome)
    if outcome.phase == "succeeded":
        return handle
    error = handle.error()
    _tell_where(error, outcome)
    if not hasattr(error, "run"):  # an attribute of that name on the user's class stays the user's
        error.run = handle  # type: ignore[attr-defined]
    raise error
