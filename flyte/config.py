"""The config file: where it is found, and what of it local runs need. It connects to nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flyte.errors import InitializationError


@dataclass(frozen=True)
class Config:
    """What a config file says, environment variables on top."""

    project: str | None = None
    domain: str | None = None
    org: str | None = None
    endpoint: str | None = None
    source: Path | None = None
    """The file; None when there is none."""


def auto(config_file: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read the file given, or the first of the usual ones that is there.

    Raises FileNotFoundError when the file given is not there.
    """
    variables = os.environ if environ is None else environ
    found = (
        _given(config_file)
        if config_file is not None
        else next((file for file in places(variables) if file.is_file()), None)
    )
    document = {} if found is None else _document(found)

    def setting(section: str, key: str) -> str | None:
        # Both shapes are in use: `task: {project: p}`, and `project: p` at the top.
        value = variables.get(f"FLYTE_{section}_{key}".upper()) or _mapping(document.get(section)).get(key)
        return _text(document.get(key) if value is None else value)

    return Config(
        project=setting("task", "project"),
        domain=setting("task", "domain"),
        org=setting("task", "org"),
        endpoint=setting("admin", "endpoint"),
        source=found,
    )


def places(environ: Mapping[str, str]) -> list[Path]:
    """Where config files are looked for, in order."""
    here = Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    home = Path(environ.get("HOME") or Path.home())
    named = [Path(environ[name]) for name in ("UCTL_CONFIG", "FLYTECTL_CONFIG") if environ.get(name)]
    return [
        here / "config.yaml",
        here / ".flyte" / "config.yaml",
        *([root / ".flyte" / "config.yaml"] if root else []),
        *named,
        home / ".union" / "config.yaml",
        home / ".flyte" / "config.yaml",
    ]


def _given(path: str | Path) -> Path:
    file = Path(path).expanduser()
    if not file.is_file():
        raise FileNotFoundError(f"there is no config file {file} (in {Path.cwd()})")
    return file


def _document(file: Path) -> Mapping[str, Any]:
    import yaml  # deferred: only where there is a file to read

    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InitializationError("ConfigFileInvalidError", "user", f"{file} is not valid YAML: {error}") from error
    if document is not None and not isinstance(document, Mapping):
        raise InitializationError("ConfigFileInvalidError", "user", f"{file} must hold a mapping of settings")
    return document or {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
