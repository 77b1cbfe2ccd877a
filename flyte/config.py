"""Settings of config files and variables as one value, for programs. Which value counts is decided elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from flyte.settings.files import BrokenConfig, places
from flyte.settings.resolve import Resolved, Unknown, resolve

__all__ = [
    "BrokenConfig",
    "Config",
    "ImageConfig",
    "LocalConfig",
    "PlatformConfig",
    "TaskConfig",
    "auto",
    "config_of",
    "places",
]


@dataclass(frozen=True)
class PlatformConfig:
    """How to reach a backend, and how to prove who one is."""

    endpoint: str | None = None
    insecure: bool = False
    insecure_skip_verify: bool = False
    ca_cert_file_path: str | None = None
    console_endpoint: str | None = None
    command: list[str] | None = None
    proxy_command: list[str] | None = None
    client_id: str | None = None
    client_credentials_secret: str | None = field(default=None, repr=False)
    scopes: list[str] = field(default_factory=list)
    auth_mode: str = "Pkce"
    """Pkce, DeviceFlow, ClientSecret, ExternalCommand or Passthrough."""
    audience: str | None = None
    rpc_retries: int = 3
    http_proxy_url: str | None = None
    disable_keyring: bool = False


@dataclass(frozen=True)
class TaskConfig:
    """What runs belong to."""

    org: str | None = None
    project: str | None = None
    domain: str | None = None


@dataclass(frozen=True)
class ImageConfig:
    """What builds images, and where they are kept."""

    builder: str | None = None
    image_refs: dict[str, str] = field(default_factory=dict)
    registry: str | None = None


@dataclass(frozen=True)
class LocalConfig:
    """How runs on this machine are recorded."""

    persistence: bool = False
    tracked: bool = False
    tracked_strict: bool = False


@dataclass(frozen=True)
class Config:
    """What a config file says, environment variables on top."""

    platform: PlatformConfig = field(default_factory=PlatformConfig)
    task: TaskConfig = field(default_factory=TaskConfig)
    image: ImageConfig = field(default_factory=ImageConfig)
    local: LocalConfig = field(default_factory=LocalConfig)
    source: Path | None = None
    """The file; None when there is none."""
    unknown: tuple[Unknown, ...] = field(default=(), repr=False, compare=False)
    """Keys of the file that are no settings."""

    @classmethod
    def auto(cls, config_file: str | Path | None = None) -> Config:
        """The same as `flyte.config.auto`."""
        return auto(config_file)

    def with_params(
        self,
        platform: PlatformConfig | None = None,
        task: TaskConfig | None = None,
        image: ImageConfig | None = None,
    ) -> Config:
        """The config with some parts replaced."""
        return replace(self, platform=platform or self.platform, task=task or self.task, image=image or self.image)


def auto(
    config_file: str | Path | None = None, environ: Mapping[str, str] | None = None, profile: str | None = None
) -> Config:
    """Read the file given, or the first of the usual ones that is there.

    Variables win over the file, and count without one. `profile` is the part of the file's `profiles` that wins over
    the rest of it; without one, `FLYTE_PROFILE` or the file's own `profile` says which.

    Raises FileNotFoundError when the file given is not there, and InitializationError (`ConfigFileInvalidError`) with
    file and line when it cannot be read.
    """
    variables = os.environ if environ is None else environ
    return config_of(resolve(variables, file=config_file, profile=profile), variables)


def config_of(resolved: Resolved, environ: Mapping[str, str]) -> Config:
    """The settings as one value."""
    value = resolved.value
    command, proxy_command = value("admin.command"), value("admin.proxyCommand")
    return Config(
        platform=PlatformConfig(
            endpoint=value("endpoint"),
            insecure=value("insecure"),
            insecure_skip_verify=value("admin.insecureSkipVerify"),
            ca_cert_file_path=value("admin.caCertFilePath"),
            console_endpoint=value("console.endpoint"),
            command=None if command is None else list(command),
            proxy_command=None if proxy_command is None else list(proxy_command),
            client_id=value("admin.clientId"),
            client_credentials_secret=_client_secret(resolved, environ),
            scopes=list(value("admin.scopes")),
            auth_mode=value("auth.type"),
            http_proxy_url=value("admin.httpProxyURL"),
            disable_keyring=value("admin.disableKeyring"),
        ),
        task=TaskConfig(org=value("org"), project=value("project"), domain=value("domain")),
        image=ImageConfig(
            builder=value("image.builder"),
            image_refs=dict(value("image.image_refs")),
            registry=value("image.registry"),
        ),
        local=LocalConfig(
            persistence=value("local.persistence"),
            tracked=value("local.tracked"),
            tracked_strict=value("local.tracked_strict"),
        ),
        source=resolved.file,
        unknown=resolved.unknown,
    )


def _client_secret(resolved: Resolved, environ: Mapping[str, str]) -> str | None:
    variable = resolved.value("admin.clientSecretEnvVar")
    if variable is not None and environ.get(variable):
        return environ[variable]
    location = resolved.value("admin.clientSecretLocation")
    if location is None:
        return None
    try:
        return Path(location).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None  # whoever needs it says so: local runs do not
