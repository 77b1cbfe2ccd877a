"""What a TaskEnvironment means for the processes that run its tasks: the text that names a pool of them."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flyte.task import TaskTemplate


def pool_of(task: TaskTemplate[..., Any]) -> str:
    """What the workers of a task are made for, as JSON: its environment, and the variables of that."""
    return json.dumps({"environment": task.environment, "env_vars": task.env_vars}, sort_keys=True)


def enter(pool: str) -> None:
    """Make this process one of the pool's: its variables, and random numbers of its own."""
    made_for = json.loads(pool)
    os.environ.update(made_for["env_vars"])
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()  # forked workers would all draw the same; Python's own random is reseeded at fork
