"""JSON that was typed, and files in JSON, YAML or TOML. It knows nothing of types."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any

from flyte_cli.inputs.problem import BadValue
from flyte_cli.inputs.surroundings import Surroundings

SUFFIXES = (".json", ".yaml", ".yml", ".toml")


def document(text: str, around: Surroundings) -> Any:
    """What was typed: JSON, a file by its name, or `@file` whatever its name."""
    if text.startswith("@"):
        return from_file(text[1:], around)
    if PurePath(text.strip()).suffix.lower() in SUFFIXES and not text.lstrip().startswith(("{", "[")):
        return from_file(text.strip(), around)
    return from_json(text)


def from_file(name: str, around: Surroundings) -> Any:
    """The document in a file; without a known suffix it is YAML, which JSON is, too."""
    data = around.read(name)
    try:
        return parsed(data, PurePath(name).suffix.lower())
    except BadValue as problem:
        raise BadValue(f"`{name}` is {problem}") from problem


def parsed(data: bytes, suffix: str = "") -> Any:
    """A document from bytes."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadValue(f"not text: {error}") from error
    if suffix == ".json":
        return from_json(text)
    return _from_toml(text) if suffix == ".toml" else _from_yaml(text)


def from_json(text: str) -> Any:
    """A value from JSON."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise BadValue("nested too deeply") from error
    except ValueError as error:
        raise BadValue(f"not JSON: {error}") from error


def _from_yaml(text: str) -> Any:
    import yaml  # deferred: 0.02 s

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date that is none
        problem = " ".join(str(error).split())
        raise BadValue(f"not YAML: {problem}") from error


def _from_toml(text: str) -> Any:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadValue(f"not TOML: {error}") from error
