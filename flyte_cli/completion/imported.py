"""The tasks of a file that only running it can tell: imported in a process of its own, which may be stopped.

`python -m flyte_cli.completion.imported FILE` keeps what it found; it says nothing.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flyte_cli.completion.found import Field, Task

BUDGET = 2.0
"""Seconds until an import is given up. It is tried once for each version of a file."""


def import_apart(path: str) -> None:
    """Have another process import the file and keep what it finds."""
    import subprocess  # deferred: 8 ms, for files that hide their tasks

    command = [sys.executable, "-m", "flyte_cli.completion.imported", path]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        subprocess.run(command, timeout=BUDGET, check=False, start_new_session=True, **streams)  # type: ignore[call-overload]
    except (OSError, subprocess.TimeoutExpired):
        return


def tasks_of(path: str) -> list[Task]:
    """Import the file and describe its tasks."""
    from flyte_cli.ops.loading import load_file

    file = load_file(path, os.getcwd())
    found = []
    for name in file.tasks:
        interface = file.target(name).interface
        fields = tuple(_field(each.name, each.type, each.default, each.help) for each in interface.inputs)
        environment = str(file.tasks[name].environment or "")
        found.append((name, interface.doc.strip().partition("\n")[0], environment, fields))
    return found


def _field(name: str, kind: Any, default: Any, help: str, depth: int = 0) -> Field:
    from flyte_cli.completion.found import FILE, FLAG, FOLDER, MANY
    from flyte_cli.completion.static import DEEPEST, PATHS
    from flyte_cli.inputs import choices, kinds, records
    from flyte_cli.inputs.interface import REQUIRED
    from flyte_cli.inputs.samples import spelled

    known: tuple[str, ...] = tuple(choices.names_of(kind)) if choices.is_choice(kind) else ()
    path = PATHS.get(getattr(kind, "__name__", ""), "")
    sort = FLAG if kinds.is_flag(kind) else MANY if kinds.is_many(kind) else path
    record = kinds.record_of(kind) if depth < DEEPEST and sort != MANY else None
    below = () if record is None else tuple(records.fields_of(record).values())
    shown = None if default is REQUIRED or default is records.NO_DEFAULT else spelled(default)
    fields = tuple(_field(each.name, each.type, each.default, each.help, depth + 1) for each in below)
    assert sort in (FLAG, MANY, FILE, FOLDER, "")
    return name, kinds.type_name(kind), shown, help, known, sort, fields


def main(path: str) -> None:
    """Find and keep; a file that cannot be loaded has no tasks until it is changed."""
    from flyte_cli.completion.kept import remember

    remember(path, [], True)
    remember(path, tasks_of(path), True)


if __name__ == "__main__":
    main(sys.argv[1])
