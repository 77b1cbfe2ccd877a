"""A run, as the program that started it holds it. It reads an outcome; it starts and stops nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from flyte.action_values import ActionInputs, ActionOutputs
from flyte.dual import dual
from flyte.models import ActionID, ActionPhase

if TYPE_CHECKING:
    from flyte._core import LargeMessage
    from flyte.run_logs import RunLogs
    from flyte.runtime.session import RunOutcome, RunRequest


async def _wait_aio(
    run: Run, quiet: bool = False, wait_for: Literal["terminal", "running"] = "terminal"
) -> ActionOutputs:
    return run._outputs()


async def _outputs_aio(run: Run) -> ActionOutputs:
    return run._outputs()


async def _inputs_aio(run: Run) -> ActionInputs:
    return run._inputs()


async def _raise_for_status_aio(run: Run) -> None:
    run._raise_for_status()


class Run:
    """A finished local run."""

    def __init__(self, request: RunRequest, outcome: RunOutcome) -> None:
        self._request = request
        self._outcome = outcome

    @property
    def name(self) -> str:
        """The name to give to `flyte get run` and `flyte rerun`."""
        return self._outcome.name

    @property
    def phase(self) -> str:
        """How it ended: `succeeded`, `failed` or `aborted`."""
        return self._outcome.phase

    @property
    def raw_phase(self) -> ActionPhase:
        """How it ended, as a member of the enum."""
        return ActionPhase(self._outcome.phase)

    @property
    def url(self) -> str:
        """Where everything about the run is recorded."""
        return str(self._outcome.folder)

    @property
    def action(self) -> ActionID:
        """The first action: the one of the task that was run."""
        return ActionID(name="a0", run_name=self.name)

    @property
    def result(self) -> Any:
        """What the task returned; raises the task's error when it failed."""
        self._raise_for_status()
        return self._request.task.signature.decode_outputs(self._recorded_outputs())

    @property
    def exception(self) -> BaseException | None:
        """Why it failed."""
        return self._outcome.exception

    @property
    def logs(self) -> RunLogs:
        """What the tasks printed: iterate over the lines, or `run.logs.stream()`."""
        from flyte.run_logs import RunLogs  # deferred: it was shown already while it was printed

        return RunLogs(self._outcome.tree, self._outcome.folder)

    def done(self) -> bool:
        """Whether it is over: a local run is, when there is a handle."""
        return True

    @dual(aio=_wait_aio)
    def wait(self, quiet: bool = False, wait_for: Literal["terminal", "running"] = "terminal") -> ActionOutputs:
        """Wait for the end, and give the outputs."""
        return self._outputs()

    @dual(aio=_outputs_aio)
    def outputs(self) -> ActionOutputs:
        """What the task returned, as a tuple; raises the task's error when it failed."""
        return self._outputs()

    @dual(aio=_inputs_aio)
    def inputs(self) -> ActionInputs:
        """What the task was given, defaults included."""
        return self._inputs()

    @dual(aio=_raise_for_status_aio)
    def raise_for_status(self) -> None:
        """Raise the task's error when it failed."""
        self._raise_for_status()

    def _outputs(self) -> ActionOutputs:
        self._raise_for_status()
        return ActionOutputs(self._request.task.signature.decode_output_tuple(self._recorded_outputs()))

    def _inputs(self) -> ActionInputs:
        return ActionInputs(self._request.task.signature.decode_inputs(self._request.inputs))

    def _recorded_outputs(self) -> bytes | LargeMessage:
        return self._outcome.outputs or b""

    def _raise_for_status(self) -> None:
        if self._outcome.phase != "succeeded":
            raise self.error()

    def error(self) -> BaseException:
        """The error of a run that did not succeed, ready to raise."""
        return failure_of(self._outcome)

    def to_dict(self) -> dict[str, Any]:
        """The run in plain values."""
        return {"name": self.name, "task": self._request.task.name, "phase": self.phase, "url": self.url}

    def to_json(self) -> str:
        """The run as JSON."""
        import json  # deferred: rarely asked for

        return json.dumps(self.to_dict())

    def __repr__(self) -> str:
        shown = f"Run(name={self.name!r}, task={self._request.task.name!r}, phase={self.phase!r}"
        return f"{shown}, outputs={self._outputs()!r})" if self.phase == "succeeded" else f"{shown})"


def failure_of(outcome: RunOutcome) -> BaseException:
    """The error of a run that did not succeed."""
    from flyte.errors import ActionAbortedError  # deferred: most runs succeed
    from flyte.failures import rebuild

    if outcome.exception is not None:
        return outcome.exception
    if outcome.error is not None:
        return rebuild(outcome.error.code, outcome.error.kind, outcome.error.message)
    return ActionAbortedError(f"run {outcome.name} was {outcome.phase}")
