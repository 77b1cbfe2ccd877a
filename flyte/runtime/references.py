"""How a task travels to a worker: by its name where the worker has it, by value where it cannot."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from flyte.resources import Resources
from flyte.runtime.environments import pool_of
from flyte.runtime.needs import NONE, Needs, needs_of
from flyte.secret import Secret, uses_of
from flyte.task import TaskTemplate, registry
from flyte.types.pickles import dump_by_value

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_NAME = b"n"
BY_VALUE = b"v"

DEFAULT_BACKOFF = (0.5, 2.0, 300.0)
"""Seconds, factor and cap of the waits without a Backoff, as the peer has them."""


@dataclass(frozen=True)
class EngineFields:
    """What the engine must know of a task."""

    name: str
    short_name: str
    environment: str
    pool: str
    """What its workers are made for, as `flyte.runtime.environments` reads it."""
    is_async: bool
    retries: tuple[int, float, float, float]
    """Retries, seconds before the first, factor from one to the next, most seconds."""
    file: str
    line: int
    reference: bytes
    interface_hash: str
    version: str
    ignored: tuple[str, ...] = ()
    """Inputs that do not count for the names of its actions, nor for its cache key."""
    is_condition: bool = False
    time: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Seconds: runtime of an attempt, wait before it, all from submission; zero is no limit."""
    needs: Needs = NONE
    cache: tuple[str, bool, float] | None = None
    """Version, serialize, seconds that a result is good for (zero: for ever)."""
    priority: int = 0
    details: str = ""
    """What people may want to know of it, as a JSON object; recorded."""


def engine_fields(
    task: TaskTemplate[..., Any],
    *,
    by_name: bool,
    known: Mapping[str, object] | None = None,
    run_variables: str | None = None,
) -> EngineFields:
    """Describe a task to the engine.

    `by_name` says that workers have what this process declared; `known` narrows that to what it had declared when
    they were made. `run_variables` is as `flyte.runtime.environments` has it.
    """
    return EngineFields(
        name=task.name,
        short_name=task.short_name,
        environment=task.environment,
        pool=pool_of(task, run_variables),
        is_async=task.is_async,
        retries=_retries(task),
        file=task.source_file or "",
        line=task.source_line,
        reference=_reference(task, by_name, known),
        interface_hash=task.signature.interface_hash,
        version=task.version,
        ignored=_ignored(task),
        cache=_cache(task),
        details=details_of(task),
        time=_times(task),
        needs=needs_of(task),
        priority=task.priority,
    )


def _ignored(task: TaskTemplate[..., Any]) -> tuple[str, ...]:
    return task.cache.get_ignored_inputs() if task.cache.is_enabled() else ()


def _cache(task: TaskTemplate[..., Any]) -> tuple[str, bool, float] | None:
    cache = task.cache
    if not cache.is_enabled():
        return None
    return (task.version, cache.serialize, cache.max_age_seconds or 0.0)


def details_of(task: TaskTemplate[..., Any]) -> str:
    """What people may want to know of a task that the engine has no use for, as a JSON object; nothing as a rule."""
    details: dict[str, Any] = {}
    if task.cache.is_enabled():
        details |= _cache_details(task)
    if task.resources is not None and (asked := _asked_for(task.resources)):
        details["resources"] = asked
    if not details:
        return ""
    import json  # deferred: most tasks have nothing to tell

    return json.dumps(details, ensure_ascii=False, separators=(",", ":"))


def _asked_for(resources: Resources) -> dict[str, Any]:
    """What it declares, as it was written; a pair is a list."""
    written = {each.name: getattr(resources, each.name) for each in fields(resources)}
    device = resources.get_device()
    if device is not None:
        written["gpu"] = f"{device.device or device.device_class}:{device.quantity}"
    return {name: value for name, value in written.items() if value is not None}


def _cache_details(task: TaskTemplate[..., Any]) -> dict[str, Any]:
    cache = task.cache
    said = {
        "version": task.version,
        "interface": task.signature.interface_hash,
        "ignored": list(cache.get_ignored_inputs()),
        "explicit": cache.version_override is not None,
        "max_age": cache.max_age_seconds,
    }
    return {"cache": said, "version_parts": [list(part) for part in getattr(task, "version_parts", ())]}


def _retries(task: TaskTemplate[..., Any]) -> tuple[int, float, float, float]:
    strategy = task.retries
    if strategy.backoff is None:
        return (strategy.count, *DEFAULT_BACKOFF)
    backoff = strategy.backoff
    cap = backoff.base if backoff.cap is None else backoff.cap
    return (strategy.count, backoff.base.total_seconds(), float(backoff.factor), cap.total_seconds())


def _times(task: TaskTemplate[..., Any]) -> tuple[float, float, float]:
    runtime, queued, deadline = (0.0, 0.0, 0.0) if task.timeout is None else task.timeout.seconds()
    return runtime or 0.0, queued or 0.0, deadline or 0.0


def _reference(task: TaskTemplate[..., Any], by_name: bool, known: Mapping[str, object] | None) -> bytes:
    declared = registry.get(task.name) if known is None else known.get(task.name)
    same = declared if isinstance(declared, TaskTemplate) and declared.func is task.func else None
    if same is not None and (by_name or _has_file(task.module)):
        return BY_NAME + f"{task.name}\0{task.module}\0{_overridden(task, same)}".encode()
    pickled = dump_by_value(task)
    return BY_VALUE + pickled


def _overridden(task: TaskTemplate[..., Any], declared: TaskTemplate[..., Any]) -> str:
    """What an override changed that workers mind, as JSON; the declaration does not tell them, and not the engine."""
    mine, others = _minded(task), _minded(declared)
    changed = {name: value for name, value in mine.items() if value != others[name]}
    return json.dumps(changed) if changed else ""


def _minded(task: TaskTemplate[..., Any]) -> dict[str, Any]:
    return {
        "max_inline_io_bytes": task.max_inline_io_bytes,
        "env_vars": task.env_vars,
        "memory": None if task.resources is None else task.resources.memory,
        "secrets": uses_of(task),
    }


def _with_settings(task: TaskTemplate[..., Any], text: str) -> TaskTemplate[..., Any]:
    changed = json.loads(text)
    if "memory" in changed:
        memory = changed.pop("memory")
        memory = tuple(memory) if isinstance(memory, list) else memory
        before = task.resources or Resources()
        changed["resources"] = replace(before, memory=memory, mem=None)
    if "secrets" in changed:
        secrets = changed["secrets"]
        changed["secrets"] = [Secret(key, group, mount, variable) for key, group, variable, mount in secrets]
    return task.with_settings(replace(task.settings, **changed))


def _has_file(module: str) -> bool:
    return getattr(sys.modules.get(module), "__file__", None) is not None


def find_task(reference: bytes) -> TaskTemplate[..., Any]:
    """Find or rebuild the task a reference stands for.

    Raises LookupError when no task of that name is declared here.
    """
    body = reference[1:]
    if reference[:1] == BY_VALUE:
        import pickle  # deferred, as above

        found = pickle.loads(body)
        assert isinstance(found, TaskTemplate)
        return found
    name, module, overridden = body.decode().split("\0")
    if name not in registry and module not in ("__main__", "__mp_main__"):
        import importlib  # deferred: the zygote has imported it, as a rule

        importlib.import_module(module)
    if name not in registry:
        raise LookupError(f"no task `{name}` in this worker process; is it declared when {module} is imported?")
    return _with_settings(registry[name], overridden) if overridden else registry[name]
