"""What this machine knows, for completion: files, runs, secrets. It reads, and writes only what it found in files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flyte_cli.completion.kept import home, recall, remember
from flyte_cli.completion.table import BUILTIN, MARKS

if TYPE_CHECKING:
    from flyte._core import RunRow, RunTree
    from flyte_cli.completion.found import Task

MOST_RUNS = 50
MOST_ACTIONS = 500
MOST_FILES = 200
"""Files of one folder that are read to see whether they have tasks; more are shown unread."""
LARGEST = 4_000_000
"""Bytes of a source file that is read."""
SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})


def _hidden(word: str) -> bool:
    """Whether the folder has a file that the word rather means."""
    return os.path.exists(word) or os.path.exists(f"{word}.py")


class Machine:
    """The world that a TAB on this machine asks."""

    def python_files(self, start: str) -> list[tuple[str, str]]:
        """Files with tasks of the folder that `start` is in, and folders with Python in them."""
        folder, _, name = start.rpartition("/")
        where = os.path.expanduser(f"{folder}/") if folder or start.startswith("/") else "."
        head = f"{folder}/" if folder or start.startswith("/") else ""
        files: list[tuple[str, str]] = []
        folders: list[tuple[str, str]] = []
        for entry in _entries(where):
            if not entry.name.startswith(name) or entry.name.startswith(".") or entry.name in SKIPPED:
                continue
            if entry.is_dir():
                if _has_python(entry.path):
                    folders.append((f"{head}{entry.name}/", "folder"))
            elif entry.name.endswith(".py") and (len(files) >= MOST_FILES or _may_have_tasks(entry.path)):
                files.append((f"{head}{entry.name}", ""))
        return [*sorted(files), *sorted(folders)]

    def entries(self) -> list[tuple[str, str]]:
        """Names declared in the project file."""
        from flyte_cli.completion.project import entries

        return [(name, text) for name, text, _, _ in entries(os.getcwd())]

    def programs(self) -> list[tuple[str, str]]:
        """Those that come along, and that nothing in this folder hides."""
        return [(word, each[2]) for word, each in BUILTIN.items() if not _hidden(word)]

    def file_of(self, entry: str) -> tuple[str, str | None]:
        """The file, and the task if it says so, of a declared name; of a file, itself."""
        if entry.endswith(".py") or os.sep in entry:
            return entry, None
        from flyte_cli.completion.project import entries

        named = {name: (file, task) for name, _, file, task in entries(os.getcwd())}
        if entry in BUILTIN and entry not in named and not _hidden(entry):
            file, task = BUILTIN[entry][:2]
            return os.path.join(os.path.dirname(os.path.dirname(__file__)), "builtin", file), task
        return named.get(entry, (entry, None))

    def default_inputs(self, name: str) -> dict[str, str]:
        """The inputs that the project file gives to a name it declares, or to any file, as text."""
        from flyte_cli.completion.project import default_inputs

        return default_inputs(os.getcwd(), name)

    def tasks(self, file: str) -> list[Task]:
        """The tasks of a file: as kept, else as read, else as imported."""
        path = os.path.abspath(os.path.expanduser(file))
        try:
            if not os.path.isfile(path) or os.path.getsize(path) > LARGEST:
                return []
            known = recall(path)
            if known is not None:
                return known[0]
            with open(path, "rb") as stream:
                source = stream.read()
        except OSError:
            return []
        from flyte_cli.completion.static import tasks_in  # deferred: 2 ms

        tasks = tasks_in(source)
        if tasks or b"flyte" not in source:
            remember(path, tasks, False)
            return tasks
        from flyte_cli.completion.imported import import_apart

        import_apart(path)
        known = recall(path)
        return known[0] if known is not None else []

    def runs(self) -> list[tuple[str, str]]:
        """Those of this folder, newest first; those of others when there are none here."""
        import time

        from flyte._core import list_runs

        if not os.path.isdir(home()):
            return []
        rows = list_runs(home(), os.getcwd(), MOST_RUNS) or list_runs(home(), None, MOST_RUNS)
        now = time.time()
        return [("@", "the latest"), *((row.name, _described(row, now)) for row in rows)] if rows else []

    def actions(self, run: str) -> list[tuple[str, str]]:
        """Paths of the actions of a run, the root's first."""
        tree = self._tree(run)
        if tree is None:
            return []
        shown = (tree.action(ordinal) for ordinal in range(min(len(tree), MOST_ACTIONS)))
        return [(each.path, f"{MARKS.get(each.phase, '')} {each.phase}".strip()) for each in shown]

    def task_of(self, run: str) -> Task | None:
        """The task that a run began with, as its file is now."""
        tree = self._tree(run)
        if tree is None or not tree.file:
            return None
        short = tree.task.rpartition(".")[2]
        return next((each for each in self.tasks(os.path.join(tree.cwd, tree.file)) if each[0] == short), None)

    def secrets(self) -> list[tuple[str, str]]:
        """Their names; reading the list needs no key."""
        import json  # deferred: 5 ms

        try:
            with open(os.path.join(home(), "secrets", "secrets.json"), "rb") as file:
                names = json.load(file)["secrets"]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return [(name, "") for name in sorted(names)]

    def profiles(self, file: str) -> list[tuple[str, str]]:
        """Profiles of a config file; of the one that counts, when none is named."""
        from flyte_cli.completion.profiles import profiles_here, profiles_in

        return [(name, "") for name in (profiles_in(os.path.expanduser(file)) if file else profiles_here())]

    def cached_tasks(self) -> list[tuple[str, str]]:
        """Full names of tasks with results in the cache."""
        from flyte._core import cache_entries

        if not os.path.isdir(home()):
            return []
        return [(name, "") for name in sorted({entry.task for entry in cache_entries(home())})]

    def plugins(self, group: str) -> list[tuple[str, str]]:
        """Commands of plug-ins in a group."""
        from flyte_cli.plugins import COMMANDS, found

        head = f"{group}." if group else ""
        names = [each.name for each in found(COMMANDS)]
        return [
            (name[len(head) :], "from a plug-in")
            for name in names
            if name.startswith(head) and "." not in name[len(head) :]
        ]

    def _tree(self, run: str) -> RunTree | None:
        from flyte._core import RunTree, find_runs, list_runs

        if not os.path.isdir(home()):
            return None
        back = 1 if run in ("@", "last") else int(run[1:]) if run[:1] == "@" and run[1:].isdigit() else 0
        rows = list_runs(home(), os.getcwd(), back)[back - 1 :] if back else find_runs(home(), run)
        return RunTree.open(rows[0].folder) if rows else None


def _described(row: RunRow, now: float) -> str:
    from flyte_cli.quantities import age

    note = row.note.partition("\n")[0]
    return f"{MARKS.get(row.phase, '')} {row.task} {age(row.started_at, now)} {note}".strip()


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _has_python(folder: str) -> bool:
    """Whether there is Python in a folder or one below it."""
    for entry in _entries(folder):
        if entry.name.endswith(".py"):
            return True
        below = entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".") and entry.name not in SKIPPED
        if below and any(each.name.endswith(".py") for each in _entries(entry.path)):
            return True
    return False


def _may_have_tasks(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            source = file.read(LARGEST)
    except OSError:
        return False
    return b"flyte" in source
