"""When a task's result may be used again, and what makes two calls the same.

A declaration, checked here; the engine looks results up and keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol, TypeAlias

from flyte.durations import duration
from flyte.near_miss import hint_for

Behavior: TypeAlias = Literal["auto", "override", "disable"]

_SPELLINGS: dict[object, Behavior] = {
    "auto": "auto",
    "override": "override",
    "disable": "disable",
    **dict.fromkeys(("enable", "enabled", "on", "true", "yes", True), "auto"),
    **dict.fromkeys(("off", "no", "none", "false", False), "disable"),
}


@dataclass(frozen=True)
class VersionParameters:
    """What a policy may look at to name a version."""

    func: Callable[..., Any]


class CachePolicy(Protocol):
    """Names the version of a task: results of another version are not used."""

    def get_version(self, salt: str, params: VersionParameters) -> str:
        """A text that changes whenever old results must not be used any more."""


class FunctionBodyPolicy:
    """The version follows the text of the task's own function, and nothing it calls: what the peer does."""

    def get_version(self, salt: str, params: VersionParameters) -> str:
        """A hash of the function's syntax tree, its decorators included, and of the salt."""
        from flyte.code_version import body_version  # deferred: reads the function's source

        return body_version(params.func, salt)


class CodePolicy:
    """The version follows the task's function and what that uses of the user's own files: the one for no policies.

    Counted are functions, classes and constants, directly or through one another. Installed packages are not, nor are
    other tasks. For a task that uses nothing of the kind it is the version of `FunctionBodyPolicy`.
    """

    def get_version(self, salt: str, params: VersionParameters) -> str:
        """A hash of all of that, and of the salt."""
        from flyte.code_version import code_version  # deferred: reads the user's files

        return code_version(params.func, salt)


@dataclass(frozen=True)
class Cache:
    """Whether results are used again.

    `behavior` is `auto` or `disable`; `override` is `auto` for a version that is said, and reads its entry the second
    time (to run again and replace what is kept, use `flyte.with_runcontext(overwrite_cache=True)`). Without
    `version_override` the version follows the policies: by default the code, as `CodePolicy` has it. `serialize`: of
    equal calls at the same time, in any run on this machine, one computes and the others wait for its result.
    `ignored_inputs` do not make two calls different. Results older than `max_age` (a timedelta or seconds) are not
    used.

    Raises ValueError or TypeError for what cannot be meant.
    """

    behavior: Behavior
    version_override: str | None = None
    serialize: bool = False
    ignored_inputs: tuple[str, ...] | str = ()
    salt: str = ""
    policies: list[CachePolicy] | CachePolicy | None = None
    max_age: timedelta | int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "behavior", _behavior(self.behavior))
        object.__setattr__(self, "ignored_inputs", _names(self.ignored_inputs))
        if self.policies is not None and not isinstance(self.policies, list):
            object.__setattr__(self, "policies", [self.policies])
        if self.policies == [] and self.version_override is None:
            raise ValueError("policies is empty and there is no version_override: leave policies out to use the code")
        if self.max_age is not None:
            object.__setattr__(self, "max_age", duration(self.max_age, "Cache.max_age"))
            if not self.max_age_seconds:
                raise ValueError("Cache.max_age must be more than zero: no result would be used; leave the cache out")
        if self.version_override is not None and not isinstance(self.version_override, str):
            raise TypeError(f"Cache.version_override must be a string, got {self.version_override!r}")

    def __hash__(self) -> int:
        return hash((self.behavior, self.version_override, self.ignored_inputs, self.salt))

    @property
    def max_age_seconds(self) -> float | None:
        """How long a result is good for; None is for ever."""
        return duration(self.max_age, "Cache.max_age").total_seconds() if self.max_age is not None else None

    def is_enabled(self) -> bool:
        """Whether results are kept at all."""
        return self.behavior != "disable"

    def get_ignored_inputs(self) -> tuple[str, ...]:
        """The inputs that do not make two calls different."""
        return _names(self.ignored_inputs)

    def get_version(self, params: VersionParameters | None = None) -> str:
        """The version of the task's results."""
        if self.version_override is not None:
            return self.version_override
        if params is None:
            raise ValueError("a cache without version_override needs a function to name its version")
        policies = self.policies or [CodePolicy()]
        assert isinstance(policies, list)  # __post_init__ made a list of a single one
        return _digest("".join(policy.get_version(self.salt, params) for policy in policies))

    def get_version_parts(self, params: VersionParameters, name: str) -> tuple[tuple[str, str], ...]:
        """What the version of a task of that name is made of, each with a short digest."""
        if self.version_override is not None:
            return (("version", self.version_override),)
        if not self.policies:
            from flyte.code_version import version_parts  # deferred: reads the user's files

            return version_parts(params.func, name)
        assert isinstance(self.policies, list)
        return tuple(
            (f"policy {type(policy).__name__}", _digest(policy.get_version(self.salt, params))[:12])
            for policy in self.policies
        )


CacheRequest: TypeAlias = Behavior | Cache


def cache_of(request: CacheRequest | str | bool, version: str | None = None) -> Cache:
    """Read what `cache=` and `cache_version=` accept."""
    if not isinstance(request, Cache):
        return Cache(_behavior(request), version_override=version)
    if version is not None:
        raise TypeError("cache_version goes with a plain cache=...; a flyte.Cache takes version_override")
    return request


def check_ignored_inputs(cache: Cache, func: Callable[..., Any], task: str) -> None:
    """Refuse ignored inputs that the function does not have: a typo would keep two calls different for ever.

    Raises ValueError that names the task, its place, and the near miss.
    """
    if not cache.ignored_inputs:
        return
    import inspect

    known = list(inspect.signature(func).parameters)
    for name in cache.get_ignored_inputs():
        if name not in known:
            code = getattr(inspect.unwrap(func), "__code__", None)
            place = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
            hint = hint_for(name, known) or (f"it has {', '.join(known)}" if known else "it has none")
            raise ValueError(f"task `{task}`{place}: Cache.ignored_inputs names `{name}`, which is no input: {hint}")


def _behavior(value: object) -> Behavior:
    spelled = value.lower() if isinstance(value, str) else value
    if isinstance(spelled, (str, bool)) and spelled in _SPELLINGS:
        return _SPELLINGS[spelled]
    hint = isinstance(spelled, str) and hint_for(spelled, ("auto", "override", "disable"))
    raise ValueError(
        f"cache must be 'auto', 'override', 'disable' or a flyte.Cache, got {value!r}" + f" ({hint})" * bool(hint)
    )


def _names(value: object) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"Cache.ignored_inputs must be a name or a tuple of names, got {value!r}")
    return tuple(names)


def _digest(text: str) -> str:
    import hashlib  # deferred: 2 ms that few programs need

    return hashlib.sha256(text.encode()).hexdigest()
