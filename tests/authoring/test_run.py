"""`flyte.run` converts first, asks for one run, and hands over the handle or the failure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import flyte
from flyte.context import ActionContext
from flyte.failures import rebuild
from tests.authoring.fakes import FakeHost, inside

pytest.importorskip("flyte.types.plan", reason="the conversions are not built yet")

env = flyte.TaskEnvironment("runs")


@env.task
def double(x: int) -> int:
    return 2 * x


@dataclass(frozen=True)
class Outcome:
    outputs: bytes | None
    phase: str = "succeeded"
    exception: BaseException | None = None
    error: Any = None
    name: str = "r1"
    folder: Path = Path("/state/r1")


class RunHost(FakeHost):
    """Answers every nested run with one outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.requests: list[Any] = []
        self.outcome = outcome

    def run(self, action: ActionContext, request: Any) -> Any:
        self.requests.append(request)
        return self.outcome

    async def run_async(self, action: ActionContext, request: Any) -> Any:
        return self.run(action, request)


def doubled(value: int) -> Outcome:
    return Outcome(double.signature.encode_outputs(value))


async def test_inside_a_run_the_host_runs_it() -> None:
    host = RunHost(doubled(8))
    with inside(host):
        run = flyte.run(double, 4)
        awaited = await flyte.run.aio(double, x=4)
    assert (run.result, run.inputs(), awaited.outputs()) == (8, {"x": 4}, (8,))
    assert [request.task for request in host.requests] == [double, double]
    assert host.requests[0].file == __file__


async def test_options_travel_with_the_request() -> None:
    host = RunHost(doubled(8))
    runner = flyte.with_runcontext("local", name="nightly", executor="inline", custom_context={"b": "2"})
    with inside(host, custom_context={"a": "1"}):
        runner.run(double, 4)
        await runner.run.aio(double, 4)
    for request in host.requests:
        assert (request.name, request.executor) == ("nightly", "inline")
        assert request.custom_context == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("args", "kwargs", "error"),
    [
        (("a",), {}, TypeError),
        ((), {}, ValueError),
        ((1, 2), {}, ValueError),
        ((1,), {"z": 3}, ValueError),
    ],
)
def test_wrong_inputs_start_nothing(args: tuple[Any, ...], kwargs: dict[str, Any], error: type[Exception]) -> None:
    host = RunHost(doubled(8))
    with inside(host), pytest.raises(error):
        flyte.run(double, *args, **kwargs)
    assert host.requests == []


async def test_a_failed_run_raises_and_keeps_its_handle() -> None:
    failure = rebuild("KeyError", "user", "'k'", KeyError("k"))
    host = RunHost(Outcome(None, phase="failed", exception=failure))
    with inside(host):
        with pytest.raises(KeyError) as caught:
            flyte.run(double, 4)
        with pytest.raises(flyte.errors.RuntimeUserError):
            await flyte.run.aio(double, 4)
    handle: Any = vars(caught.value)["run"]
    assert (handle.name, handle.phase, handle.exception) == ("r1", "failed", failure)
