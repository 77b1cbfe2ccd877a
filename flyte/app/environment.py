"""`AppEnvironment`: what an app is and what it runs in. It only declares; nothing listens."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flyte.app.parameters import Parameter
from flyte.app.settings import Domain, Link, Port, Scaling, Timeouts
from flyte.environment import Environment
from flyte.resources import Resources

F = TypeVar("F", bound=Callable[..., Any])

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_RUNTIME = "fserve"  # the one command that hands parameters to an app


@dataclass(eq=False, repr=False)
class AppEnvironment(Environment):
    """An environment that is an app: what to start, on which port, how it scales and who may call it.

    What to start is `args` or `command`, as a list or one string, or functions marked with `@env.on_startup`,
    `@env.server` and `@env.on_shutdown`, which get the parameters by name.
    """

    type: str | None = None
    port: int | Port = 8080
    args: list[str] | str | None = None
    command: list[str] | str | None = None
    requires_auth: bool = True
    scaling: Scaling = field(default_factory=Scaling)
    domain: Domain | None = field(default_factory=Domain)
    links: list[Link] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    cluster_pool: str = "default"
    cluster: str | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __post_init__(self, requests: Resources | None, limits: Resources | None) -> None:
        super().__post_init__(requests, limits)
        self.port = self.port if isinstance(self.port, Port) else Port(self.port)
        for name, kind in (("scaling", Scaling), ("timeouts", Timeouts), ("requires_auth", bool)):
            _check_instance(name, getattr(self, name), kind)
        if self.domain is not None:
            _check_instance("domain", self.domain, Domain)
        _check_list("links", self.links, Link)
        _check_list("parameters", self.parameters, Parameter)
        for name in ("args", "command"):
            _check_words(name, getattr(self, name))
        self._check_parameters()
        self._on_startup: Callable[..., Any] | None = None
        self._server: Callable[..., Any] | None = None
        self._on_shutdown: Callable[..., Any] | None = None

    def _check_name(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"an app's name must be a string, got {self.name!r}")
        if not _NAME.fullmatch(self.name):
            better = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
            hint = f"; `{better}` would do" if better else ""
            raise ValueError(
                f"app name {self.name!r} becomes part of an address: lower-case letters, digits and - between them"
                f"{hint}"
            )

    def _check_parameters(self) -> None:
        names = [parameter.name for parameter in self.parameters]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"app `{self.name}`: two parameters are called `{twice}`")
        command = words(self.command)
        if self.parameters and command and command[0] != _RUNTIME:
            raise ValueError(
                f"app `{self.name}`: a command of its own gets no parameters: give args instead of command, or mark a "
                "function with @env.server"
            )

    def get_port(self) -> Port:
        """The port the app listens on."""
        assert isinstance(self.port, Port)  # __post_init__ turned a number into a Port
        return self.port

    def on_startup(self, function: F) -> F:
        """Mark what runs before the app serves; it gets the parameters by name."""
        self._on_startup = function
        return function

    def server(self, function: F) -> F:
        """Mark the function that serves; it gets the parameters by name."""
        self._server = function
        return function

    def on_shutdown(self, function: F) -> F:
        """Mark what runs after the app served; it gets the parameters by name."""
        self._on_shutdown = function
        return function


def words(value: list[str] | str | None) -> list[str]:
    """A command as a list; one string is split as a shell would."""
    return shlex.split(value) if isinstance(value, str) else list(value or ())


def _check_instance(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, got {value!r}")


def _check_list(name: str, value: Any, kind: type) -> None:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, kind) for item in value):
        raise TypeError(f"{name} must be a list of {kind.__name__} values, got {value!r}")


def _check_words(name: str, value: Any) -> None:
    if value is None or isinstance(value, str):
        return
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"{name} must be a string or a list of strings, got {value!r}")
