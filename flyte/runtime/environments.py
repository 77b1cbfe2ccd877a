"""What a TaskEnvironment means for the processes that run its tasks: the text that names a pool of them.

Variables come in layers: of the process, of the environment and the task, of the run; the later one wins.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from flyte.context import RUN_VARIABLES
from flyte.secret import SecretUse, uses_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flyte.errors import BaseRuntimeError
    from flyte.runtime.masked_output import Drain
    from flyte.task import TaskTemplate


class Entered(NamedTuple):
    """What became of entering a pool."""

    drain: Drain | None = None
    """The masked output of a process that has secrets."""
    refusal: BaseRuntimeError | None = None
    """Why no task can run here."""


def pool_of(task: TaskTemplate[..., Any], run_variables: str | None = None) -> str:
    """What the workers of a task are made for, as JSON: its environment, its secrets, its variables and the run's."""
    env_vars = variables_of(task, run_variables)
    made_for = {"environment": task.environment, "env_vars": env_vars, "secrets": uses_of(task)}
    return json.dumps(made_for, sort_keys=True)


def variables_of(task: TaskTemplate[..., Any], run_variables: str | None) -> Mapping[str, str]:
    """The variables that a task's code finds; `run_variables` is those of the run, as its context carries them."""
    return task.env_vars if run_variables is None else {**task.env_vars, **json.loads(run_variables)}


def run_variables(context: Mapping[str, str] | None) -> str | None:
    """Those of the run, as pools take them."""
    return context.get(RUN_VARIABLES) if context else None


def enter(pool: str, home: str) -> Entered:
    """Make this process one of the pool's: its variables and secrets, and random numbers of its own.

    It forks where there are secrets, so it comes before any thread.
    """
    made_for = json.loads(pool)
    os.environ.update(made_for["env_vars"])
    entered = _with_secrets([SecretUse(*use) for use in made_for["secrets"]], home)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()  # forked workers would all draw the same; Python's own random is reseeded at fork
    return entered


def _with_secrets(secrets: list[SecretUse], home: str) -> Entered:
    if not secrets:
        return Entered()
    from flyte.errors import SecretNotFoundError, SecretStoreError  # deferred with the rest: most pools have none
    from flyte.runtime.masked_output import go_behind_mask
    from flyte.runtime.masking import hide
    from flyte.runtime.secret_values import inject

    try:
        hide(inject(secrets, home))
    except (SecretNotFoundError, SecretStoreError) as error:
        return Entered(refusal=error)
    except OSError as error:
        return Entered(refusal=SecretStoreError(f"the secrets of this machine cannot be read: {error}"))
    return Entered(drain=go_behind_mask())


# --- in a process that does not belong to a pool ------------------------------------------------------------------

_layers: list[Mapping[str, str]] = []
_underneath: dict[str, str | None] = {}
_changing = threading.Lock()


@contextlib.contextmanager
def overlay(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process for a while.

    Threads share them: of two that set the same one at the same time, both see the later. When both are done,
    everything is as it was.
    """
    layer = dict(variables)  # a layer is known by its identity
    with _changing:
        for name in layer:
            _underneath.setdefault(name, os.environ.get(name))
        _layers.append(layer)
        os.environ.update(layer)
    try:
        yield
    finally:
        with _changing:
            _layers[:] = [other for other in _layers if other is not layer]
            for name in layer:
                _uncover(name)


def _uncover(name: str) -> None:
    top = next((layer[name] for layer in reversed(_layers) if name in layer), None)
    value = _underneath.pop(name) if top is None else top
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
