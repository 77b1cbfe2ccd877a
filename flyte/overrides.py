"""What a project file says about environments, by their names: it wins over what the code says of them.

Whoever loads a user's file declares it first; processes that load the file again get it by their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from flyte.resources import Resources

if TYPE_CHECKING:
    from flyte.environment import Environment


@dataclass(frozen=True)
class Override:
    """Settings of one environment, as plain values, and the place that says so."""

    where: str
    """As people read it: `pyproject.toml:12`."""
    changes: Mapping[str, Any]


_declared: dict[str, Override] = {}
_include: list[str] = []
_met: set[str] = set()


def declare(overrides: Mapping[str, Override], include: Sequence[str] = ()) -> None:
    """Say it of every environment that is made from now on, in place of what was said before.

    `include` is added to the files of all of them.
    """
    _include[:] = include
    _declared.clear()
    _declared.update(overrides)
    _met.clear()


def declared() -> dict[str, Any]:
    """What was declared, as JSON can carry it."""
    environments = {name: (each.where, dict(each.changes)) for name, each in _declared.items()}
    return {"environments": environments, "include": list(_include)}


def declare_again(carried: Mapping[str, Any]) -> None:
    """Declare what another process had declared."""
    environments = {name: Override(where, changes) for name, (where, changes) in carried["environments"].items()}
    declare(environments, carried["include"])


def met() -> frozenset[str]:
    """The names of the environments that were made since."""
    return frozenset(_met)


def apply(environment: Environment) -> None:
    """Change an environment that is being made.

    Raises TypeError and ValueError that name the place that asks for what cannot be.
    """
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
