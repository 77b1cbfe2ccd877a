"""What a TaskEnvironment means for the processes that run its tasks."""

from __future__ import annotations

import os
import sys

from flyte.task import registry


def enter(environment: str) -> None:
    """Make this process one of the environment's: its variables, and random numbers of its own."""
    for task in registry.values():
        if task.environment == environment:
            os.environ.update(task.env_vars)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()  # forked workers would all draw the same; Python's own random is reseeded at fork
