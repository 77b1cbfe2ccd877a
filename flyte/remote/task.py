"""References to tasks that were deployed before. They are checked when made; calling one needs a backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from flyte.backend import refuse


@dataclass(frozen=True)
class RemoteTask:
    """A task of a backend by name, and which version of it."""

    name: str
    project: str | None = None
    domain: str | None = None
    version: str | None = None
    auto_version: Literal["latest", "current"] | None = None

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise ValueError(f"Task.get needs the name of a task, `environment.task`, got {self.name!r}")
        if self.version is not None and self.auto_version is not None:
            raise ValueError(f"task `{self.name}`: version and auto_version exclude each other: give one of them")
        if self.auto_version not in (None, "latest", "current"):
            raise ValueError(
                f"task `{self.name}`: auto_version must be 'latest' or 'current', got {self.auto_version!r}"
            )

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NotImplementedError: this version cannot call it."""
        refuse(f"calling the remote task `{self.name}`")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


class Task:
    """Tasks that were deployed."""

    @classmethod
    def get(
        cls,
        name: str,
        project: str | None = None,
        domain: str | None = None,
        version: str | None = None,
        auto_version: Literal["latest", "current"] | None = None,
    ) -> RemoteTask:
        """Refer to a task by its name; nothing is looked up. Without a version it is the latest.

        Raises ValueError for versions that contradict each other.
        """
        if version is None and auto_version is None:
            auto_version = "latest"
        return RemoteTask(name, project, domain, version, auto_version)
