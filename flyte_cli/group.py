"""The commands: loaded when asked for, with near misses and help pages of our own. It does none of their work."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from flyte_cli import exits
from flyte_cli.errors import Misuse, NoSuchCommand, NoSuchOption
from flyte_cli.inputs.words import Flags
from flyte_cli.output.command_page import CommandHelp, Section, command_page
from flyte_cli.output.look import Look
from flyte_cli.output.paper import papers
from flyte_cli.output.spans import Line

SHARED = Flags(
    valued=frozenset(
        {"-of", "--output-format", "--color", "--progress", "-c", "--config", "--profile", "--org", "--endpoint"}
    ),
    bare=frozenset({"--json", "-q", "--quiet", "-v", "--verbose", "--no-progress"}),
)
"""Options that may also stand before the command."""

HELP = ("-h", "--help")
_STASH = "flyte.shared"


@dataclass(frozen=True)
class Entry:
    """Where a command is found, and what it is for."""

    module: str
    function: str
    about: str
    command: str = "Command"


class PlainText:
    """Turns the text of an option into its type: Typer's own way imports pydantic, 0.05 s, and speaks its language."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value, or a sentence about what is wrong with it."""
        if value is None or self.kind not in (int, float) or isinstance(value, self.kind):
            return value
        try:
            return self.kind(value)
        except ValueError:
            wanted = "a whole number" if self.kind is int else "a number"
            option = max(param.opts, key=len)
            raise Misuse(f"`{option}` is {wanted}, got `{value}`", help=[f"{ctx.command_path} -h"]) from None


class Command(TyperCommand):
    """One command: unknown options get a near miss, help is plain columns."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings | {"add_help_option": False})  # help pages are ours
        for each in self.params:
            parameter: Any = each
            plain = PlainText(parameter.type_descriptor.annotation)
            parameter.get_runtime_param = lambda plain=plain: plain

    def flags(self, ctx: Any) -> Flags:
        """The spellings of its options."""
        valued: set[str] = set()
        bare: set[str] = set(HELP)
        for option in self.params:
            if option.param_type_name == "option":
                (bare if getattr(option, "is_flag", False) else valued).update(option.opts, option.secondary_opts)
        return Flags(frozenset(valued), frozenset(bare))

    def with_shared(self, ctx: Any, args: Sequence[str]) -> list[str]:
        """The words, with the shared options that stood before the command."""
        return [*ctx.meta.pop(_STASH, ()), *args]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse what it does not know, then parse."""
        words = self.with_shared(ctx, args)
        flags = self.flags(ctx)
        if any(word in HELP for word in _before_end(words)):
            self.show_help(ctx, exits.DONE)
        self._check(words, flags, ctx.command_path)
        return super().parse_args(ctx, words)

    def _check(self, words: Sequence[str], flags: Flags, path: str) -> None:
        remaining = list(_before_end(words))
        room = sum(each.param_type_name == "argument" for each in self.params)
        while remaining:
            word = remaining.pop(0)
            option = word.partition("=")[0]
            if option in flags.valued and "=" not in word:
                if not remaining:
                    raise Misuse(f"`{option}` needs a value", help=[f"{path} -h"])
                remaining.pop(0)
            elif word.startswith("-") and word != "-":
                if option not in flags:
                    raise NoSuchOption(option, path, flags.all())
            elif room == 0:
                raise Misuse(f"unexpected `{word}`", help=[f"{path} -h"])
            else:
                room -= 1

    def show_help(self, ctx: Any, status: int) -> NoReturn:
        """Show the help page and leave."""
        options = [_option_row(each) for each in self.params if each.param_type_name == "option"]
        shown = (
            each for each in self.params if each.param_type_name == "argument" and not getattr(each, "hidden", False)
        )
        arguments = [_argument_row(each) for each in shown]
        tail = self.usage_tail() or " ".join(name for name, _ in arguments)
        sections = [Section("Arguments", arguments)] if arguments else []
        help = CommandHelp(
            f"{ctx.command_path} {tail} [OPTIONS]".replace("  ", " "),
            self.help or "",
            [*sections, *self.sections(ctx), Section("Options", options)],
            self.examples(),
        )
        self.page(lambda look: command_page(help, look), status)

    def page(self, lines: Callable[[Look], Iterable[Line]], status: int) -> NoReturn:
        """Show a page and leave: on stdout when it was asked for, else on stderr."""
        show_page(lines, status)

    def examples(self) -> Sequence[tuple[str, str]]:
        """Command lines for the help page."""
        return ()

    def sections(self, ctx: Any) -> Sequence[Section]:
        """What the help page lists besides arguments and options."""
        return ()

    def usage_tail(self) -> str:
        """What comes after the name in the usage line, when the parameters do not tell."""
        return ""


class Group(TyperGroup):
    """A table of commands, each imported when it is asked for."""

    def __init__(self, name: str, about: str, table: Mapping[str, Entry | Group]) -> None:
        super().__init__(name=name, help=about, add_help_option=False)
        self.table = table

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import the one that is needed."""
        found = self.table.get(cmd_name)
        if found is None:
            return None
        return found if isinstance(found, Group) else command_of(cmd_name, found)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep shared options for the command; the rest starts with its name."""
        shared = list(ctx.meta.get(_STASH, ()))
        words = list(args)
        while words and words[0].startswith("-"):
            word = words.pop(0)
            option = word.partition("=")[0]
            if option in HELP:
                self._show_help(ctx, exits.DONE)
            if option not in SHARED:
                raise NoSuchOption(option, ctx.command_path, [*SHARED.all(), "--help", "--version"])
            shared.append(word)
            if option in SHARED.valued and "=" not in word and words:
                shared.append(words.pop(0))
        ctx.meta[_STASH] = shared
        if not words:
            self._show_help(ctx, exits.USAGE)
        return super().parse_args(ctx, words)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command, or name the near miss."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            raise NoSuchCommand(name, ctx.command_path, list(self.table))
        return name, command, args[1:]

    def _show_help(self, ctx: Any, status: int) -> NoReturn:
        rows = [(name, each.help or "" if isinstance(each, Group) else each.about) for name, each in self.table.items()]
        help = CommandHelp(f"{ctx.command_path} COMMAND", self.help or "", [Section("Commands", rows)])
        show_page(lambda look: command_page(help, look), status)


def command_of(name: str, entry: Entry) -> TyperCommand:
    """Import a command and have Typer read its signature."""
    module = importlib.import_module(entry.module)
    kind: type[TyperCommand] = getattr(module, entry.command, Command)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, cls=kind)(getattr(module, entry.function))
    command: Any = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    return command


def show_page(lines: Callable[[Look], Iterable[Line]], status: int) -> NoReturn:
    """Show a page and leave: on stdout when it was asked for, else on stderr."""
    import os

    stdout, stderr = papers("auto", os.environ)
    paper = stdout if status == exits.DONE else stderr
    paper.lines(lines(paper.look))
    raise typer.Exit(status)


def _before_end(words: Sequence[str]) -> Sequence[str]:
    return words[: words.index("--")] if "--" in words else words


def _option_row(option: Any) -> tuple[str, str]:
    spelled = ", ".join(sorted([*option.opts, *option.secondary_opts], key=len))
    metavar = "" if getattr(option, "is_flag", False) else f" {option.metavar or 'VALUE'}"
    return f"{spelled}{metavar}", option.help or ""


def _argument_row(argument: Any) -> tuple[str, str]:
    return argument.metavar or argument.name.upper(), argument.help or ""
