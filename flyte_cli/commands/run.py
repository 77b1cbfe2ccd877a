"""`flyte run`: load a task, give it its inputs, follow it to the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from flyte_cli import exits
from flyte_cli.commands import options
from flyte_cli.errors import CliError, Misuse
from flyte_cli.group import Command
from flyte_cli.inputs.words import Flags, Sorted, leading, sort_words
from flyte_cli.ops.host import Host
from flyte_cli.ops.loading import Target, TaskFile, load_file
from flyte_cli.ops.project import named_tasks, wanted
from flyte_cli.output.command_page import Section
from flyte_cli.settings.project import NamedTask

if TYPE_CHECKING:
    from flyte_cli.ops.tasks_here import TaskHere

WANTS_HELP = {"-h", "--help"}
NO_INPUT = "--no-input"
CHOSEN = "flyte.chosen"
"""That the words are those of a form."""
TUI = "--tui"
EXAMPLES = (
    ("flyte run hello.py", "the only task of a file, or its main"),
    ("flyte run hello.py greet --name Ada", "a task with inputs"),
    ("flyte run hello.py greet -h", "what a task takes"),
    ("flyte run hello.py --inputs in.yaml", "inputs from a file; options win over it"),
    ("flyte run hello.py greet --plan", "what the cache would spare"),
    ("flyte run nightly", "a task that the project file names"),
    ("x=$(flyte run hello.py greet -of value)", "only the result"),
)


@dataclass(frozen=True)
class Asked:
    """The words of a command line, before the file is loaded."""

    file: str | None
    task: str | None
    ours: tuple[str, ...]
    rest: tuple[str, ...]


def asked(words: Sequence[str], flags: Flags) -> Asked:
    """Find FILE and TASK; options of ours may stand anywhere before, between or after them."""
    found, ours, rest = leading(words, flags, 2, "::")
    file, task = (*found, None, None)[:2]
    return Asked(file, task, ours, rest)


@dataclass(frozen=True)
class Found:
    """What the words of a command line turned out to be."""

    target: Target
    words: Sorted
    file: TaskFile
    entry: NamedTask | None = None
    """The name in the project file that stands for it."""


def may_choose(ours: Sequence[str], host: Host) -> bool:
    """Whether somebody is there to choose a task."""
    if NO_INPUT in ours:
        return False
    from flyte_cli.tui.picking import may_ask

    return may_ask(host.environment)


class RunCommand(Command):
    """Loads the task while it parses: only the task knows which words are its inputs."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Sort the words, then parse those that are ours."""
        flags = self.flags(ctx)
        words = asked(self.with_shared(ctx, args), flags)
        wants_help = bool(WANTS_HELP & set(words.ours))
        wants_screen = TUI in (*words.ours, *words.rest) and not WANTS_HELP & {*words.ours, *words.rest}
        if wants_screen and not ctx.meta.get(CHOSEN):
            from flyte_cli.tui.hosting import begin

            begin(None if TUI in words.ours else words.file, ctx.obj)
        here = ctx.obj.folder()
        found = None if words.file is None and wants_help else wanted(words.file, words.task, here)
        if found is None:
            if not wants_help and not words.rest and may_choose(words.ours, ctx.obj):
                from flyte_cli.ops.tasks_here import tasks_here

                return self.choose(ctx, words.ours, tasks_here)
            if wants_help or not words.rest:
                self.show_help(ctx, exits.DONE if wants_help else exits.USAGE, "--help" in words.ours)
            return super().parse_args(ctx, [*words.ours, *words.rest])
        file = load_file(found.file, here)
        task = found.task or file.main()
        if task is None:
            wants_help = wants_help or bool(WANTS_HELP & set(words.rest))
            if file.tasks and not wants_help and not words.rest and may_choose(words.ours, ctx.obj):
                from flyte_cli.ops.tasks_here import tasks_of_file

                return self.choose(ctx, words.ours, lambda host: tasks_of_file(file, host))
            self.show_tasks(ctx, file, exits.DONE if wants_help else exits.USAGE)
        target = file.target(task)
        sorted_words = sort_words(words.rest, target.interface, flags)
        ours = [*words.ours, *sorted_words.ours]
        if WANTS_HELP & set(ours):
            self.show_task(ctx, target)
        ctx.meta["flyte.target"] = Found(target, sorted_words, file, found.entry)
        return super().parse_args(ctx, ours)

    def choose(self, ctx: Any, ours: Sequence[str], find: Callable[[Host], Sequence[TaskHere]]) -> list[str]:
        """Let somebody choose a task and fill in its inputs; then it is as if that had been typed."""
        from flyte_cli.tui.picking import pick

        words = pick(find, ctx.obj)
        if words is None:
            raise typer.Exit(exits.INTERRUPTED)
        ctx.meta[CHOSEN] = True
        return self.parse_args(ctx, [*ours, *words])

    def examples(self) -> Sequence[tuple[str, str]]:
        """Command lines for the help page."""
        return EXAMPLES

    def sections(self, ctx: Any) -> Sequence[Section]:
        """The names that the project file gives."""
        rows = named_tasks(ctx.obj.folder())
        return [Section("Names in the project file", rows)] if rows else []

    def usage_tail(self) -> str:
        """What comes after the options."""
        return "[FILE | NAME] [TASK] [--INPUT VALUE ...]"

    def show_tasks(self, ctx: Any, file: TaskFile, status: int) -> NoReturn:
        """List the tasks of a file and leave."""
        from flyte_cli.output.task_page import tasks_page

        if not file.tasks:
            raise CliError(f"no tasks in {file.file}", help=["decorate a function with `@env.task`"])
        interfaces = {name: file.target(name).interface for name in file.tasks}
        self.page(ctx, lambda look: tasks_page(file.file, interfaces, look), status)

    def show_task(self, ctx: Any, target: Target) -> NoReturn:
        """Show what a task takes and leave."""
        from flyte_cli.output.task_page import task_page

        place = f"{target.file}:{target.task.source_line}" if target.task.source_line else target.file
        environment = str(target.task.environment or "")
        self.page(ctx, lambda look: task_page(target.interface, target.file, place, environment, look), exits.DONE)


