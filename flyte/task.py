"""A task: a function, how it is to be run, and the one decision a call makes.

Outside a run a task is its function. Inside one, calls go to the host of the action that calls. What a host does
with them is none of this file's business.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast, overload

from flyte.cache import Cache, VersionParameters, check_ignored_inputs
from flyte.context import current
from flyte.docstring import parameter_docs
from flyte.task_settings import TaskSettings, overridden

if TYPE_CHECKING:
    from flyte._core import Signature
    from flyte.models import NativeInterface
    from flyte.resources import Resources
    from flyte.retry import RetryStrategy
    from flyte.reuse import ReusePolicy
    from flyte.secret import SecretRequest
    from flyte.throttle import Throttle
    from flyte.timeout import Timeout

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

registry: dict[str, TaskTemplate[..., Any]] = {}
"""Every declared task by name; the last one declared under a name wins."""


class TaskTemplate(Generic[P, R]):
    """What `@env.task` makes of a function."""

    image: Any
    resources: Resources | None
    cache: Cache
    interruptible: bool
    retries: RetryStrategy
    reusable: ReusePolicy | None
    docs: Any
    env_vars: dict[str, str]
    secrets: SecretRequest | None
    service_account: str | None
    timeout: Timeout | None
    pod_template: Any
    report: bool
    queue: str | None
    entrypoint: bool
    produces_artifacts: bool
    max_inline_io_bytes: int
    triggers: tuple[Any, ...]
    links: tuple[Any, ...]
    max_concurrency: int
    throttle: Throttle | None
    priority: int
    task_resolver: Any
    plugin_config: Any
    task_type: str = "python"

    def __init__(
        self, *, name: str, func: Callable[P, R], environment: str = "", settings: TaskSettings | None = None
    ) -> None:
        code = getattr(inspect.unwrap(func), "__code__", None)
        self.func = func
        self.name = name
        self.environment = environment
        self.is_async = inspect.iscoroutinefunction(func)
        self.module: str = func.__module__
        self.source_file: str | None = code.co_filename if code else None
        self.source_line: int = code.co_firstlineno if code else 0
        self.doc: str = func.__doc__ or ""
        functools.update_wrapper(self, func, updated=())
        self._compiled: dict[str, Any] = {}  # shared with overridden copies: the function is the same
        self._apply(settings or TaskSettings())

    def _apply(self, settings: TaskSettings) -> None:
        self.settings = settings
        self.__dict__.update(vars(settings))
        self.short_name: str = settings.short_name or self.func.__name__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        action = current.get()
        if action is None:
            return self.func(*args, **kwargs)
        return action.host.call(action, self, args, kwargs)  # type: ignore[no-any-return]

    @overload
    def aio(
        self: TaskTemplate[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def aio(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]: ...
    def aio(self, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, Any]:
        """Call without blocking: works the same for sync and async tasks."""
        action = current.get()
        if action is None:
            return self._aio_outside_a_run(*args, **kwargs)
        return cast("Coroutine[Any, Any, Any]", action.host.submit(action, self, args, kwargs))

    async def _aio_outside_a_run(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        if self.is_async:
            return await cast("Awaitable[Any]", self.func(*args, **kwargs))
        import asyncio  # deferred: 20 ms, and whoever awaits has it already

        return await asyncio.to_thread(self.func, *args, **kwargs)

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the plain function, also inside a run."""
        return self.func(*args, **kwargs)

    def override(self, **settings: Any) -> TaskTemplate[P, R]:
        """A copy with other settings; it keeps its name and image.

        Takes `short_name, resources, cache, retries, timeout, reusable ("off" to leave it), env_vars, secrets,
        service_account, max_inline_io_bytes, pod_template, queue, interruptible, entrypoint, produces_artifacts,
        links, max_concurrency, throttle, priority, plugin_config`, and `limits`, `requests`, `cache_version` as other
        words for parts of them.
        """
        return self.with_settings(overridden(self.settings, settings))

    with_overrides = override

    def with_settings(self, settings: TaskSettings) -> TaskTemplate[P, R]:
        """A copy with these settings."""
        twin = object.__new__(type(self))  # not copy.copy, which gives an importable task back as itself
        twin.__dict__.update(self.__dict__)
        for cached in ("version", "version_parts"):
            twin.__dict__.pop(cached, None)
        twin._apply(settings)
        if settings.cache != self.settings.cache:
            check_ignored_inputs(twin.cache, self.func, self.name)
        return twin

    @functools.cached_property
    def signature(self) -> Signature:
        """The compiled conversion of inputs and outputs."""
        if "signature" not in self._compiled:
            from flyte.types.plan import Pickled, signature_of  # deferred: most programs run few of their tasks

            pickled = Pickled(self.name)
            self._compiled["signature"] = signature_of(self.func, self.name, pickled)
            self._compiled["pickled"] = pickled
        return cast("Signature", self._compiled["signature"])

    def warn_of_pickles(self, is_first: Callable[[str], bool]) -> None:
        """Say what of its inputs and outputs has no encoding: once, and by whoever calls it, not by who runs it."""
        _ = self.signature
        pickled = self._compiled.pop("pickled", None)
        if pickled is not None:
            pickled.warn(is_first)

    @functools.cached_property
    def version(self) -> str:
        """What changes when the task's code does."""
        return self.cache.get_version(VersionParameters(func=self.func))

    @functools.cached_property
    def version_parts(self) -> tuple[tuple[str, str], ...]:
        """What the version is made of: `("task clean", digest), ("function helpers.fix", digest), ...`."""
        return self.cache.get_version_parts(VersionParameters(func=self.func), self.func.__name__)

    @functools.cached_property
    def parameter_docs(self) -> dict[str, str]:
        """What the docstring says about each parameter."""
        return parameter_docs(self.doc)

    @functools.cached_property
    def native_interface(self) -> NativeInterface:
        """The parameters and results as Python types."""
        from flyte.models import NativeInterface  # deferred: resolves annotations, which may import the user's types

        return NativeInterface.from_callable(self.func)

    @functools.cached_property
    def json_schema(self) -> dict[str, Any]:
        """The JSON schema of the inputs, with what the docstring says about each."""
        from flyte.types.interface_schema import input_schema  # deferred: few programs ask

        return input_schema(self.native_interface.inputs, self.parameter_docs)

    @property
    def interface(self) -> NativeInterface:
        """Another word for `native_interface`."""
        return self.native_interface

    @property
    def parent_env_name(self) -> str:
        """The name of the task's environment."""
        return self.environment

    def __repr__(self) -> str:
        return f"<task {self.name}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A task somebody can import travels by name, so that it arrives as itself; others travel whole.
        if self.module != "__main__" and _importable(self.module, self.func.__qualname__) is self:
            return _importable, (self.module, self.func.__qualname__)
        return super().__reduce_ex__(protocol)

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in self.__dict__.items() if name not in ("signature", "native_interface")}
        return {**kept, "_compiled": {}}


class AsyncFunctionTaskTemplate(TaskTemplate[P, R]):
    """A task made of a Python function, sync or async."""


def task_name(func: Callable[..., Any], environment: str) -> str:
    """The name of a function's task; refuses what cannot be one."""
    if isinstance(func, TaskTemplate):
        raise TypeError(
            f"`{func.name}` already is a task: decorate the plain function, or use {func.name}.override(...)"
        )
    name = getattr(func, "__name__", "")
    if not name:
        raise TypeError(f"@env.task makes tasks of functions, got {func!r}")
    for parameter in inspect.signature(func).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ValueError(
                f"task `{name}`: {parameter} cannot be an input, as inputs have names: use a list or a dict parameter"
            )
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise ValueError(
                f"task `{name}`: `{parameter.name}` is positional-only, but inputs are bound by name: drop the /"
            )
    return f"{environment}.{name}"


def _importable(module: str, qualname: str) -> Any:
    found: Any = sys.modules.get(module)
    if found is None:
        import importlib  # deferred: only where a task arrives before its module

        found = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found
