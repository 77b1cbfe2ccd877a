"""The whole command line as objects that can be asked, for whoever wants to know it: commands, options, and the tasks
of the files around with their inputs. `flyte_cli.entry.app` is its root. Nothing that runs needs it.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from flyte_cli.commands import options
from flyte_cli.group import Group
from flyte_cli.inputs.interface import Input, Interface
from flyte_cli.main import ABOUT, COMMANDS, main
from flyte_cli.ops.builtin import BUILTINS, Builtin
from flyte_cli.ops.loading import load_file

if TYPE_CHECKING:
    from flyte_cli.ops.loading import Target


class Root(Group):
    """The tool, which may also be called."""

    def main(self, args: Sequence[str] | None = None, *_: Any, **settings: Any) -> NoReturn:
        """Do what the words ask for, as `flyte` does, and leave with its status."""
        sys.exit(main(sys.argv[1:] if args is None else args))


def app() -> Root:
    """The root, with the options that may stand before any command."""
    root = Root("flyte", ABOUT, COMMANDS)
    root.params = _params("flyte", _root)
    return root


def _root(
    version: Annotated[bool, typer.Option("--version", "-V", help="say which version this is")] = False,
    config: options.ConfigFile = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="also frames of libraries")] = 0,
    color: options.Color = "auto",
    progress: options.Progress = "auto",
    no_progress: options.NoProgress = False,
    profile: options.Profile = None,
    org: options.Org = None,
    endpoint: options.Endpoint = None,
    insecure: options.Insecure = False,
    builder: options.Builder = None,
    auth_type: options.AuthType = None,
    log_format: options.LogFormat = "console",
    user_log_level: options.UserLogLevel = "info",
    reset_root_logger: options.ResetRootLogger = False,
) -> None:
    """The options that may stand before any command that takes them."""


def root_options() -> list[Any]:
    """The same options alone."""
    return _params("flyte", _root)


class Folder(TyperGroup):
    """What `flyte run` may be followed by in a folder: its Python files, and folders that have some."""

    def __init__(self, path: Path, about: str = "") -> None:
        super().__init__(name=path.name, help=about or f"the Python files of {path}", add_help_option=False)
        self.path = path

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names."""
        return files_of(self.path)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """The tasks of a file, or the files of a folder."""
        return file_or_folder(self.path / cmd_name)


class File(TyperGroup):
    """The tasks of a Python file; it is imported when they are asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(name=path.name, help=f"the tasks of {path}", add_help_option=False)
        self.path = path

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names."""
        return list(load_file(str(self.path), os.getcwd()).tasks)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """One of them, with its inputs as options."""
        file = load_file(str(self.path), os.getcwd())
        return task_command(cmd_name, file.target(cmd_name).interface) if cmd_name in file.tasks else None


def files_of(folder: Path) -> list[str]:
    """The Python files of a folder, and the folders in it that have some."""
    found = sorted(each for each in folder.iterdir() if not each.name.startswith((".", "_")))
    return [each.name for each in found if each.suffix == ".py" or (each.is_dir() and any(each.glob("*.py")))]


def file_or_folder(path: Path) -> TyperGroup | None:
    """What is at a path; None when it is neither."""
    if path.is_dir():
        return Folder(path)
    return File(path) if path.suffix == ".py" and path.is_file() else None


def after_run(name: str) -> TyperCommand | TyperGroup | None:
    """What `flyte run NAME` stands for: a program that comes along, a file or a folder."""
    builtin = BUILTINS.get(name)
    return file_or_folder(Path(name)) if builtin is None else builtin_command(builtin)


def builtin_command(builtin: Builtin) -> TyperCommand:
    """The command of a program that comes along."""
    target: Target = load_file(builtin.path, os.getcwd()).target(builtin.task)
    return task_command(builtin.word, target.interface, builtin.argument)


def task_command(name: str, interface: Interface, argument: str | None = None) -> TyperCommand:
    """A task as a command; `argument` is the input that needs no option."""

    def task(**inputs: Any) -> None:
        raise RuntimeError("this describes a task: `flyte run` runs it")

    task.__doc__ = interface.doc or name
    parameters = [_parameter(each, each.name == argument) for each in interface.inputs]
    parameters.sort(key=lambda each: each.default is not inspect.Parameter.empty)
    task.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # Typer reads it
    task.__annotations__ = {each.name: each.annotation for each in parameters}
    return _command(name, task)


def _parameter(each: Input, is_argument: bool) -> inspect.Parameter:
    kind: Any = bool if each.flag else list[str] if each.many else str
    declared: Any
    if is_argument:
        declared = typer.Argument(metavar=each.name.upper(), help=each.help)
    else:
        declared = typer.Option(*_spellings(each), help=each.help, show_default=False)
    default: Any = inspect.Parameter.empty
    if not each.required:
        default = each.default if each.flag else None if each.many or each.default is None else str(each.default)
    annotation: Any = Annotated[(kind if each.required or each.flag else kind | None), declared]
    return inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _spellings(each: Input) -> Iterator[str]:
    for spelled in dict.fromkeys((each.option, f"--{each.name}")):
        yield f"{spelled}/--no-{spelled[2:]}" if each.flag else spelled


def _command(name: str, function: Callable[..., None]) -> TyperCommand:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, add_help_option=False)(function)
    command: Any = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    return command


def _params(name: str, function: Callable[..., None]) -> list[Any]:
    return list(_command(name, function).params)


def names_after_run(here: Path) -> Sequence[str]:
    """The words that may follow `flyte run`, besides those of the project file."""
    return [*BUILTINS, *files_of(here)]
