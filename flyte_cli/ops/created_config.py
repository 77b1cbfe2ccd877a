"""Write a config file: what is in it, what it would replace. No terminal here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flyte.settings.keys import AUTH_TYPES, folded
from flyte_cli.errors import Misuse
from flyte_cli.near_miss import nearest
from flyte_cli.ops.config import DEFAULT_PLACE
from flyte_cli.ops.host import Host
from flyte_cli.settings.writing import write_whole
from flyte_cli.sources import shown_path

BUILDERS = ("local", "local-podman", "remote")
DEVBOX = ("localhost:30080", "flytesnacks", "development")
"""Endpoint, project and domain that `--devbox` stands for; the help of the peer's `create config`."""

_SCHEME = re.compile(r"^(https?://|dns:///)")
_ADDRESS = re.compile(r"[\d.]+|\[.*\]")


def check_builder(name: str | None) -> None:
    """Refuse what builds no images."""
    if name is not None and name not in BUILDERS:
        raise _not_among("--builder", name, BUILDERS)


@dataclass(frozen=True)
class NewConfig:
    """What a new config file is to say, and where it goes."""

    endpoint: str | None = None
    insecure: bool = False
    org: str | None = None
    project: str | None = None
    domain: str | None = None
    builder: str | None = None
    registry: str | None = None
    auth_type: str | None = None
    local_persistence: bool = False
    local_tracked: bool = False
    devbox: bool = False
    output: str | None = None
    yes: bool = False

    def __post_init__(self) -> None:
        if self.devbox and self.endpoint is not None:
            raise Misuse("`--devbox` and `--endpoint` both say where the backend is", help=["leave one of them out"])
        check_builder(self.builder)
        if self.auth_type is not None and folded(self.auth_type) not in AUTH_TYPES:
            raise _not_among("--auth-type", self.auth_type, tuple(AUTH_TYPES))

    def says_something(self) -> bool:
        """Whether anything was asked for besides the place."""
        return replace(self, output=None, yes=False) != NewConfig()


@dataclass(frozen=True)
class CreatedConfig:
    """What became of the file: `created`, `replaced`, or `kept` when it says the same already."""

    file: Path
    change: str
    text: str


def create_config(new: NewConfig, host: Host, on_diff: Callable[[Sequence[str]], None]) -> CreatedConfig:
    """Write the file; one that is there is replaced once somebody agrees, who is shown the difference."""
    file = Path(host.folder(), Path(new.output).expanduser() if new.output else DEFAULT_PLACE)
    if file.is_dir():
        file = file / "config.yaml"
    text = config_text(new if new.says_something() else _asked(new, host))
    before = _content(file)
    if before == text:
        return CreatedConfig(file, "kept", text)
    if before is not None and not new.yes:
        _agreed(file, before, text, host, on_diff)
    write_whole(file, text)
    return CreatedConfig(file, "created" if before is None else "replaced", text)


def config_text(new: NewConfig) -> str:
    """What the file says."""
    import yaml  # deferred: 0.02 s

    new = _for_devbox(new) if new.devbox else new
    endpoint = None if new.endpoint is None else address(new.endpoint)
    sections: dict[str, dict[str, Any]] = {
        "admin": {
            "endpoint": endpoint,
            "insecure": new.insecure or None,
            "authType": None if new.auth_type is None else AUTH_TYPES[folded(new.auth_type)],
        },
        "image": {"builder": new.builder or "local", "registry": new.registry},
        "local": {"persistence": new.local_persistence or None, "tracked": new.local_tracked or None},
        "task": {"org": new.org or organisation(endpoint), "project": new.project, "domain": new.domain},
    }
    said = {name: {key: value for key, value in each.items() if value is not None} for name, each in sections.items()}
    text: str = yaml.safe_dump({name: each for name, each in said.items() if each}, sort_keys=False, allow_unicode=True)
    return text


def _for_devbox(new: NewConfig) -> NewConfig:
    endpoint, project, domain = DEVBOX
    project, domain = new.project or project, new.domain or domain
    return replace(new, devbox=False, insecure=True, endpoint=endpoint, project=project, domain=domain)


def address(text: str) -> str:
    """The address of a backend as clients want it: a bare or an https host becomes `dns:///host`; surface.md 2.18."""
    return "dns:///" + _SCHEME.sub("", text.strip()).rstrip("/")


def organisation(endpoint: str | None) -> str | None:
    """The first label of a host with three or more: that of `dns:///acme.flyte.example` is `acme`."""
    host = _SCHEME.sub("", endpoint or "").partition("/")[0].partition(":")[0]
    labels = host.split(".")
    return labels[0] if len(labels) > 2 and not _ADDRESS.fullmatch(host) else None


def _asked(new: NewConfig, host: Host) -> NewConfig:
    """What somebody answers; without anybody, a config for runs on this machine."""
    endpoint = host.ask("address of a backend, empty for runs on this machine only: ")
    if not endpoint:
        return replace(new, local_persistence=True)
    project, domain = (host.ask(f"{name}, may be empty: ") or None for name in ("project", "domain"))
    return replace(new, endpoint=endpoint, project=project, domain=domain)


def _content(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misuse(f"cannot read {file}: {error.strerror}") from error


def _agreed(file: Path, before: str, text: str, host: Host, on_diff: Callable[[Sequence[str]], None]) -> None:
    shown = shown_path(str(file), host.folder())
    lines = difflib.unified_diff(before.splitlines(), text.splitlines(), shown, f"{shown} (new)", lineterm="", n=2)
    on_diff(list(lines))
    answer = host.confirm(f"replace {shown}?")
    if answer is None:
        raise Misuse(f"{shown} is there already, and nobody to ask whether it may be replaced", help=["add `--yes`"])
    if not answer:
        raise Misuse(f"{shown} was not changed")


def _not_among(option: str, value: str, known: Sequence[str]) -> Misuse:
    guess = nearest(value, known)
    hint = f"did you mean `{guess}`?   " if guess else ""
    return Misuse(f"`{option}` has no `{value}`", help=[f"{hint}it takes {', '.join(known)}"])
