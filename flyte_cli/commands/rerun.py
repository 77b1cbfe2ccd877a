"""`flyte rerun`: start a recorded run again, or only what it did not finish, or one of its actions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from flyte_cli import exits
from flyte_cli.commands import options
from flyte_cli.errors import CliError, Misuse
from flyte_cli.group import Command
from flyte_cli.inputs.words import Flags, Sorted, leading, sort_words, value_of
from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import Again, recorded

ACTION = "--action-name"
EXAMPLES = (
    ("flyte rerun @", "the latest run once more"),
    ("flyte rerun @ --recover", "redo what did not finish, or was edited"),
    ("flyte rerun r7k2m9q --recover --n 30", "with another input"),
    ("flyte rerun @ --action-name flaky.3 --pdb", "step into one action"),
)


class RerunCommand(Command):
    """Loads the task while it parses, when there are words that are no options of ours: they may be its inputs."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Sort the words, then parse those that are ours."""
        flags = self.flags(ctx)
        words = self.with_shared(ctx, args)
        if "--tui" in words and not {"-h", "--help"} & set(words):
            from flyte_cli.tui.terminal import begin

            begin(None, ctx.obj)
        found, before, rest = leading(words, flags, 1)
        if not found or not _has_others(rest, flags):
            return super().parse_args(ctx, words)
        try:
            again = _entered(found[0], value_of(ACTION, words), ctx.obj)
            target = again.target
        except CliError:
            self._check(words, flags, ctx.command_path)  # a mistyped option of ours, rather
            raise
        inputs = sort_words(rest, target.interface, flags)
        ctx.meta["flyte.again"] = (again, inputs)
        return super().parse_args(ctx, [*found, *before, *inputs.ours])

    def examples(self) -> Sequence[tuple[str, str]]:
        """Command lines for the help page."""
        return EXAMPLES

    def usage_tail(self) -> str:
        """What comes after the name in the usage line."""
        return "RUN [--INPUT VALUE ...]"


def _has_others(words: Sequence[str], flags: Flags) -> bool:
    remaining = list(words)
    while remaining:
        word = remaining.pop(0)
        if not word.startswith("-") or word.partition("=")[0] not in flags:
            return True
        if word in flags.valued and remaining:
            remaining.pop(0)
    return False


def _entered(run: str, action: str | None, host: Host) -> Again:
    """The run to start again, from the folder where it was started."""
    again = recorded(run, action, host)
    if again.folder != host.folder():
        os.chdir(again.folder)
    return again


@options.following
def rerun(
    ctx: typer.Context,
    run: options.Run,
    following: options.Following,
    recover: Annotated[bool, typer.Option("--recover", help="take what had succeeded from the earlier run")] = False,
    action: Annotated[
        str | None,
        typer.Option(ACTION, metavar="ACTION", help="only this action, as the root of a new run: flaky.3"),
    ] = None,
    force: Annotated[
        list[str] | None,
        typer.Option("--force-rerun-action", metavar="ACTION", help="with --recover: run this one again; repeat"),
    ] = None,
    missing: Annotated[
        bool,
        typer.Option("--allow-missing-outputs", help="with --recover: make results again whose files are gone"),
    ] = False,
    pdb: Annotated[
        bool, typer.Option("--pdb", help="stop in the debugger where the task begins, and at errors")
    ] = False,
) -> None:
    """Run the task of an earlier run again, in the folder where it was started.

    Inputs given as options replace the recorded ones.
    """
    from flyte_cli.ops.config import apply_config
    from flyte_cli.ops.project import project_warnings
    from flyte_cli.ops.runs import Anew
    from flyte_cli.ops.runs import rerun as run_again
    from flyte_cli.output.formats import output_for, prints_aside
    from flyte_cli.settings.project import project_at

    host: Host = ctx.obj
    anew = Anew(recover, tuple(force or ()), missing, pdb)
    anew.check(action)
    if pdb and following.tui:
        raise Misuse("`--pdb` has the terminal for itself, and `--tui` too", help=["leave one of them out"])
    again, words = ctx.meta.get("flyte.again") or (_entered(run, action, host), Sorted())
    show = following.show(pdb)
    output = output_for(show, host)
    again.target  # noqa: B018  # loads its file, which may say what runs belong to
    project = project_at(again.folder)
    output.warned(apply_config(following.config_options(), project, host) + project_warnings(project, host.folder()))
    host, observer = following.observed(host, output)
    with prints_aside(show):
        finished = run_again(again, anew, words, following.how(inline=pdb), host, observer)
    output.run_finished(finished)
    raise typer.Exit(exits.of_phase(finished.phase, finished.interrupted))
