"""The project file, `flyte.toml` or `[tool.flyte]` in pyproject.toml: found upwards of a folder, read, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flyte_cli.errors import CliError
from flyte_cli.settings.project_schema import Misfit, misfits
from flyte_cli.sources import Place, shown_path, source_around

OWN_FILE = "flyte.toml"
SHARED_FILE = "pyproject.toml"
IN_SHARED = ("tool", "flyte")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class BrokenProject(CliError):
    """A project file that cannot be used."""


@dataclass(frozen=True)
class ProjectFile:
    """What a project file says, unchecked."""

    file: Path
    above: tuple[str, ...]
    """The tables that the project's are in."""
    text: str
    content: Mapping[str, Any]

    @cached_property
    def lines(self) -> Mapping[tuple[str, ...], int]:
        """The line, from 1, of each key."""
        from flyte_cli.settings.toml_lines import lines_of

        found = lines_of(self.text, read_toml)
        depth = len(self.above)
        return {path[depth:]: line for path, line in found.items() if path[:depth] == self.above}

    def line(self, path: tuple[str, ...]) -> int:
        """The line of a key, or of the nearest table around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass(frozen=True)
class NamedTask:
    """A task that the project file gives a name, with its inputs: by name, or as a file."""

    name: str
    file: str | None
    task: str | None
    inputs: Mapping[str, Any] | str
    description: str


@dataclass(frozen=True)
class Project:
    """What a project file says, checked. Paths are absolute."""

    source: ProjectFile
    source_root: Path | None
    default_file: Path | None
    default_task: str | None
    include: tuple[str, ...]
    images: Mapping[str, str]
    labels: Mapping[str, str]
    inputs: Mapping[str, Any]
    entries: Mapping[str, NamedTask]
    environments: Mapping[str, Mapping[str, Any]]
    unknown: tuple[Misfit, ...] = ()

    @property
    def folder(self) -> Path:
        """Where its paths start."""
        return self.source.file.parent

    def path(self, text: str) -> Path:
        """A path of the file, made absolute."""
        return self.folder / Path(text).expanduser()

    def where(self, path: tuple[str, ...], here: str) -> str:
        """A place in the file as people read it."""
        return f"{shown_path(str(self.source.file), here)}:{self.source.line(path)}"

    def warnings(self, here: str) -> list[str]:
        """What was written and has no meaning."""
        return [f"{self.where(each.path, here)}: {each.message}" for each in self.unknown]


def find_project(here: str) -> ProjectFile | None:
    """The nearest project file, in the folder or above it; flyte.toml comes first in a folder.

    Raises BrokenProject for one that is no TOML.
    """
    for folder in (Path(here), *Path(here).parents):
        found = _read(folder / OWN_FILE, (), here) or _read(folder / SHARED_FILE, IN_SHARED, here)
        if found is not None:
            return found
    return None


def project_at(here: str) -> Project | None:
    """The project that a folder is in; None when there is none.

    Raises BrokenProject.
    """
    found = find_project(here)
    return None if found is None else project_of(found, here)


def project_of(found: ProjectFile, here: str) -> Project:
    """The checked form; raises BrokenProject with every value that does not fit."""
    wrong = list(misfits(found.content))
    bad = [each for each in wrong if not each.unknown]
    if bad:
        raise _unfit(found, bad, here)
    unknown = sorted((each for each in wrong if each.unknown), key=lambda each: found.line(each.path))
    content, folder = _known(found.content, {each.path for each in unknown}), found.file.parent
    return Project(
        source=found,
        source_root=_path(folder, content.get("source_root")),
        default_file=_path(folder, content.get("default_file")),
        default_task=content.get("default_task"),
        include=tuple(str(folder / each) for each in content.get("include", ())),
        images=content.get("images", {}),
        labels=content.get("labels", {}),
        inputs=content.get("inputs", {}),
        entries={name: _entry(name, each) for name, each in content.get("entries", {}).items()},
        environments={name: _environment(each, folder) for name, each in content.get("environments", {}).items()},
        unknown=tuple(unknown),
    )


def _entry(name: str, table: Mapping[str, Any]) -> NamedTask:
    return NamedTask(name, table.get("file"), table.get("task"), table.get("inputs", {}), table.get("description", ""))


def _environment(table: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    return {**table, "include": [str(folder / each) for each in table["include"]]} if "include" in table else table


def _known(content: Any, unknown: set[tuple[str, ...]], at: tuple[str, ...] = ()) -> Any:
    """The content without the keys that have no meaning."""
    if not isinstance(content, dict):
        return content
    named = {name: (*at, name) for name in content}
    return {name: _known(content[name], unknown, path) for name, path in named.items() if path not in unknown}


def _path(folder: Path, text: str | None) -> Path | None:
    return None if text is None else folder / Path(text).expanduser()


def _read(file: Path, above: tuple[str, ...], here: str) -> ProjectFile | None:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
        return None
    except UnicodeDecodeError as error:
        raise BrokenProject(f"{shown_path(str(file), here)} is not UTF-8: {error.reason}") from error
    if above and above[-1] not in text:
        return None  # most projects around are not ours: reading TOML is 3 ms
    content: Any = _parsed(text, file, here)
    for name in above:
        content = content.get(name) if isinstance(content, dict) else None
    if content is None:
        return None
    if not isinstance(content, dict):
        raise BrokenProject(f"`{'.'.join(above)}` in {shown_path(str(file), here)} is a table, got `{content}`")
    return ProjectFile(file, above, text, content)


def _parsed(text: str, file: Path, here: str) -> dict[str, Any]:
    try:
        return read_toml(text)
    except RecursionError as error:
        raise BrokenProject(f"{shown_path(str(file), here)} is nested too deeply") from error
    except ValueError as error:
        at = _AT.search(str(error))
        line = int(at[1]) if at and at[1] else len(text.splitlines())
        reason = str(error)[: at.start()] if at else str(error)
        column = int(at[2]) - 1 if at and at[2] else None
        shown = shown_path(str(file), here)
        place = Place(f"{shown}:{line}", line, source_around(str(file), line), caret=column)
        raise BrokenProject(f"{shown} is not valid TOML: {reason[:1].lower()}{reason[1:]}", places=[place]) from error


def _unfit(found: ProjectFile, bad: list[Misfit], here: str) -> BrokenProject:
    shown = shown_path(str(found.file), here)
    lines = [found.line(each.path) for each in bad]
    if len(bad) == 1:
        place = Place(f"{shown}:{lines[0]}", lines[0], source_around(str(found.file), lines[0]))
        return BrokenProject(bad[0].message, places=[place])
    details = [(f"{shown}:{line}", each.message) for line, each in zip(lines, bad, strict=True)]
    return BrokenProject(f"{shown} cannot be used, {len(bad)} problems", details=details)


def read_toml(text: str) -> dict[str, Any]:
    """The content of a TOML text; raises ValueError."""
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    content: dict[str, Any] = tomllib.loads(text)
    return content
