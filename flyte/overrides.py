"""What a project file says about environments, by their names: it wins over what the code says of them.

Whoever loads a user's file declares it first; processes that load the file again get it by their order. In a program
that is started with Python nobody does, so the first environment looks for the project file, and whoever can read one
is found through an entry point.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from flyte.resources import Resources

if TYPE_CHECKING:
    from flyte.environment import Environment


READERS = "flyte.project"
"""The entry points of functions that declare what the project file around a folder says."""
_FILES = (("flyte.toml", (b"",)), ("pyproject.toml", (b"tool.flyte", b"[tool]")))
"""Where projects are declared, and what tells such a file: most that name flyte only depend on it."""


@dataclass(frozen=True)
class Override:
    """Settings of one environment, as plain values, and the place that says so."""

    where: str
    """As people read it: `pyproject.toml:12`."""
    changes: Mapping[str, Any]


_declared: dict[str, Override] = {}
_include: list[str] = []
_images: dict[str, str] = {}
_source_root: str | None = None
_met: set[str] = set()
_is_declared = False


def declare(
    overrides: Mapping[str, Override],
    include: Sequence[str] = (),
    images: Mapping[str, str] | None = None,
    source_root: str | None = None,
) -> None:
    """Say it of every environment that is made from now on, in place of what was said before.

    `include` is added to the files of all of them, `images` are images by name, and imports start at `source_root`.
    """
    global _is_declared, _source_root
    _is_declared, _source_root = True, source_root
    _include[:] = include
    _images.clear()
    _images.update(images or {})
    _declared.clear()
    _declared.update(overrides)
    _met.clear()


def declared() -> dict[str, Any]:
    """What was declared, as JSON can carry it."""
    environments = {name: (each.where, dict(each.changes)) for name, each in _declared.items()}
    return {"environments": environments, "include": list(_include), "images": dict(_images)}


def declare_again(carried: Mapping[str, Any]) -> None:
    """Declare what another process had declared."""
    environments = {name: Override(where, changes) for name, (where, changes) in carried["environments"].items()}
    declare(environments, carried["include"], carried["images"])


def look(folder: str) -> None:
    """Have the project file that a folder is in count, unless something was declared.

    Raises InitializationError for a project file that cannot be used.
    """
    if _is_declared:
        return
    declare({})
    if not _is_in_project(folder):
        return
    from importlib.metadata import entry_points  # deferred: 15 ms, and most programs are in no project

    for reader in entry_points(group=READERS):
        reader.load()(folder)


def _is_in_project(folder: str) -> bool:
    """Whether there may be a project file: 20 us."""
    while True:
        for name, telling in _FILES:
            try:
                with open(os.path.join(folder, name), "rb") as file:
                    text = file.read()
            except OSError:
                continue
            if any(each in text for each in telling):
                return True
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # the folder is gone
        return os.sep


def source_root() -> str | None:
    """The folder that imports of the project start at, if it says one."""
    return _source_root


def images() -> Mapping[str, str]:
    """The images that the project file names."""
    look(_here())
    return _images


def met() -> frozenset[str]:
    """The names of the environments that were made since."""
    return frozenset(_met)


def apply(environment: Environment) -> None:
    """Change an environment that is being made.

    Raises TypeError and ValueError that name the place that asks for what cannot be.
    """
    look(_here())
    _met.add(environment.name)
    environment.include = tuple(dict.fromkeys((*environment.include, *_include)))
    override = _declared.get(environment.name)
    if override is None:
        return
    known = {each.name for each in fields(environment)}
    for name, value in override.changes.items():
        if name not in known:
            kind = type(environment).__name__
            raise TypeError(f"{override.where}: a {kind} such as `{environment.name}` has no {name}")
        try:
            setattr(environment, name, _changed(getattr(environment, name), name, value))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{override.where}: {error}") from error


def _changed(now: Any, name: str, value: Any) -> Any:
    """Tables change one by one what they name, files are added, and the rest is replaced."""
    if name == "resources":
        changes = {key: tuple(each) if isinstance(each, list) else each for key, each in value.items()}
        return replace(now or Resources(), **changes)
    if name == "env_vars":
        return {**(now or {}), **value}
    return (*now, *value) if name == "include" else value
