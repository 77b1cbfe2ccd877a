"""How a task is to be run: one value, checked when made. It does not know the function, nor who runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from flyte.cache import Cache, cache_of
from flyte.near_miss import hint_for
from flyte.resources import Resources, joined_resources
from flyte.retry import RetryStrategy, retry_strategy
from flyte.reuse import ReusePolicy
from flyte.secret import SecretRequest, check_secret_variables
from flyte.throttle import Throttle
from flyte.timeout import Timeout, timeout_limits

MAX_INLINE_IO_BYTES = 10 * 1024 * 1024
_NO_CACHE = Cache("disable")
_NO_RETRIES = RetryStrategy(0)
_PLAIN = (bool, int, float, complex, bytes, list, tuple, dict, set, frozenset)


@dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """Everything about a task besides its function and its name."""

    short_name: str = ""
    image: Any = "auto"
    resources: Resources | None = None
    cache: Cache = _NO_CACHE
    interruptible: bool = False
    retries: RetryStrategy = _NO_RETRIES
    reusable: ReusePolicy | None = None
    docs: Any = None
    env_vars: dict[str, str] = field(default_factory=dict)
    secrets: SecretRequest | None = None
    service_account: str | None = None
    timeout: Timeout | None = None
    pod_template: Any = None
    report: bool = False
    queue: str | None = None
    entrypoint: bool = False
    produces_artifacts: bool = False
    max_inline_io_bytes: int = MAX_INLINE_IO_BYTES
    triggers: tuple[Any, ...] = ()
    links: tuple[Any, ...] = ()
    max_concurrency: int = 0
    environment_concurrency: int = 0
    throttle: Throttle | None = None
    priority: int = 0
    task_resolver: Any = None
    plugin_config: Any = None

    def __post_init__(self) -> None:
        checked = {
            "cache": cache_of(self.cache),
            "retries": retry_strategy(self.retries),
            "timeout": timeout_limits(self.timeout),
            "env_vars": env_vars_of(self.env_vars) or {},
            "triggers": _triggers(self.triggers),
            "links": _links(self.links),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        check_declarations(vars(self))
        if self.max_inline_io_bytes < 0:
            raise ValueError(f"max_inline_io_bytes must not be negative, got {self.max_inline_io_bytes}")


_NAMES = tuple(setting.name for setting in fields(TaskSettings))
_NOT_OVERRIDABLE = ("report", "triggers", "docs", "task_resolver", "environment_concurrency")
_OF_THE_CONTAINER = ("resources", "env_vars", "secrets")


def overridden(settings: TaskSettings, changes: Mapping[str, Any]) -> TaskSettings:
    """The settings with some of them changed; None leaves one as it is."""
    wanted = {name: value for name, value in changes.items() if value is not None}
    if wanted.get("timeout") == 0:
        wanted["timeout"] = None  # takes the task's limits away
    for name in ("name", "image"):
        if name in wanted:
            raise ValueError(
                f"{name} cannot be overridden: it belongs to the environment; see TaskEnvironment.clone_with"
            )
    cache_version = wanted.pop("cache_version", None)
    if cache_version is not None:
        wanted["cache"] = cache_of(wanted.get("cache", settings.cache.behavior), cache_version)
    resources = joined_resources(wanted.get("resources"), wanted.pop("requests", None), wanted.pop("limits", None))
    if resources is not None:
        wanted["resources"] = resources
    _check_known(wanted)
    if wanted.get("reusable") == "off":
        wanted["reusable"] = None
    changed = replace(settings, **wanted)
    _check_reuse(changed, wanted)
    return changed


def _check_known(wanted: Mapping[str, Any]) -> None:
    known = [name for name in _NAMES if name not in _NOT_OVERRIDABLE]
    for name in wanted:
        if name not in known:
            hint = hint_for(name, known) or f"known: {', '.join(known)}"
            raise TypeError(f"override() got an unexpected keyword argument {name!r} ({hint})")


def _check_reuse(settings: TaskSettings, changed: Mapping[str, Any]) -> None:
    fixed = [name for name in _OF_THE_CONTAINER if name in changed]
    if settings.reusable is not None and fixed:
        raise ValueError(
            f"{', '.join(fixed)} cannot be overridden while the task is reusable: its containers already run with the "
            "environment's own; add reusable='off' for containers of its own"
        )


# --- what tasks and environments both declare ---------------------------------------------------------------------


def check_declarations(settings: Mapping[str, Any]) -> None:
    """Refuse settings of the wrong type; what only a backend understands is checked there."""
    _check_instance(settings, "resources", Resources, "a flyte.Resources")
    _check_instance(settings, "reusable", ReusePolicy, "a flyte.ReusePolicy")
    _check_instance(settings, "service_account", str, "a string")
    _check_instance(settings, "queue", str, "a string")
    _check_instance(settings, "throttle", Throttle, "a flyte.Throttle")
    _check_count(settings, "max_concurrency")
    _check_whole(settings, "priority")
    _check_object(settings, "image", "a string or a flyte.Image")
    _check_object(settings, "pod_template", "a name or a flyte.PodTemplate")
    check_secret_variables(settings.get("secrets"), settings.get("env_vars"))


def env_vars_of(value: object) -> dict[str, str] | None:
    """Read what `env_vars=` accepts."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise TypeError(f"env_vars must be a dict of strings, got {value!r}")
    for name, text in value.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise TypeError(f"env_vars must be a dict of strings, got {name!r}: {text!r}")
    return dict(value)


def _check_instance(settings: Mapping[str, Any], name: str, kind_of: type, wanted: str) -> None:
    value = settings.get(name)
    if value is not None and not isinstance(value, kind_of):
        raise TypeError(f"{name} must be {wanted}, got {value!r}")


def _check_whole(settings: Mapping[str, Any], name: str) -> None:
    value = settings.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {value!r}")


def _check_count(settings: Mapping[str, Any], name: str) -> None:
    _check_whole(settings, name)
    if settings.get(name, 0) < 0:
        raise ValueError(f"{name} must be at least 0, which is no limit, got {settings[name]}")


def _check_object(settings: Mapping[str, Any], name: str, wanted: str) -> None:
    value = settings.get(name)
    if isinstance(value, _PLAIN):
        raise TypeError(f"{name} must be {wanted}, got {value!r}")


def _triggers(value: Any) -> tuple[Any, ...]:
    if value in (None, ()):
        return ()
    from flyte.trigger import triggers_of  # deferred: few tasks have any

    return triggers_of(value)


def _links(value: Any) -> tuple[Any, ...]:
    links = _as_tuple(value)
    for link in links:
        if not callable(getattr(link, "get_link", None)):
            raise TypeError(f"links must be flyte.Link, something with a name and get_link(...), got {link!r}")
    return links


def _as_tuple(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)
