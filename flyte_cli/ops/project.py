"""What a project file means for a run: overrides, names for tasks, default inputs. No terminal here."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte_cli.errors import CliError, WrongInputs
from flyte_cli.near_miss import nearest
from flyte_cli.settings.project import BrokenProject, NamedTask, Project, project_at
from flyte_cli.sources import shown_path

if TYPE_CHECKING:
    from flyte_cli.inputs.interface import Interface


@dataclass(frozen=True)
class Wanted:
    """A file and a task as words of a command line, once the project file was asked."""

    file: str
    task: str | None
    entry: NamedTask | None = None


def wanted(file: str | None, task: str | None, here: str) -> Wanted | None:
    """What to run: a file, a name of the project file, or its default; None when nothing says.

    Raises BrokenProject, and CliError for a name without a file.
    """
    project = project_at(here) if file is None or not Path(here, file).is_file() else None
    if project is None:
        return None if file is None else Wanted(file, task)
    entry = project.entries.get(file or "")
    default = None if project.default_file is None else _typed(project.default_file, here)
    if entry is not None:
        return Wanted(_file_of(entry, project, default, here), task or entry.task, entry)
    if file is None:
        return None if default is None else Wanted(default, task)
    if default is not None and task is None and _may_be_task(file, Path(here, default), project):
        return Wanted(default, file)
    return Wanted(file, task)


def named_tasks(here: str) -> list[tuple[str, str]]:
    """The names that the project file gives, each with what it stands for; none when it is broken: runs tell that."""
    try:
        project = project_at(here)
    except BrokenProject:
        return []
    entries = () if project is None else project.entries.values()
    return [(each.name, each.description or _stands_for(each)) for each in entries]


def has_meaning(word: str, found: Wanted | None, here: str) -> bool:
    """Whether the project file makes something of a word: a name it gives, or a task of its default file."""
    if found is None or found.file == word:
        return False
    return found.entry is not None or declares(Path(here, found.file), word)


def _stands_for(entry: NamedTask) -> str:
    inputs = (
        entry.inputs
        if isinstance(entry.inputs, str)
        else " ".join(f"{name}={value}" for name, value in entry.inputs.items())
    )
    return " ".join(each for each in (entry.file, entry.task, inputs) if each)


def _file_of(entry: NamedTask, project: Project, default: str | None, here: str) -> str:
    if entry.file is not None:
        return _typed(project.path(entry.file), here)
    if default is None:
        where = project.where(("entries", entry.name), here)
        raise CliError(f"`{entry.name}` names no file ({where})", help=["add `file`, or `default_file` to the project"])
    return default


def _may_be_task(name: str, file: Path, project: Project) -> bool:
    """Whether a word that is no file is rather a task of the default file than a mistyped name of the project's."""
    if not name.isidentifier():
        return False
    if nearest(name, project.entries) is None:
        return True
    return declares(file, name)


def declares(file: Path, name: str) -> bool:
    """Whether a file looks as if it has a task of that name; it is not imported."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    return re.search(rf"(?m)^(async\s+)?def\s+{re.escape(name)}\b|^{re.escape(name)}\s*=", text) is not None


def _typed(path: Path, here: str) -> str:
    return shown_path(os.path.normpath(path), here)


def declare(project: Project | None, here: str) -> None:
    """Have what the project file says of environments count from now on."""
    from flyte import overrides

    changes = {} if project is None else dict(project.environments)
    overrides.declare(
        {
            name: overrides.Override(project.where(("environments", name), here), each)
            for name, each in changes.items()
            if project is not None
        },
        include=() if project is None else project.include,
        images={} if project is None else project.images,
        source_root=None if project is None or project.source_root is None else str(project.source_root),
    )


def declare_around(here: str) -> None:
    """Do it for a program that is started with Python in that folder: the entry point that `flyte.overrides` asks for.

    Raises InitializationError with file and line for a project file that cannot be used.
    """
    from flyte.errors import InitializationError
    from flyte.logs import system_logger

    try:
        project = project_at(here)
    except BrokenProject as error:
        where = [f"{place.where}: " for place in error.places[:1]]
        details = [f"\n  {place}: {text}" for place, text in error.details]
        message = "".join([*where, error.message, *details])
        raise InitializationError("ProjectFileInvalidError", "user", message) from error
    declare(project, here)
    for warning in [] if project is None else project.warnings(here):
        system_logger.warning("%s", warning)


def module_name(path: Path, root: Path | None) -> str:
    """What a file is called by those who import it: from the source root on."""
    if root is None:
        return path.stem
    try:
        inside = path.resolve().relative_to(root.resolve())
    except ValueError:
        return path.stem
    parts = inside.with_suffix("").parts
    return ".".join(parts) if all(part.isidentifier() for part in parts) else path.stem


def project_warnings(project: Project | None, here: str) -> list[str]:
    """Keys without a meaning, and overrides that look mistyped: no environment of that name was made."""
    if project is None:
        return []
    from flyte import overrides

    met = overrides.met()
    found = project.warnings(here)
    for name in project.environments:
        guess = None if name in met else nearest(name, met)
        if guess is not None:
            where = project.where(("environments", name), here)
            found.append(f"{where}: no environment `{name}`, did you mean `{guess}`?")
    return found


def inputs_before(project: Project | None, entry: NamedTask | None, interface: Interface, here: str) -> tuple[str, ...]:
    """Documents with the inputs that a project file gives a task; a later one wins.

    Raises WrongInputs for inputs of a named task that the task does not have.
    """
    if project is None:
        return ()
    general = {name: value for name, value in project.inputs.items() if interface.find(name) is not None}
    own: str | Mapping[str, Any] = {} if entry is None else entry.inputs
    if isinstance(own, str):
        documents = [_document(general), str(project.path(own))]
    else:
        assert entry is not None or not own  # only named tasks have inputs of their own
        _refuse_unknown(own, entry, interface, project, here)
        documents = [_document(general), _document(own)]
    return tuple(each for each in documents if each != "{}")


def _refuse_unknown(
    own: Mapping[str, Any], entry: NamedTask | None, interface: Interface, project: Project, here: str
) -> None:
    problems = []
    for name in own:
        if entry is not None and interface.find(name) is None:
            guess = nearest(name, list(interface.names))
            hint = f", did you mean `{guess}`?" if guess else ""
            problems.append((project.where(("entries", entry.name, "inputs", name), here), f"no input `{name}`{hint}"))
    if problems:
        raise WrongInputs(interface.task, problems)


def _document(values: Mapping[str, Any]) -> str:
    return json.dumps(values, default=lambda value: value.isoformat())  # dates and times are all that TOML has besides
