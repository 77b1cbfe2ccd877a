"""What a TaskEnvironment means for the processes that run its tasks: the text that names a pool of them."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from flyte.secret import SecretUse, uses_of

if TYPE_CHECKING:
    from flyte.errors import BaseRuntimeError
    from flyte.runtime.masked_output import Drain
    from flyte.task import TaskTemplate


class Entered(NamedTuple):
    """What became of entering a pool."""

    drain: Drain | None = None
    """The masked output of a process that has secrets."""
    refusal: BaseRuntimeError | None = None
    """Why no task can run here."""


def pool_of(task: TaskTemplate[..., Any]) -> str:
    """What the workers of a task are made for, as JSON: its environment, and the variables and secrets of that."""
    made_for = {"environment": task.environment, "env_vars": task.env_vars, "secrets": uses_of(task)}
    return json.dumps(made_for, sort_keys=True)


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
