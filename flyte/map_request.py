"""What `flyte.map` was asked for, checked before anything starts."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flyte.task import TaskTemplate

# Started and not yet consumed: enough to keep any machine busy, little enough for an endless input.
WINDOW = 4096


@dataclass(frozen=True)
class MapRequest:
    """A checked request to map."""

    task: TaskTemplate[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    iterables: tuple[Iterable[Any], ...]
    group: str
    concurrency: int
    return_exceptions: bool

    def calls(self) -> Iterator[tuple[Any, ...]]:
        """The arguments of each call, up to the end of the shortest iterable."""
        return ((*self.args, *items) for items in zip(*self.iterables, strict=False))


def map_request(
    func: Any, iterables: tuple[Iterable[Any], ...], group_name: str | None, concurrency: int, return_exceptions: bool
) -> MapRequest:
    """Read the arguments of a map; refuses what cannot work."""
    partial = func if isinstance(func, functools.partial) else functools.partial(func)
    task = partial.func
    if not isinstance(task, TaskTemplate):
        raise TypeError(f"flyte.map takes a task, got {task!r}: decorate it with @env.task, or use the built-in map")
    if concurrency < 0:
        raise ValueError(f"flyte.map: concurrency must not be negative, got {concurrency}")
    if not iterables:
        raise TypeError(f"flyte.map({task.short_name}) needs something to iterate over")
    _check_arguments(task, partial, len(iterables))
    group = f"{task.name}_{group_name or 'map'}"
    return MapRequest(task, partial.args, partial.keywords, iterables, group, concurrency, return_exceptions)


def _check_arguments(task: TaskTemplate[..., Any], partial: functools.partial[Any], count: int) -> None:
    names = list(inspect.signature(task.func).parameters)
    filled = names[len(partial.args) : len(partial.args) + count]
    if len(filled) < count:
        raise TypeError(f"flyte.map: `{task.short_name}` takes {len(names)} inputs, but {count} iterables were given")
    twice = [name for name in filled if name in partial.keywords]
    if twice:
        raise TypeError(f"flyte.map: `{twice[0]}` of `{task.short_name}` is filled by the partial and by an iterable")
