"""The commands: loaded when asked for, with near misses and help pages of our own. It does none of their work."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from flyte_cli import exits
from flyte_cli.errors import Misuse, NoSuchCommand, NoSuchOption
from flyte_cli.inputs.words import Flags, leading
from flyte_cli.log_options import LOGGING, without_log_options
from flyte_cli.output.command_page import CommandHelp, Section, command_page
from flyte_cli.output.look import Look
from flyte_cli.output.paper import papers
from flyte_cli.output.spans import Line, Span, line
from flyte_cli.output.visible import visible
from flyte_cli.plugins import COMMANDS, HOOKS, EntryPoint, found
from flyte_cli.variables import variables

MORE_VERBOSE = frozenset({"-vv", "-vvv", "-vvvv"})
SHARED = Flags(
    valued=frozenset(
        {"-of", "--output-format", "--color", "--progress", "-c", "--config", "--profile", "--org", "--endpoint"}
        | {"--builder", "--image-builder", "--auth-type", *LOGGING.valued}
    ),
    bare=frozenset({"--json", "-q", "--quiet", "-v", "--verbose", "--no-progress", "--ascii", "--insecure"})
    | MORE_VERBOSE
    | LOGGING.bare,
)
"""Options that may also stand before the command."""

HELP = ("-h", "--help")
ASCII = ("--ascii", "no signs beyond ASCII")
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
        bare: set[str] = {*HELP, ASCII[0]}
        for option in self.params:
            if option.param_type_name == "option":
                (bare if getattr(option, "is_flag", False) else valued).update(option.opts, option.secondary_opts)
        if "-v" in bare:
            bare |= MORE_VERBOSE
        return Flags(frozenset(valued) | LOGGING.valued, frozenset(bare) | LOGGING.bare)

    def with_shared(self, ctx: Any, args: Sequence[str]) -> list[str]:
        """The words, with the shared options that stood before the command; those about logs count from here on."""
        return [*without_log_options(ctx.meta.pop(_STASH, ()), ctx.obj), *args]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse what it does not know, then parse."""
        words = self.with_shared(ctx, args)
        flags = self.flags(ctx)
        asked = [word for word in _before_end(words) if word in HELP]
        if asked:
            self.show_help(ctx, exits.DONE, full="--help" in asked)
        self._check(words, flags, ctx.command_path)
        if ASCII[0] in _before_end(words):
            ctx.obj.environment["FLYTE_ASCII"] = "1"
            words.remove(ASCII[0])
        words = without_log_options(words, ctx.obj)
        return super().parse_args(ctx, ["-v" if word in MORE_VERBOSE else word for word in words])

    def _check(self, words: Sequence[str], flags: Flags, path: str) -> None:
        remaining = list(_before_end(words))
        arguments = [each for each in self.params if each.param_type_name == "argument"]
        room = len(remaining) if any(each.nargs == -1 for each in arguments) else len(arguments)
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

    def show_help(self, ctx: Any, status: int, full: bool = False) -> NoReturn:
        """Show the help page and leave."""
        help = self.described(ctx.command_path, full)
        help = replace(help, sections=[*self.sections(ctx), *help.sections])
        self.page(ctx, lambda look: command_page(help, look), status)

    def described(self, path: str, full: bool) -> CommandHelp:
        """What its help page says; in full also the variables that stand for options."""
        options = [each for each in self.params if each.param_type_name == "option"]
        given = [each for each in options if not getattr(each, "hidden", False)]
        shown = (
            each for each in self.params if each.param_type_name == "argument" and not getattr(each, "hidden", False)
        )
        arguments = [_argument_row(each) for each in shown]
        tail = self.usage_tail() or " ".join(name for name, _ in arguments)
        sections = [Section("Arguments", arguments)] if arguments else []
        sections.append(Section("Options", [*map(_option_row, given), ASCII]))
        if full:
            settings = [each for each in given if not each.name.startswith("in_")]  # the others leave runs out of lists
            names = {ASCII[0], *(name for each in settings for name in each.opts)}
            sections.append(Section("Environment", variables(names)))
        usage = f"{path} {tail} [OPTIONS]".replace("  ", " ")
        doc = self.help or ""
        return CommandHelp(usage, doc if full else doc.partition("\n\n")[0], sections, self.examples())

    def page(self, ctx: Any, lines: Callable[[Look], Iterable[Line]], status: int) -> NoReturn:
        """Show a page and leave: on stdout when it was asked for, else on stderr."""
        show_page(lines, status, ctx.obj.environment)

    def examples(self) -> Sequence[tuple[str, str]]:
        """Command lines for the help page."""
        return ()

    def sections(self, ctx: Any) -> Sequence[Section]:
        """What the help page lists before arguments and options, of the place one is in."""
        return ()

    def usage_tail(self) -> str:
        """What comes after the name in the usage line, when the parameters do not tell."""
        return ""


