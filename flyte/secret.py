"""A secret a task needs: which one, and where the task finds it. It only declares: values are not its business."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, Union

if TYPE_CHECKING:
    from pathlib import Path

    from flyte.task import TaskTemplate

MOUNT = "/etc/flyte/secrets"
"""The one folder that `mount=` takes, as a backend has it; surface.md 2.13."""

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")  # wire.md 7.1
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # it becomes the name of a file


@dataclass(frozen=True)
class Secret:
    """A secret by its key, which the task finds in a variable, or in a file when `mount` is given.

    The variable is `as_env_var`, or else the key in capitals with `_` for `-`, after the group and `_` if there is one.
    Raises TypeError or ValueError for what cannot be a key, a variable or a mount.
    """

    key: str
    group: str | None = None
    mount: Path | str | None = None
    as_env_var: str | None = None

    def __post_init__(self) -> None:
        _check_key("key", self.key)
        if self.group:
            _check_key("group", self.group)
        if self.mount is not None:
            _check_mount(self.key, self.mount)
        elif self.as_env_var is None:
            object.__setattr__(self, "as_env_var", _variable_of(self.key, self.group))
        if self.as_env_var is not None:
            _check_variable(self.key, self.as_env_var)

    def stable_hash(self) -> str:
        """The same text for equal secrets, in every process."""
        import hashlib  # deferred: 5 ms, and few ask

        parts = (self.key, self.group or "", str(self.mount or ""), self.as_env_var or "")
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


SecretRequest: TypeAlias = Union[str, Secret, "list[str | Secret]"]


class SecretUse(NamedTuple):
    """One secret of a task: what its worker puts where. It travels as a list of four."""

    key: str
    group: str | None
    variable: str | None
    """What holds the value; the path of the file for a mounted one."""
    mount: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be called in a store, the best first."""
        return (f"{self.group}/{self.key}", self.key) if self.group else (self.key,)

    @property
    def outside_variable(self) -> str:
        """The variable of the surroundings that stands in for a store that has no such secret."""
        return self.variable or _variable_of(self.key, self.group)


def secrets_of(value: Any) -> tuple[Secret, ...]:
    """Read what `secrets=` accepts: a name, a Secret, or a list of them.

    Raises TypeError for anything else, ValueError where two would be found in the same place.
    """
    if value is None:
        return ()
    listed = value if isinstance(value, (list, tuple)) else (value,)
    secrets = tuple(dict.fromkeys(_secret(each) for each in listed))
    _check_apart(secrets)
    return secrets


def uses_of(task: TaskTemplate[..., Any]) -> tuple[SecretUse, ...]:
    """What the workers of a task put where."""
    if not task.secrets:
        return ()
    return tuple(
        SecretUse(each.key, each.group or None, each.as_env_var, MOUNT if each.mount is not None else None)
        for each in secrets_of(task.secrets)
    )


def check_secret_variables(secrets: Any, env_vars: dict[str, str] | None) -> None:
    """Raises ValueError when a variable is to hold both a secret and something else."""
    for secret in secrets_of(secrets):
        if secret.as_env_var in (env_vars or ()):
            raise ValueError(
                f"variable {secret.as_env_var} is in env_vars, and secret `{secret.key}` is to be in it: "
                "drop one, or give the secret another as_env_var"
            )


def _secret(value: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return Secret(value)
    raise TypeError(f"secrets must be a name, a flyte.Secret or a list of them, got {value!r}")


def _check_apart(secrets: tuple[Secret, ...]) -> None:
    places: dict[str, Secret] = {}
    for secret in secrets:
        file = [f"file {MOUNT}/{secret.key}"] if secret.mount is not None else []
        variable = [f"variable {secret.as_env_var}"] if secret.as_env_var is not None else []
        for place in (*file, *variable):
            other = places.setdefault(place, secret)
            if other is not secret:
                raise ValueError(
                    f"secrets {_named(other)} and {_named(secret)} would both be in {place}: "
                    "give one of them another as_env_var, or drop it"
                )


def _named(secret: Secret) -> str:
    return f"`{secret.group}/{secret.key}`" if secret.group else f"`{secret.key}`"


def _variable_of(key: str, group: str | None) -> str:
    return (f"{group}_{key}" if group else key).upper().replace("-", "_")


def _check_key(what: str, key: object) -> None:
    if not isinstance(key, str):
        raise TypeError(f"a secret's {what} must be a string, got {key!r}")
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"a secret's {what} is made of letters, digits, `_`, `-` and `.`, and starts with none of the last two: "
            f"got {key!r}"
        )


def _check_mount(key: str, mount: object) -> None:
    if str(mount).rstrip("/") != MOUNT:
        raise ValueError(f"secret `{key}` can only be mounted at {MOUNT}, got {str(mount)!r}")


def _check_variable(key: str, variable: object) -> None:
    if not isinstance(variable, str):
        raise TypeError(f"secret `{key}`: as_env_var must be a string, got {variable!r}")
    if not _VARIABLE.fullmatch(variable):
        would_do = re.sub(r"[^A-Z0-9_]", "_", variable.upper())
        hint = f": as_env_var={would_do!r} would do" if _VARIABLE.fullmatch(would_do) else ""
        raise ValueError(
            f"secret `{key}` would be in the variable {variable!r}, but names of variables are capitals, digits and "
            f"`_`, and do not start with a digit{hint}"
        )
