"""`flyte.init`: what the programs of one process agree on. Local runs need none of it; nothing connects here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte.context import current
from flyte.dual import dual
from flyte.errors import InitializationError

if TYPE_CHECKING:
    from flyte.config import Config
    from flyte.io.storage_config import Storage


@dataclass(frozen=True)
class Settings:
    """What was said to `init`."""

    project: str | None = None
    domain: str | None = None
    org: str | None = None
    root_dir: Path | None = None
    endpoint: str | None = None
    images: tuple[tuple[str, str], ...] = ()
    storage: Storage | None = None


_settings = Settings()


def settings() -> Settings:
    """What the last `init` said."""
    return _settings


def remember(new: Settings) -> None:
    """Agree on these from now on."""
    global _settings
    _settings = new


def belongs_to() -> dict[str, str | None]:
    """The project, domain and organisation, for processes that were not there when they were said."""
    return {name: getattr(_settings, name) for name in ("project", "domain", "org")}


def belong_to(said: Mapping[str, str | None]) -> None:
    """Take over what `belongs_to` gave elsewhere."""
    remember(replace(_settings, **said))  # type: ignore[arg-type]  # the names are those of above


async def _init_aio(*args: Any, **kwargs: Any) -> None:
    init(*args, **kwargs)


@dual(aio=_init_aio)
def init(
    org: str | None = None,
    project: str | None = None,
    domain: str | None = None,
    root_dir: Path | None = None,
    log_level: int | None = None,
    log_format: str | None = None,
    reset_root_logger: bool = False,
    user_log_level: int | None = None,
    endpoint: str | None = None,
    headless: bool = False,
    insecure: bool = False,
    insecure_skip_verify: bool = False,
    ca_cert_file_path: str | None = None,
    auth_type: str = "Pkce",
    command: list[str] | None = None,
    proxy_command: list[str] | None = None,
    api_key: str | None = None,
    client_id: str | None = None,
    client_credentials_secret: str | None = None,
    auth_client_config: Any = None,
    rpc_retries: int = 3,
    http_proxy_url: str | None = None,
    disable_keyring: bool = False,
    storage: Storage | None = None,
    batch_size: int = 1000,
    image_builder: str = "local",
    images: dict[str, str] | None = None,
    image_registry: str | None = None,
    source_config_path: Path | None = None,
    sync_local_sys_paths: bool = True,
    load_plugin_type_transformers: bool = True,
    local_persistence: bool = False,
    local_tracked: bool = False,
    local_tracked_strict: bool = False,
    scopes: list[str] | None = None,
) -> None:
    """Say which project, domain and organisation runs belong to, how to log, and how to reach object stores.

    The other parameters are for backends: they are accepted, and local runs have no use for them.
    """
    _apply_logging(log_level, user_log_level, log_format, reset_root_logger)
    remember(
        Settings(
            project=project,
            domain=domain,
            org=org,
            root_dir=Path(root_dir) if root_dir is not None else None,
            endpoint=endpoint,
            images=tuple((images or {}).items()),
            storage=storage,
        )
    )


def _apply_logging(log_level: int | None, user_log_level: int | None, log_format: str | None, reset: bool) -> None:
    if (log_level, user_log_level, log_format, reset) == (None, None, None, False):
        return
    from flyte.logs import configure, reset_root  # deferred: logging takes 8 ms, and most calls leave it alone

    configure(log_level, user_log_level, log_format)
    if reset:
        reset_root()


async def _init_from_config_aio(*args: Any, **kwargs: Any) -> None:
    init_from_config(*args, **kwargs)


@dual(aio=_init_from_config_aio)
def init_from_config(
    path_or_config: str | Path | Config | None = None,
    root_dir: Path | None = None,
    log_level: int | None = None,
    log_format: str = "console",
    user_log_level: int | None = None,
    org: str | None = None,
    project: str | None = None,
    domain: str | None = None,
    storage: Storage | None = None,
    batch_size: int = 1000,
    image_builder: str | None = None,
    images: tuple[str, ...] | None = None,
    sync_local_sys_paths: bool = True,
) -> None:
    """Do what `init` does with the settings of a config file; what is given here wins over the file.

    Without a path the usual places are looked at, and it is fine when there is no file. Keys that look like a mistyped
    setting are logged as warnings.

    Raises InitializationError: `ConfigFileNotFoundError` for a path that is not there, `ConfigFileInvalidError`, with
    file and line, for a file that cannot be read.
    """
    config = _config_of(path_or_config)
    _warn_of_unknown(config)
    init(
        org=org or config.task.org,
        project=project or config.task.project,
        domain=domain or config.task.domain,
        root_dir=root_dir,
        log_level=log_level,
        log_format=None if log_format == "console" else log_format,
        user_log_level=user_log_level,
        endpoint=config.platform.endpoint,
        storage=storage,
        image_builder=image_builder or config.image.builder or "local",
        images={**config.image.image_refs, **dict(_named_image(image) for image in images or ())},
        image_registry=config.image.registry,
        source_config_path=config.source,
    )


def _config_of(path_or_config: str | Path | Config | None) -> Config:
    from flyte.config import Config, auto  # deferred: `flyte.init` alone reads no file

    if isinstance(path_or_config, Config):
        return path_or_config
    try:
        return auto(path_or_config)
    except FileNotFoundError as error:
        hint = "leave the path out to look in the usual places; local runs need no config at all"
        raise InitializationError("ConfigFileNotFoundError", "user", f"{error}: {hint}") from None


def _warn_of_unknown(config: Config) -> None:
    mistyped = [each for each in config.unknown if each.guess]
    if not mistyped:
        return
    from flyte.logs import system_logger  # deferred: logging takes 8 ms

    for each in mistyped:
        system_logger.warning("%s", each)


def _named_image(image: str) -> tuple[str, str]:
    name, equals, uri = image.partition("=")
    return (name, uri) if equals else ("default", image)


def current_project() -> str:
    """The project that runs belong to."""
    return _current("project")


def current_domain() -> str:
    """The domain that runs belong to."""
    return _current("domain")


def _current(what: str) -> str:
    action = current.get()
    value: str | None = getattr(action, what, None) or getattr(_settings, what)
    if not value:
        message = f"there is no {what}: call flyte.init({what}=...), or flyte.init_from_config() with a config file"
        raise InitializationError(f"{what.capitalize()}NotInitializedError", "user", message)
    return value