Plan = Annotated[bool, typer.Option("--plan", help="only say what would run, and why")]
NoInput = Annotated[bool, typer.Option(NO_INPUT, help="never ask: without a task, only list what there is")]
FromRun = Annotated[str | None, typer.Option("--from", metavar="RUN", help="the inputs of an earlier run")]


@options.following
def run(
    ctx: typer.Context,
    following: options.Following,
    local: Annotated[bool, typer.Option("--local", help="run on this machine, which is the default")] = False,
    from_run: FromRun = None,
    plan: Plan = False,
    env: options.Env = None,
    no_input: NoInput = False,
) -> None:
    """Run a task. Inputs are options after its name; an input wins over an option of the same name."""
    from flyte_cli.ops.config import apply_config
    from flyte_cli.ops.project import inputs_before, project_warnings
    from flyte_cli.ops.run import run_task
    from flyte_cli.output.formats import output_for, prints_aside

    host: Host = ctx.obj
    found: Found = ctx.meta["flyte.target"]
    target, words, project = found.target, found.words, found.file.project
    how, show = following.how(from_run, env=env), following.show()
    output = output_for(show, host)
    output.warned(apply_config(following.config_options(), project, host) + project_warnings(project, host.folder()))
    if from_run is None:
        before = inputs_before(project, found.entry, target.interface, host.folder())
        how = replace(how, inputs=(*before, *how.inputs))
    if plan and following.tui:
        raise Misuse("`--plan` runs nothing that `--tui` could show", help=["leave one of them out"])
    if plan:
        from flyte_cli.ops.plan import plan_task

        return output.plan(plan_task(target, words, how, host))
    host, observer = following.observed(host, output)
    with prints_aside(show):
        finished = run_task(target, words, how, host, observer)
    output.run_finished(finished)
    raise typer.Exit(exits.of_phase(finished.phase, finished.interrupted))
