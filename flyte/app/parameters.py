"""What an app is given when it starts: values, or where values come from. Nothing is fetched here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from flyte.io import Dir, File

Kind: TypeAlias = Literal["string", "file", "directory", "app_endpoint"]

_KINDS = ("string", "file", "directory", "app_endpoint")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class RunOutput:
    """What a run returned: of one run by name, or of the newest run of a task."""

    type: Kind
    run_name: str | None = None
    task_name: str | None = None
    task_version: str | None = None
    task_auto_version: Literal["latest", "current"] | None = None
    getter: tuple[Any, ...] = (0,)
    """Where in the outputs: the number of the output, then keys and indices into it."""

    def __post_init__(self) -> None:
        _check_kind("RunOutput", self.type)
        if (self.run_name is None) == (self.task_name is None):
            raise ValueError("RunOutput takes the name of a run or of a task: give run_name= or task_name=")
        if self.task_auto_version not in (None, "latest", "current"):
            raise ValueError(
                f"RunOutput.task_auto_version must be 'latest' or 'current', got {self.task_auto_version!r}"
            )


@dataclass(frozen=True)
class ArtifactValue:
    """An artifact, of one version or the newest."""

    name: str
    type: Kind | None = None
    version: str | None = None
    project: str | None = None
    domain: str | None = None

    def __post_init__(self) -> None:
        _check_name("ArtifactValue.name", self.name)
        if self.type is not None:
            _check_kind("ArtifactValue", self.type)


@dataclass(frozen=True)
class AppEndpoint:
    """The address of another app: the one inside the cluster, or the public one."""

    app_name: str
    public: bool = False
    type: Literal["string"] = "string"

    def __post_init__(self) -> None:
        _check_name("AppEndpoint.app_name", self.app_name)


_VALUES = (str, File, Dir, RunOutput, ArtifactValue, AppEndpoint)


@dataclass(frozen=True)
class Parameter:
    """One named value of an app, also as an environment variable when `env_var` names one.

    Files and folders are downloaded before the app starts, to `mount` when it is given.
    """

    name: str
    value: str | File | Dir | RunOutput | ArtifactValue | AppEndpoint | None = None
    type: Kind | None = None
    env_var: str | None = None
    download: bool = True
    mount: str | None = None
    ignore_patterns: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        _check_name("Parameter.name", self.name)
        if self.value is not None and not isinstance(self.value, _VALUES):
            known = ", ".join(kind.__name__ for kind in _VALUES)
            raise TypeError(f"parameter `{self.name}`: value must be one of {known}, got {self.value!r}")
        if self.type is not None:
            _check_kind(f"parameter `{self.name}`", self.type)
        if self.env_var is not None and not _VARIABLE.fullmatch(self.env_var):
            raise ValueError(f"parameter `{self.name}`: {self.env_var!r} cannot be the name of an environment variable")

    def __hash__(self) -> int:
        return hash((self.name, self.env_var, self.mount))


def _check_kind(what: str, kind: object) -> None:
    if kind not in _KINDS:
        raise ValueError(f"{what}: type must be one of {', '.join(map(repr, _KINDS))}, got {kind!r}")


def _check_name(what: str, name: object) -> None:
    if not isinstance(name, str) or not name:
        raise ValueError(f"{what} must be a name, got {name!r}")
