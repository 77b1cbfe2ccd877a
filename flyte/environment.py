"""Where tasks run: an image, resources and settings that several tasks share. It only declares."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import MISSING, InitVar, dataclass, field, fields
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, overload

from flyte import overrides
from flyte.cache import Cache, CacheRequest, cache_of, check_ignored_inputs
from flyte.resources import Resources, joined_resources
from flyte.retry import RetryStrategy
from flyte.reuse import ReusePolicy
from flyte.secret import SecretRequest
from flyte.task import AsyncFunctionTaskTemplate, TaskTemplate, registry, task_name
from flyte.task_settings import MAX_INLINE_IO_BYTES, TaskSettings, check_declarations, env_vars_of
from flyte.throttle import Throttle
from flyte.timeout import TimeoutType

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound="Environment")

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_UNNAMED = "(named after the module)"
_LONGEST_DESCRIPTION = 255


@dataclass(eq=False, repr=False)
class Environment:
    """What tasks and apps have in common: a name, an image, resources, and other environments they need."""

    name: str = _UNNAMED
    depends_on: list[Environment] = field(default_factory=list)
    pod_template: Any = None
    description: str | None = None
    secrets: SecretRequest | None = None
    env_vars: dict[str, str] | None = None
    resources: Resources | None = None
    interruptible: bool = False
    image: Any = "auto"
    include: tuple[str, ...] = ()
    service_account: str | None = None
    requests: InitVar[Resources | None] = field(default=None, kw_only=True)
    limits: InitVar[Resources | None] = field(default=None, kw_only=True)

    def __post_init__(self, requests: Resources | None, limits: Resources | None) -> None:
        if self.name is _UNNAMED:
            self.name = _name_of_caller()
        self._check_name()
        self.resources = joined_resources(self.resources, requests, limits)
        self.env_vars = env_vars_of(self.env_vars)
        self.depends_on = [_checked_environment(other) for other in _iterated("depends_on", self.depends_on)]
        self.include = tuple(_iterated("include", self.include))
        overrides.apply(self)
        if self.description is not None:
            self.description = self.description[:_LONGEST_DESCRIPTION]
        check_declarations(vars(self))

    def _check_name(self) -> None:
        _check_name(self.name)

    def add_dependency(self, *env: Environment) -> None:
        """Say that this environment's tasks need those of others."""
        for other in env:
            if other is self:
                raise ValueError(f"environment `{self.name}` cannot depend on itself")
            if _checked_environment(other) not in self.depends_on:
                self.depends_on.append(other)

    def clone_with(
        self: E,
        name: str,
        image: Any = None,
        resources: Resources | None = None,
        env_vars: dict[str, str] | None = None,
        secrets: SecretRequest | None = None,
        depends_on: list[Environment] | None = None,
        description: str | None = None,
        interruptible: bool | None = None,
        include: tuple[str, ...] | None = None,
        service_account: str | None = None,
        **kwargs: Any,
    ) -> E:
        """An environment with the same settings, some of them changed, and no tasks; None keeps a setting."""
        given = {key: value for key, value in locals().items() if key not in ("self", "name", "kwargs")}
        changes = {key: value for key, value in {**given, **kwargs}.items() if value is not None}
        kept = {setting.name: getattr(self, setting.name) for setting in fields(self)}
        unknown = sorted(changes.keys() - kept.keys() - {"requests", "limits", "container_reuse"})
        if unknown:
            raise TypeError(f"clone_with() got unexpected keyword arguments: {', '.join(unknown)}")
        if {"requests", "limits"} & changes.keys():
            kept.pop("resources")
        return type(self)(**{**kept, **changes, "name": name})

    def __repr__(self) -> str:
        shown = [
            f"{setting.name}={getattr(self, setting.name)!r}"
            for setting in fields(self)[1:]
            if getattr(self, setting.name) not in (setting.default, None, [], MISSING)
        ]
        return f"{type(self).__name__}({', '.join([repr(self.name), *shown])})"


