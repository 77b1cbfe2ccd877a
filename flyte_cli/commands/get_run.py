"""`flyte get run`: the runs of this folder, or one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.errors import Misuse
from flyte_cli.group import Command
from flyte_cli.ops.host import Host

Which = Annotated[str | None, typer.Argument(metavar="[RUN]", help="a run: its name, a part from its start, @ or last")]
Export = Annotated[
    str | None, typer.Option("--export", metavar="FILE", help="write the run, with all its data, to a .tar.gz file")
]
Import = Annotated[str | None, typer.Option("--import", metavar="FILE", help="take in a run that was exported")]
UpdatedSince = Annotated[
    str | None,
    typer.Option("--updated-after", metavar="TIME", help="something was recorded since: 90s (ago), 2h, 3d, or a date"),
]
UpdatedUntil = Annotated[
    str | None, typer.Option("--updated-before", metavar="TIME", help="nothing was recorded since: the same forms")
]
TaskVersion = Annotated[
    str | None, typer.Option("--task-version", metavar="TEXT", help="only those that were started with this --version")
]
WithLabel = Annotated[
    list[str] | None,
    typer.Option("--with-label", metavar="KEY=VALUE", help="only with this label; again for more"),
]
WithLabelKey = Annotated[
    list[str] | None,
    typer.Option("--with-label-key", metavar="KEY", help="only with such a label; again for more"),
]
EXAMPLES = (
    ("flyte get run @", "the latest run"),
    ("flyte get run --phase failed --since 2d", "what failed since then"),
    ("flyte get run --where 'task:train took:>5s n:>10'", "also by inputs; ! negates"),
    ("flyte get run --with-label team=ml", "what was started with --label team=ml"),
)


class GetRunCommand(Command):
    """Has examples."""

    def examples(self) -> Sequence[tuple[str, str]]:
        """Command lines for the help page."""
        return EXAMPLES


def run(
    ctx: typer.Context,
    run: Which = None,
    phases: options.Phases = None,
    task: options.OfTask = None,
    since: options.Since = None,
    until: options.Until = None,
    where: options.Where = None,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="COLUMN", help="started, took, actions, name, task, phase; -took for the least"),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="how many to list")] = 20,
    everywhere: options.Everywhere = False,
    tui: Annotated[bool, typer.Option("--tui", help="look at one run on a screen of its own; q leaves")] = False,
    export: Export = None,
    import_: Import = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    verbose: options.Verbose = False,
    updated_since: UpdatedSince = None,
    updated_until: UpdatedUntil = None,
    version: TaskVersion = None,
    labels: WithLabel = None,
    label_keys: WithLabelKey = None,
    mine: Annotated[bool, typer.Option("--only-mine", help="only those that this user of the machine started")] = False,
    paused: Annotated[bool, typer.Option("--paused-only", help="only those that wait for somebody's answer")] = False,
    in_project: options.InProject = None,
    in_domain: options.InDomain = None,
) -> None:
    """List runs, newest first, or show one: its tree, and its result or what went wrong.

    In --where, words after state:, task:, name:, note:, file:, error: are looked for
    there, label: takes KEY or KEY=VALUE, took:, started: (how long ago) and actions: are
    compared, other keys are inputs, and a word alone is looked for in names and notes;
    all must hold.
    """
    from flyte_cli.ops import runs
    from flyte_cli.ops.run import pairs
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    if tui:
        from flyte_cli.tui.terminal import needs_terminal

        needs_terminal("--tui", host.environment, "leave out --tui")
    within = runs.Belonging(in_project, in_domain)
    which = runs.Which(
        limit,
        everywhere,
        tuple(options.several(phases)),
        task,
        since,
        until,
        where,
        sort,
        updated_since,
        updated_until,
        version,
        pairs("--with-label", labels or ()),
        tuple(label_keys or ()),
        mine,
        paused,
        within,
    )
    output = output_for(options.shown(format, json, color, quiet, verbose), host)
    if import_ is not None:
        from flyte_cli.ops.export import import_run

        if run is not None or export is not None:
            raise Misuse(
                "`--import` takes the name of the run from the file", help=[f"flyte get run --import {import_}"]
            )
        output.moved(import_run(import_, host))
    elif export is not None:
        from flyte_cli.ops.export import export_run

        if run is None:
            raise Misuse("`--export` needs a run", help=[f"flyte get run @ --export {export}"])
        output.moved(export_run(run, export, host))
    elif tui:
        if run is None:
            raise Misuse("`--tui` shows one run here", help=["flyte get run @ --tui", "flyte tui lists runs"])
        from flyte_cli.tui.hosting import watch

        watch(run, host, output)
    elif run is None:
        output.runs(runs.list_runs(which, host))
    elif which != runs.Which(limit, everywhere, within=within):
        raise Misuse("one run is shown whole: filters are for lists", help=[f"flyte get run {run}"])
    else:
        output.run(runs.open_tree(runs.find_run(run, host, within), host))