class Forms(Command):
    """A command whose first word may be one of a few: `abort RUN`, and `abort action RUN ACTION`.

    A run that has such a word as its name is meant when nothing comes after it.
    """

    forms: ClassVar[Mapping[str, Entry]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Those words."""
        return list(self.forms)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """The command of such a word."""
        return command_of(cmd_name, self.forms[cmd_name]) if cmd_name in self.forms else None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Hand over to the command of the first word, or parse."""
        words = self.with_shared(ctx, args)
        found, before, rest = leading(words, self.flags(ctx), 1)
        command = self.get_command(ctx, found[0]) if found and rest else None
        if command is None:
            return super().parse_args(ctx, words)
        with command.make_context(f"{ctx.info_name} {found[0]}", [*before, *rest], parent=ctx.parent) as inner:
            command.invoke(inner)
        raise typer.Exit(exits.DONE)

    def sections(self, ctx: Any) -> Sequence[Section]:
        """What else may come after its name."""
        return [Section("Also", [(f"{ctx.command_path} {name}", each.about) for name, each in self.forms.items()])]


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
        entry = self.table.get(cmd_name)
        if isinstance(entry, Group):
            return entry
        path = ctx.command_path.split()[1:]
        name = ".".join([*path, cmd_name])
        if entry is None:
            return _from_plugin(name, ctx)
        return _hooked(name, command_of(cmd_name, entry), ctx)

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
            raise NoSuchCommand(name, ctx.command_path, [*self.table, *self._added(ctx)])
        return name, command, args[1:]

    def _show_help(self, ctx: Any, status: int) -> NoReturn:
        rows = [(name, each.help or "" if isinstance(each, Group) else each.about) for name, each in self.table.items()]
        rows += [(name, "from a plug-in") for name in self._added(ctx)]
        help = CommandHelp(f"{ctx.command_path} COMMAND", self.help or "", [Section("Commands", rows)])
        show_page(lambda look: command_page(help, look), status, ctx.obj.environment)

    def _added(self, ctx: Any) -> list[str]:
        """The commands that plug-ins bring to this group."""
        head = "".join(f"{part}." for part in ctx.command_path.split()[1:])
        names = [each.name for each in found(COMMANDS) if each.name.startswith(head)]
        return sorted(name[len(head) :] for name in names if "." not in name[len(head) :])


def _from_plugin(name: str, ctx: Any) -> Any:
    """The command that a plug-in brings under that name; one that is broken is told of, and is not there."""
    for each in found(COMMANDS):
        if each.name == name:
            try:
                return _adopted(name.rpartition(".")[2], each.load())
            except Exception as error:  # whatever a package raises at import: one line, and the tool goes on
                _warn(each, error, ctx)
    return None


def _hooked(name: str, command: Any, ctx: Any) -> Any:
    """The command after every hook for it; one that is broken is told of and left out. Looking costs 1 ms."""
    for each in found(HOOKS):
        if each.name == name:
            try:
                hook: Any = each.load()
                changed = hook(command)
            except Exception as error:  # as above
                _warn(each, error, ctx)
            else:
                command = command if changed is None else changed
    return command


def _warn(plugin: EntryPoint, error: Exception, ctx: Any) -> None:
    _, stderr = papers("auto", ctx.obj.environment)
    told = " ".join(f"{type(error).__name__}: {error}".split())
    stderr.line(line(Span("warning: ", "yellow"), visible(f"plug-in {plugin.package} ({plugin.value}): {told}")))


def _adopted(name: str, brought: Any) -> TyperCommand:
    """A command of ours around what a plug-in brings: it gets its words untouched, and speaks for itself."""
    if not isinstance(brought, typer.Typer) and not hasattr(brought, "main"):
        if not callable(brought):
            raise TypeError(f"{brought!r} is neither a Typer, a command nor a function")
        app = typer.Typer(add_completion=False)
        app.command(name)(brought)
        brought = app
    return Foreign(name, brought)


class Foreign(TyperCommand):
    """A Typer or click command of a plug-in. Its help, its errors and its exit status are its own."""

    def __init__(self, name: str, brought: Any) -> None:
        super().__init__(name, callback=None, add_help_option=False)
        self.brought = brought

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep the words as they are."""
        ctx.args = [*ctx.meta.pop(_STASH, ()), *args]
        return []

    def invoke(self, ctx: Any) -> None:
        """Hand them over."""
        run = self.brought if isinstance(self.brought, typer.Typer) else self.brought.main
        try:
            run(args=list(ctx.args), prog_name=ctx.command_path)
        except SystemExit as leaving:
            if not isinstance(leaving.code, (int, type(None))):
                raise Misuse(str(leaving.code)) from None
            raise typer.Exit(leaving.code or exits.DONE) from None


def command_of(name: str, entry: Entry) -> TyperCommand:
    """Import a command and have Typer read its signature."""
    module = importlib.import_module(entry.module)
    kind: type[TyperCommand] = getattr(module, entry.command, Command)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(name, cls=kind)(getattr(module, entry.function))
    command: Any = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    return command


def show_page(lines: Callable[[Look], Iterable[Line]], status: int, environment: Mapping[str, str]) -> NoReturn:
    """Show a page and leave: on stdout when it was asked for, else on stderr."""
    stdout, stderr = papers("auto", environment)
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