@dataclass(eq=False, repr=False)
class TaskEnvironment(Environment):
    """An environment for tasks: `@env.task` makes one of a function.

    `triggers` are for all its tasks, except those that name triggers of their own.
    """

    cache: CacheRequest | str | bool = "disable"
    reusable: ReusePolicy | None = None
    plugin_config: Any = None
    queue: str | None = None
    max_concurrency: int = 0
    """Actions of the environment that may run at the same time in one run; zero is no limit."""
    triggers: Any = ()
    container_reuse: InitVar[ReusePolicy | None] = field(default=None, kw_only=True)

    def __post_init__(  # one InitVar more than the base has
        self, requests: Resources | None, limits: Resources | None, container_reuse: ReusePolicy | None
    ) -> None:
        super().__post_init__(requests, limits)
        if self.reusable is None:
            self.reusable = container_reuse
        if self.triggers != ():
            from flyte.trigger import triggers_of  # deferred: few environments have any

            self.triggers = triggers_of(self.triggers)
        if not isinstance(self.cache, (str, bool, Cache)):
            raise TypeError(f"cache must be 'auto', 'override', 'disable' or a flyte.Cache, got {self.cache!r}")
        check_declarations(vars(self))
        if self.reusable is not None and self.plugin_config is not None:
            raise ValueError("plugin_config cannot be used in a reusable environment: drop one of them")
        self._tasks: dict[str, TaskTemplate[..., Any]] = {}

    @property
    def tasks(self) -> dict[str, TaskTemplate[..., Any]]:
        """The environment's tasks by name."""
        return self._tasks

    @classmethod
    def from_task(
        cls, name: str, *tasks: TaskTemplate[..., Any], depends_on: list[Environment] | None = None
    ) -> TaskEnvironment:
        """An environment for tasks that have none yet."""
        environment = cls(name, depends_on=list(depends_on or ()))
        for task in tasks:
            if not isinstance(task, TaskTemplate):
                raise TypeError(f"from_task takes tasks, got {task!r}")
            if task.environment:
                raise ValueError(f"task `{task.name}` already belongs to environment `{task.environment}`")
        for task in tasks:
            task.environment = name
            environment._tasks[task.name] = task
        return environment

    @overload
    def task(self, _func: Callable[P, R], /) -> AsyncFunctionTaskTemplate[P, R]: ...
    @overload
    def task(
        self,
        *,
        short_name: str | None = None,
        cache: CacheRequest | str | bool | None = None,
        retries: int | RetryStrategy = 0,
        timeout: TimeoutType | None = None,
        docs: Any = None,
        pod_template: Any = None,
        report: bool = False,
        interruptible: bool | None = None,
        max_inline_io_bytes: int = MAX_INLINE_IO_BYTES,
        queue: str | None = None,
        service_account: str | None = None,
        triggers: Any = (),
        on_schedule: Any = None,
        links: Any = (),
        task_resolver: Any = None,
        entrypoint: bool = False,
        produces_artifacts: bool = False,
        cache_version: str | None = None,
        resources: Resources | None = None,
        requests: Resources | None = None,
        limits: Resources | None = None,
        env_vars: dict[str, str] | None = None,
        secrets: SecretRequest | None = None,
        image: Any = None,
        max_concurrency: int = 0,
        throttle: Throttle | None = None,
        priority: int = 0,
    ) -> Callable[[Callable[P, R]], AsyncFunctionTaskTemplate[P, R]]: ...
    def task(
        self,
        _func: Callable[..., Any] | None = None,
        *,
        short_name: str | None = None,
        cache: CacheRequest | str | bool | None = None,
        retries: int | RetryStrategy = 0,
        timeout: TimeoutType | None = None,
        docs: Any = None,
        pod_template: Any = None,
        report: bool = False,
        interruptible: bool | None = None,
        max_inline_io_bytes: int = MAX_INLINE_IO_BYTES,
        queue: str | None = None,
        service_account: str | None = None,
        triggers: Any = (),
        on_schedule: Any = None,
        links: Any = (),
        task_resolver: Any = None,
        entrypoint: bool = False,
        produces_artifacts: bool = False,
        cache_version: str | None = None,
        resources: Resources | None = None,
        requests: Resources | None = None,
        limits: Resources | None = None,
        env_vars: dict[str, str] | None = None,
        secrets: SecretRequest | None = None,
        image: Any = None,
        max_concurrency: int = 0,
        throttle: Throttle | None = None,
        priority: int = 0,
    ) -> Any:
        """Make a task of a function; what is not given comes from the environment.

        `on_schedule` is a short way to say one of the `triggers`: a cron expression, a flyte.Cron or a FixedRate.
        """
        own = {
            "cache": cache_of("auto" if cache is None and cache_version else _first(cache, self.cache), cache_version),
            "pod_template": _first(pod_template, self.pod_template),
            "interruptible": _first(interruptible, self.interruptible),
            "queue": _first(queue, self.queue),
            "service_account": _first(service_account, self.service_account),
            "resources": _first(joined_resources(resources, requests, limits), self.resources),
            "env_vars": {**(self.env_vars or {}), **(env_vars_of(env_vars) or {})},
            "secrets": _first(secrets, self.secrets),
            "image": _first(image, self.image),
            "reusable": self.reusable,
            "environment_concurrency": self.max_concurrency,
            "plugin_config": self.plugin_config,
        }
        settings = TaskSettings(
            short_name=short_name or "",
            retries=retries,  # type: ignore[arg-type]  # TaskSettings reads the shorter spellings
            timeout=timeout,  # type: ignore[arg-type]
            docs=docs,
            report=report,
            max_inline_io_bytes=max_inline_io_bytes,
            triggers=_joined_triggers(triggers, on_schedule) or self.triggers,
            links=links,
            task_resolver=task_resolver,
            entrypoint=entrypoint,
            produces_artifacts=produces_artifacts,
            max_concurrency=max_concurrency,
            throttle=throttle,
            priority=priority,
            **own,
        )
        declare = self._declare(settings, cache is not None)
        return declare if _func is None else declare(_func)

    def _declare(
        self, settings: TaskSettings, own_cache: bool
    ) -> Callable[[Callable[P, R]], AsyncFunctionTaskTemplate[P, R]]:
        def declare(func: Callable[P, R]) -> AsyncFunctionTaskTemplate[P, R]:
            name = task_name(func, self.name)
            if own_cache:  # an environment's is for all its tasks, and not all need have the inputs
                check_ignored_inputs(settings.cache, func, name)
            _check_triggers(settings, func, name)
            task = AsyncFunctionTaskTemplate(name=name, func=func, environment=self.name, settings=settings)
            self._tasks[name] = registry[name] = task
            return task

        return declare


