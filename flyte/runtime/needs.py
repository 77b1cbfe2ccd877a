"""What a task takes of the machine, in the numbers that the engine shares out (thousandths of a core, bytes)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from flyte.resources import thousandths_of
from flyte.runtime.usage import memory_needs

if TYPE_CHECKING:
    from flyte.task import TaskTemplate

Needs: TypeAlias = tuple[int, int, int, bool, int, int, int, tuple[str, int, int, float] | None]
"""CPU in thousandths, memory and its limit in bytes, climbs, GPUs, at once, at once in the environment, flow."""

NONE: Needs = (0, 0, 0, False, 0, 0, 0, None)


def needs_of(task: TaskTemplate[..., Any]) -> Needs:
    """What the actions of a task take; zero where nothing is said."""
    settings = task.settings
    at_once, in_environment, throttle = settings.max_concurrency, settings.environment_concurrency, settings.throttle
    resources = settings.resources
    if resources is None and not at_once and not in_environment and throttle is None:
        return NONE
    cpu = gpus = 0
    memory, limit, climbs = memory_needs(task)
    if resources is not None:
        cpu = thousandths_of(_request(resources.cpu))
        device = resources.get_device()
        gpus = device.quantity if device is not None else 0
    return (cpu, memory, limit, climbs, gpus, at_once, in_environment, None if throttle is None else throttle.rule())


def _request(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value
