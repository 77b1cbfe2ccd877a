"""Run a task: bind its inputs, let the engine run it, read its outputs. No terminal here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from flyte_cli.errors import MachineTrouble, Misuse, WrongInputs
from flyte_cli.inputs.bind import bind
from flyte_cli.inputs.words import Sorted
from flyte_cli.ops.host import Host
from flyte_cli.ops.loading import Target

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte.runtime.session import Observer, RunRequest
    from flyte.task import TaskTemplate

Executor = Literal["auto", "process", "inline"]
EXECUTORS = ("auto", "process", "inline")


@dataclass(frozen=True)
class RunOptions:
    """How to run, whatever the task."""

    name: str | None = None
    executor: Executor = "auto"
    grace: float = 5.0

    def __post_init__(self) -> None:
        if self.grace < 0:
            raise Misuse(f"`--grace` is a number of seconds from 0 up, got `{self.grace:g}`")


@dataclass(frozen=True)
class Finished:
    """A run that came to an end, with its outputs by name when it succeeded."""

    tree: RunTree
    phase: str
    outputs: Mapping[str, Any] | None = None
    interrupted: bool = False


def run_task(target: Target, words: Sorted, options: RunOptions, host: Host, observer: Observer) -> Finished:
    """Bind what was typed, and run."""
    inputs = encoded(target, bind(target.interface, words))
    return start(target.task, inputs, target.file, options, host, observer)


def encoded(target: Target, arguments: Mapping[str, Any]) -> bytes:
    """The arguments as the task's inputs message."""
    try:
        return target.task.signature.bind((), dict(arguments))
    except (TypeError, ValueError) as error:
        raise WrongInputs(target.interface.task, [("inputs", str(error))]) from error


def start(
    task: TaskTemplate[..., Any],
    inputs: bytes,
    file: str,
    options: RunOptions,
    host: Host,
    observer: Observer,
    recover_from: str | None = None,
) -> Finished:
    """Run a task with encoded inputs."""
    from flyte.runtime.session import RunRequest

    request: RunRequest = RunRequest(
        task=task,
        inputs=inputs,
        name=options.name,
        executor=options.executor,
        recover_from=recover_from,
        file=file,
        grace=options.grace,
    )
    try:
        outcome = host.engine.execute(request, observer)
    except OSError as error:
        raise MachineTrouble(f"cannot run here: {error}", help=["check the state folder, `$FLYTE_HOME`"]) from error
    succeeded = outcome.phase == "succeeded" and outcome.outputs is not None
    return Finished(outcome.tree, outcome.phase, outputs_of(task, outcome.outputs or b"") if succeeded else None)


def outputs_of(task: TaskTemplate[..., Any], outputs: bytes) -> dict[str, Any]:
    """The outputs by name: none when the task returns nothing."""
    hint = getattr(task.func, "__annotations__", {}).get("return")
    if hint in (None, "None", type(None)):
        return {}
    return {f"o{place}": value for place, value in enumerate(task.signature.decode_output_tuple(outputs))}
