"""What a program sees of a run it started, and how the options of a run are checked."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

import flyte
from flyte.action_values import ActionInputs, ActionOutputs
from flyte.failures import rebuild
from flyte.models import ActionPhase
from flyte.run_options import RunOptions


class Signature:
    """Conversions that need no engine: the bytes are the repr of the values."""

    def decode_inputs(self, data: bytes) -> dict[str, Any]:
        return dict(eval(data))

    def decode_outputs(self, data: bytes) -> Any:
        return eval(data)[0]

    def decode_output_tuple(self, data: bytes) -> tuple[Any, ...]:
        return tuple(eval(data))


@dataclass(frozen=True)
class Task:
    name: str = "env.main"
    signature: Signature = Signature()  # noqa: RUF009  # it has no state


@dataclass(frozen=True)
class Request:
    task: Task = Task()  # it has no state
    inputs: bytes = b"{'x': 3}"


@dataclass(frozen=True)
class Outcome:
    name: str = "r7k2m9q"
    phase: str = "succeeded"
    outputs: bytes | None = b"(9.0,)"
    error: Any = None
    exception: BaseException | None = None
    folder: Path = Path("/state/runs/r7k2m9q")


@dataclass(frozen=True)
class Recorded:
    code: str = "ValueError"
    kind: str = "user"
    message: str = "bad"


def handle(**outcome: Any) -> flyte.Run:
    return flyte.Run(Request(), Outcome(**outcome))  # type: ignore[arg-type]


def test_a_handle_says_what_became_of_the_run() -> None:
    run = handle()
    assert (run.name, run.phase, run.raw_phase) == ("r7k2m9q", "succeeded", ActionPhase.SUCCEEDED)
    assert (run.done(), run.url, run.action.name) == (True, "/state/runs/r7k2m9q", "a0")
    assert run.result == 9.0
    assert run.outputs() == run.wait() == (9.0,)
    assert run.inputs() == {"x": 3}
    assert repr(run) == "Run(name='r7k2m9q', task='env.main', phase='succeeded', outputs=ActionOutputs(o0=9.0))"


async def test_what_blocks_can_be_awaited_too() -> None:
    run = handle()
    assert await run.outputs.aio() == await run.wait.aio(quiet=True) == (9.0,)
    assert await run.inputs.aio() == {"x": 3}
    await run.raise_for_status.aio()


def test_a_failed_run_raises_what_the_task_raised() -> None:
    error = rebuild("ValueError", "user", "bad", ValueError("bad"))
    run = handle(phase="failed", outputs=None, exception=error)
    for ask in (run.outputs, run.wait, run.raise_for_status, lambda: run.result):
        with pytest.raises(ValueError, match="bad") as caught:
            ask()
        assert caught.value is error
    assert repr(run) == "Run(name='r7k2m9q', task='env.main', phase='failed')"


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ({"phase": "failed", "error": Recorded()}, flyte.errors.RuntimeUserError),
        ({"phase": "failed", "error": Recorded(code="OOMKilled")}, flyte.errors.OOMError),
        ({"phase": "aborted"}, flyte.errors.ActionAbortedError),
    ],
)
def test_without_the_exception_the_record_names_the_error(outcome: dict[str, Any], expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught:
        handle(**outcome).outputs()
    assert type(caught.value) is expected


def test_a_handle_can_be_written_as_json() -> None:
    assert handle().to_json() == (
        '{"name": "r7k2m9q", "task": "env.main", "phase": "succeeded", "url": "/state/runs/r7k2m9q"}'
    )


def test_outputs_are_a_tuple_with_names() -> None:
    outputs = ActionOutputs((1, "a"))
    assert outputs == (1, "a")
    assert (outputs.o0, outputs.o1, outputs.named_outputs) == (1, "a", {"o0": 1, "o1": "a"})
    assert (repr(outputs), outputs.to_json()) == ("ActionOutputs(o0=1, o1='a')", '{"o0": 1, "o1": "a"}')
    assert pickle.loads(pickle.dumps(outputs)) == outputs
    assert repr(ActionOutputs((None,))) == "ActionOutputs(o0=None)"


@pytest.mark.parametrize("name", ["o2", "o", "x0", "o-1"])
def test_an_output_that_is_not_there_is_an_error(name: str) -> None:
    with pytest.raises(AttributeError, match="there is o0, o1"):
        getattr(ActionOutputs((1, "a")), name)


def test_inputs_are_a_dict() -> None:
    inputs = ActionInputs({"x": 3})
    assert (inputs["x"], dict(inputs), repr(inputs), inputs.to_json()) == (3, {"x": 3}, "ActionInputs(x=3)", '{"x": 3}')


# --- options ------------------------------------------------------------------------------------------------------


def test_every_option_of_the_run_context_is_an_option_of_the_run() -> None:
    parameters = inspect.signature(flyte.with_runcontext).parameters
    assert list(parameters) == [option.name for option in fields(RunOptions)]
    assert {name: parameter.default for name, parameter in parameters.items()} == {
        option.name: option.default for option in fields(RunOptions)
    }


def test_options_arrive_where_they_are_used() -> None:
    runner = flyte.with_runcontext("local", name="nightly", executor="inline", custom_context={"a": "1"})
    assert runner.options == RunOptions(mode="local", name="nightly", executor="inline", custom_context={"a": "1"})


def test_an_unknown_mode_names_the_near_miss() -> None:
    with pytest.raises(ValueError, match="'locla': did you mean `local`"):
        flyte.with_runcontext("locla")


@pytest.mark.parametrize("mode", ["remote", "hybrid"])
def test_a_mode_that_needs_a_backend_says_so(mode: str) -> None:
    with pytest.raises(NotImplementedError, match="use mode='local'"):
        flyte.with_runcontext(mode)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"copy_style": "none"}, ValueError, "needs a version"),
        ({"copy_style": "custom"}, ValueError, "cannot be used here"),
        ({"copy_style": "al"}, ValueError, "did you mean `all`?"),
        ({"executor": "threads"}, ValueError, "executor must be one of 'auto', 'process', 'inline'"),
        ({"max_action_concurrency": 1}, ValueError, "must be 0 (no limit of its own) or at least 2, got 1"),
        ({"max_action_concurrency": -2}, ValueError, "or at least 2, got -2"),
        ({"labels": {"a": 1}}, TypeError, "labels must be a dict of strings"),
        ({"custom_context": ["a"]}, TypeError, "custom_context must be a dict of strings"),
        ({"env_vars": {"A": 1}}, TypeError, "env_vars must be a dict of strings"),
        ({"colour": "red"}, TypeError, "colour"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        flyte.with_runcontext(**options)
    assert message in str(caught.value)


@pytest.mark.parametrize("thing", [len, 3, "env.main"])
def test_only_tasks_run(thing: Any) -> None:
    with pytest.raises(TypeError, match="runs tasks, got"):
        flyte.run(thing)
    with pytest.raises(TypeError, match="runs tasks, got"):
        asyncio.run(flyte.run.aio(thing))
