"""What the engine is told about the run that a new one goes on from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte.runtime.references import EngineFields, engine_fields
from flyte.task import registry

if TYPE_CHECKING:
    from flyte.runtime.session import RunRequest


@dataclass(frozen=True)
class Recovery:
    """Which run is recovered, and what of it counts."""

    from_run: str
    rerun_anyway: tuple[str, ...]
    """Wire names of actions that run again whatever became of them."""
    may_miss_outputs: bool
    """Results whose files are gone are made again; otherwise the recovery is refused."""
    tasks: list[EngineFields]
    """The tasks as they are declared now: what came about through one that has changed since is made again."""


def recovery_of(request: RunRequest) -> Recovery | None:
    """None for a run that starts afresh."""
    if request.recover_from is None:
        return None
    return Recovery(request.recover_from, request.rerun_anyway, request.may_miss_outputs, list(_declared()))


def _declared() -> Iterator[EngineFields]:
    for task in list(registry.values()):
        try:
            yield engine_fields(task, by_name=True)
        except (TypeError, ValueError):
            continue  # its types are wrong, so it cannot have run
