"""Load the user's file and find its tasks. What goes wrong in there is told with their lines and none of ours."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flyte_cli.errors import FileNotLoaded, NoSuchFile, NoSuchTask
from flyte_cli.inputs.interface import Interface, interface_of, summary
from flyte_cli.ops.project import declare, module_name
from flyte_cli.settings.project import project_at
from flyte_cli.sources import Place, is_library, shown_path, source_around

if TYPE_CHECKING:
    from flyte.task import TaskTemplate
    from flyte_cli.settings.project import Project

MOST_FRAMES = 4


@dataclass(frozen=True)
class Target:
    """A task to run, and the file it came from."""

    file: str
    name: str
    task: TaskTemplate[..., Any]
    interface: Interface

    @property
    def help_command(self) -> str:
        """What to type to see what the task takes."""
        return f"flyte run {self.file} {self.name} -h"


@dataclass(frozen=True)
class TaskFile:
    """A loaded file and the tasks in it, by the names they have there."""

    file: str
    tasks: dict[str, TaskTemplate[..., Any]]
    project: Project | None = None

    def main(self) -> str | None:
        """The task that runs when none is named."""
        if self.project is not None and self.project.default_task in self.tasks:
            return self.project.default_task
        if len(self.tasks) == 1:
            return next(iter(self.tasks))
        return "main" if "main" in self.tasks else None

    def target(self, name: str) -> Target:
        """The task with that name: its function, its variable, or `environment.function`."""
        task = self.tasks.get(name)
        if task is None:
            task = next((each for each in self.tasks.values() if name in (each.short_name, each.name)), None)
        if task is None:
            raise NoSuchTask(name, self.file, list(self.tasks))
        interface = interface_of(task.func, name, summary(task.doc), task.parameter_docs)
        return Target(self.file, name, task, interface)


def load_file(file: str, here: str) -> TaskFile:
    """Import a file by its path and collect its tasks."""
    path = Path(here, file)
    project = project_at(here)
    if path.is_dir() or not path.is_file():
        named = [] if project is None else list(project.entries)
        raise NoSuchFile(file, _python_files(path if path.is_dir() else path.parent, here), named)
    declare(project, here)
    return TaskFile(file, tasks_of(_module(path, file, here, project)), project)


def task_named(name: str, file: str, here: str) -> Target:
    """The task of that full name, `environment.function`: in a file, or in what that imports."""
    from flyte.task import registry

    tasks = load_file(file, here)
    found = next((each for each in tasks.tasks.values() if each.name == name), registry.get(name))
    if found is None:
        raise NoSuchTask(name, file, [each.name for each in tasks.tasks.values()])
    own = next((own for own, task in tasks.tasks.items() if task is found), found.short_name)
    return Target(file, own, found, interface_of(found.func, own, summary(found.doc), found.parameter_docs))


def tasks_of(module: ModuleType) -> dict[str, TaskTemplate[..., Any]]:
    """The tasks a module declares, in its order; imported ones only when it declares none."""
    from flyte.task import TaskTemplate

    found: dict[str, TaskTemplate[..., Any]] = {}
    for name, value in vars(module).items():
        if isinstance(value, TaskTemplate) and not any(value is each for each in found.values()):
            found[name] = value
    own = {name: task for name, task in found.items() if task.module == module.__name__}
    return own or found


def _module(path: Path, file: str, here: str, project: Project | None = None) -> ModuleType:
    name = path.stem if project is None else module_name(path, project)
    if name in sys.stdlib_module_names:
        raise FileNotLoaded(f"`{file}` hides Python's own module `{name}`", help=["give the file another name"])
    loaded = sys.modules.get(name)
    if loaded is not None:
        if _same_file(getattr(loaded, "__file__", None), path):
            return loaded
        raise FileNotLoaded(
            f"`{file}` has the name of the module `{name}`, which is in use", help=["give the file another name"]
        )
    _make_importable(path, project)
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise FileNotLoaded(f"`{file}` is no Python file", help=["its name should end in `.py`"])
    module = importlib.util.module_from_spec(spec)
    try:
        if "." in name:
            return importlib.import_module(name)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever their module raises is theirs to read
        sys.modules.pop(name, None)
        raise _not_loaded(file, here, error) from error
    return module


def _make_importable(path: Path, project: Project | None) -> None:
    """Imports start at the source root; the file's own folder is for scripts beside it."""
    folder = str(path.parent.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if project is not None and project.source_root is not None:
        root = str(project.source_root.resolve())
        if root in sys.path:
            sys.path.remove(root)
        sys.path.insert(0, root)


def _same_file(one: str | None, other: Path) -> bool:
    return one is not None and os.path.exists(one) and other.samefile(one)


def _not_loaded(file: str, here: str, error: BaseException) -> FileNotLoaded:
    if isinstance(error, SystemExit):
        return FileNotLoaded(
            f"{file} called sys.exit({error.code!r}) while it was loaded",
            places=_places(error, here),
            help=['put what should only happen in a script under `if __name__ == "__main__":`'],
        )
    first, *rest = str(error).strip().splitlines() or [""]
    if isinstance(error, SyntaxError):
        return FileNotLoaded(f"cannot load {file}: {type(error).__name__}: {error.msg}", places=[_syntax(error, here)])
    message = "\n".join([f"cannot load {file}: {type(error).__name__}{f': {first}' if first else ''}", *rest])
    return FileNotLoaded(message, places=_places(error, here), help=_advice(error))


def _advice(error: BaseException) -> Sequence[str]:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return [f"is `{error.name.partition('.')[0]}` installed for {sys.executable}?"]
    return []


def _syntax(error: SyntaxError, here: str) -> Place:
    file, at = error.filename or "", error.lineno or 0
    lines = source_around(file, at)
    text = dict(lines).get(at, "")
    caret = len(text[: error.offset - 1].expandtabs(4)) if error.offset and text.isascii() else None
    return Place(f"{shown_path(file, here)}:{at}", at, lines, caret=caret)


def _places(error: BaseException, here: str) -> list[Place]:
    """The user's frames, innermost first, the first with its source."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if not is_library(frame.filename)]
    places: list[Place] = []
    for frame in reversed(own[-MOST_FRAMES:]):
        where = "" if frame.name == "<module>" else f" in {frame.name}"
        at = frame.lineno or 0
        lines = source_around(frame.filename, at) if not places else ()
        places.append(Place(f"{shown_path(frame.filename, here)}:{at}{where}", at, lines))
    return places


def _python_files(folder: Path, here: str) -> list[str]:
    """Python files of a folder, as they would be typed."""
    if not folder.is_dir():
        return []
    return sorted(shown_path(str(each), here) for each in folder.glob("*.py") if not each.name.startswith("_"))