def _first(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _joined_triggers(triggers: Any, on_schedule: Any) -> tuple[Any, ...]:
    if on_schedule is None:
        return triggers  # type: ignore[no-any-return]  # TaskSettings reads what people write
    from flyte.trigger import scheduled, triggers_of  # deferred: few tasks have any

    return (*triggers_of(triggers), *scheduled(on_schedule))


def _check_triggers(settings: TaskSettings, func: Callable[..., Any], name: str) -> None:
    if settings.triggers:
        import inspect  # deferred: few tasks have any

        from flyte.trigger import check_trigger_inputs

        check_trigger_inputs(settings.triggers, inspect.signature(func).parameters, name)


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"an environment's name must be a string, got {name!r}")
    if not _NAME.fullmatch(name):
        hint = f"; `{_as_name(name)}` would do" if _as_name(name) else ""
        raise ValueError(
            f"environment name {name!r} must be in snake_case or kebab-case: lower-case letters and digits, "
            f"joined by single _ or -{hint}"
        )


def _as_name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _name_of_caller() -> str:
    """The module that makes the environment, as a name."""
    frame = sys._getframe()
    while frame.f_globals.get("__name__") == __name__ and frame.f_back is not None:
        frame = frame.f_back
    file = frame.f_globals.get("__file__")
    stem = Path(file).stem if file else str(frame.f_globals.get("__name__", "")).rpartition(".")[2]
    return _as_name(stem) or "main"


def _checked_environment(value: object) -> Environment:
    if not isinstance(value, Environment):
        raise TypeError(f"an environment can only depend on environments, got {value!r}")
    return value


def _iterated(name: str, value: Any) -> Iterable[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list, got {value!r}")
    return value
