"""Logins of registries as a secret: the content of docker's config.json, from what is typed or from docker itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flyte_cli.errors import Misuse
from flyte_cli.near_miss import listed, nearest
from flyte_cli.ops.host import Host


@dataclass(frozen=True)
class RegistryLogin:
    """What was said about a login, or where docker keeps some."""

    registry: str | None = None
    username: str | None = None
    password: str | None = None
    from_docker: bool = False
    docker_config: str | None = None
    registries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        typed, docker = self._typed(), self._of_docker()
        if typed and (self.from_docker or docker):
            other = "--from-docker-config" if self.from_docker else docker[0]
            raise Misuse(f"`{typed[0]}` and `{other}` both say what the login is", help=["give one of them"])
        if docker and not self.from_docker:
            raise Misuse(f"`{docker[0]}` is about the logins of docker", help=["add `--from-docker-config`"])
        if typed and self.registry is None:
            raise Misuse(f"`{typed[0]}` is of which registry?", help=["add `--registry HOST`"])

    def _typed(self) -> list[str]:
        given = {"--registry": self.registry, "--username": self.username, "--password": self.password}
        return [option for option, each in given.items() if each is not None]

    def _of_docker(self) -> list[str]:
        given = {"--docker-config-path": self.docker_config, "--registries": self.registries or None}
        return [option for option, each in given.items() if each is not None]

    @property
    def said(self) -> list[str]:
        """The options that were given."""
        return [*self._typed(), *(["--from-docker-config"] if self.from_docker else [])]


NO_LOGIN = RegistryLogin()


def login_text(name: str, login: RegistryLogin, host: Host) -> str:
    """The value of a secret; what is missing of a login is asked for."""
    if login.from_docker:
        return _document(_logins_of_docker(login, host))
    registry = login.registry or _asked(host.ask("registry, like ghcr.io: "), name, "--registry HOST")
    username = login.username or _asked(host.ask(f"user name at {registry}: "), name, "--username NAME")
    password = login.password or _asked(
        host.ask_hidden(f"password of {username} at {registry}: "), name, "--password TEXT"
    )
    return _document({registry: {"auth": base64.b64encode(f"{username}:{password}".encode()).decode()}})


def _asked(answer: str | None, name: str, option: str) -> str:
    if not answer:
        why = ", and nobody to ask" if answer is None else ""
        raise Misuse(f"the login for `{name}` is not complete{why}", help=[f"add `{option}`"])
    return answer


def _document(logins: Mapping[str, Any]) -> str:
    return json.dumps({"auths": dict(logins)}, sort_keys=True)


def _logins_of_docker(login: RegistryLogin, host: Host) -> Mapping[str, Any]:
    path = _docker_config(login, host)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        known: dict[str, Any] = dict(found.get("auths") or {})
    except OSError as error:
        raise Misuse(
            f"cannot read {path}: {error.strerror}", help=["docker login HOST", "add `--registry HOST`"]
        ) from error
    except (ValueError, AttributeError, TypeError) as error:
        raise Misuse(f"{path} is not what docker writes: {error}") from error
    if not known:
        raise Misuse(f"docker is logged in nowhere: {path}", help=["docker login HOST", "add `--registry HOST`"])
    for wanted in login.registries:
        if wanted not in known:
            guess = nearest(wanted, list(known))
            help = f"did you mean `{guess}`?   " if guess else ""
            raise Misuse(f"docker is not logged in at `{wanted}`", help=[f"{help}it is at {listed(list(known))}"])
    chosen = {name: known[name] for name in login.registries or known}
    elsewhere = [name for name, each in chosen.items() if not (isinstance(each, dict) and each.get("auth"))]
    if elsewhere:
        raise Misuse(
            f"docker keeps the login of {listed(elsewhere)} in a program of its own, not in {path}",
            help=[f"add `--registry {elsewhere[0]}` instead, and type it"],
        )
    return chosen


def _docker_config(login: RegistryLogin, host: Host) -> Path:
    if login.docker_config is not None:
        return Path(host.folder(), Path(login.docker_config).expanduser())
    folder = host.environment.get("DOCKER_CONFIG") or Path(host.environment.get("HOME") or Path.home(), ".docker")
    return Path(host.folder(), folder, "config.json")
