"""How to reach object stores: endpoints, credentials, patience. Values only; nothing here connects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

SANDBOX_ENDPOINT = "http://localhost:4566"
LONGEST_WAIT = timedelta(seconds=16)


@dataclass(frozen=True)
class Storage:
    """What every kind of store has: how often and how patiently to try again."""

    retries: int = 3
    backoff: timedelta = timedelta(seconds=5)
    """The wait before the first retry; it doubles from one to the next."""
    enable_debug: bool = False
    attach_execution_metadata: bool = True

    schemes: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise ValueError(f"retries must be 0 or more, got {self.retries}")
        if self.backoff < timedelta(0):
            raise ValueError(f"backoff must not be negative, got {self.backoff}")

    @classmethod
    def auto(cls) -> Storage:
        """Read the settings from the environment."""
        return cls(**_patience_from(os.environ))

    def get_fsspec_kwargs(self, anonymous: bool = False, **kwargs: Any) -> dict[str, Any]:
        """The arguments that open this store: its settings, its patience, its client's options."""
        config = {**self._config(), **({"skip_signature": True} if anonymous else {}), **kwargs.pop("config", {})}
        options = {
            "retry_config": {
                "max_retries": self.retries,
                "backoff": {"base": 2, "init_backoff": self.backoff, "max_backoff": max(LONGEST_WAIT, self.backoff)},
                "retry_timeout": timedelta(seconds=180),
            },
            "client_options": {"timeout": "99999s", "allow_http": True},
            **kwargs,
        }
        return {**options, "config": config} if config else options

    def _config(self) -> dict[str, Any]:
        """What only this kind of store is told."""
        return {}


@dataclass(frozen=True)
class S3(Storage):
    """Amazon S3 and what speaks its language. What is not said here is taken from the usual AWS variables."""

    endpoint: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    region: str | None = None
    addressing_style: str | None = None
    """`path` or `virtual`."""

    schemes: ClassVar[tuple[str, ...]] = ("s3", "s3a")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.addressing_style not in (None, "auto", "path", "virtual"):
            raise ValueError(f"addressing_style must be 'auto', 'path' or 'virtual', got {self.addressing_style!r}")

    @classmethod
    def auto(cls, region: str | None = None) -> S3:
        """Read the settings from the FLYTE_AWS_* variables."""
        return cls(
            **_patience_from(os.environ),
            endpoint=os.environ.get("FLYTE_AWS_ENDPOINT"),
            access_key_id=os.environ.get("FLYTE_AWS_ACCESS_KEY_ID"),
            secret_access_key=os.environ.get("FLYTE_AWS_SECRET_ACCESS_KEY"),
            region=region,
            addressing_style=os.environ.get("FLYTE_AWS_S3_ADDRESSING_STYLE"),
        )

    @classmethod
    def for_sandbox(cls) -> S3:
        """The store of a sandbox on this machine."""
        return cls(endpoint=SANDBOX_ENDPOINT, access_key_id="minio", secret_access_key="miniostorage")

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = {
            "access_key_id": self.access_key_id,
            "secret_access_key": self.secret_access_key,
            "endpoint": self.endpoint,
            "region": self.region,
        }
        if self.addressing_style in ("path", "virtual"):
            config["virtual_hosted_style_request"] = self.addressing_style == "virtual"
        return {name: value for name, value in config.items() if value is not None}


@dataclass(frozen=True)
class GCS(Storage):
    """Google Cloud Storage, with the credentials its own tools use."""

    schemes: ClassVar[tuple[str, ...]] = ("gs", "gcs")


@dataclass(frozen=True)
class ABFS(Storage):
    """Azure Blob Storage."""

    account_name: str | None = None
    account_key: str | None = field(default=None, repr=False)
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)

    schemes: ClassVar[tuple[str, ...]] = ("abfs", "abfss", "az", "adl")

    @classmethod
    def auto(cls) -> ABFS:
        """Read the settings from the AZURE_* variables."""
        return cls(
            **_patience_from(os.environ),
            account_name=os.environ.get("AZURE_STORAGE_ACCOUNT_NAME"),
            account_key=os.environ.get("AZURE_STORAGE_ACCOUNT_KEY"),
            tenant_id=os.environ.get("AZURE_TENANT_ID"),
            client_id=os.environ.get("AZURE_CLIENT_ID"),
            client_secret=os.environ.get("AZURE_CLIENT_SECRET"),
        )

    def _config(self) -> dict[str, Any]:
        config = {
            "account_name": self.account_name,
            "account_key": self.account_key,
            "tenant_id": self.tenant_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        return {name: value for name, value in config.items() if value is not None}


def config_for(scheme: str, chosen: Storage | None) -> Storage | None:
    """The settings for a scheme: those given to `flyte.init`, or else the environment's; None for other schemes."""
    if chosen is not None and scheme in chosen.schemes:
        return chosen
    kinds: tuple[type[Storage], ...] = (S3, GCS, ABFS)
    return next((kind.auto() for kind in kinds if scheme in kind.schemes), None)


def _patience_from(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "FLYTE_STORAGE_RETRIES" in environ:
        found["retries"] = int(environ["FLYTE_STORAGE_RETRIES"])
    if "FLYTE_STORAGE_BACKOFF_SECONDS" in environ:
        found["backoff"] = timedelta(seconds=float(environ["FLYTE_STORAGE_BACKOFF_SECONDS"]))
    return found
