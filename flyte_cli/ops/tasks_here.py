"""The tasks of a folder, read from the sources: nothing of them is run. No terminal here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.completion.machine import LARGEST, SKIPPED
from flyte_cli.ops.host import Host
from flyte_cli.ops.project import named_tasks

if TYPE_CHECKING:
    from flyte._core import RunRow
    from flyte_cli.completion.found import Field
    from flyte_cli.ops.loading import TaskFile

DEEPEST = 5
"""Folders below the one somebody is in."""
MOST_FILES = 2000
ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
"""What the folder of an installed Python has: no project's own code."""


@dataclass(frozen=True)
class TaskHere:
    """A task that may be started."""

    file: str
    """As it would be typed; or the name that the project file gives."""
    name: str | None
    """None for a name of the project file."""
    about: str = ""
    inputs: str = ""
    """`n x=3`."""
    last: RunRow | None = None
    """Its latest run."""


def tasks_here(host: Host) -> list[TaskHere]:
    """Names of the project file, then the tasks of all its Python files."""
    here = host.folder()
    latest = _latest(host)
    found = [TaskHere(name, None, about) for name, about in named_tasks(here)]
    for path in _files(here):
        file = os.path.relpath(path, here)
        found += [
            TaskHere(file, name, doc, _signature(fields), latest.get((os.path.abspath(path), name)))
            for name, doc, _, fields in _tasks(path)
        ]
    return found


def tasks_of_file(file: TaskFile, host: Host) -> list[TaskHere]:
    """The tasks of a file that was loaded."""
    from flyte_cli.output.task_page import signature

    latest, path = _latest(host), os.path.abspath(os.path.join(host.folder(), file.file))
    targets = [file.target(name) for name in file.tasks]
    return [
        TaskHere(
            file.file,
            each.name,
            each.interface.doc.strip().partition("\n")[0],
            signature(each.interface),
            latest.get((path, each.name)),
        )
        for each in targets
    ]


def _latest(host: Host) -> dict[tuple[str, str], RunRow]:
    """The latest run of each task, by its file and name."""
    found: dict[tuple[str, str], RunRow] = {}
    for row in host.engine.runs(host.folder(), 1000):
        if row.file:
            path = os.path.abspath(os.path.join(row.project, row.file))
            found.setdefault((path, row.task.rpartition(".")[2]), row)
    return found


def _files(here: str) -> Iterator[str]:
    count = 0
    for folder, below, names in os.walk(here):
        depth = os.path.relpath(folder, here).count(os.sep) + (folder != here)
        if depth and any(name in names or name in below for name in ENVIRONMENTS):
            below[:] = []
            continue
        below[:] = sorted(name for name in below if depth < DEEPEST and name[0] != "." and name not in SKIPPED)
        for name in sorted(names):
            if name.endswith(".py") and not name.startswith("."):
                count += 1
                if count > MOST_FILES:
                    return
                yield os.path.join(folder, name)


def _tasks(path: str) -> Sequence[tuple[str, str, str, tuple[Field, ...]]]:
    from flyte_cli.completion.static import tasks_in

    try:
        if os.path.getsize(path) > LARGEST:
            return ()
        with open(path, "rb") as file:
            source = file.read()
    except OSError:
        return ()
    return tasks_in(source) if b"flyte" in source else ()


def _signature(fields: Sequence[Field]) -> str:
    return " ".join(name if default is None else f"{name}={default}" for name, _, default, *_ in fields)
