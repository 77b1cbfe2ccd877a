"""`flyte delete run`: remove what runs recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Runs = Annotated[
    list[str] | None, typer.Argument(metavar="[RUN...]", help="runs: names, parts from their start, @ or last")
]
OlderThan = Annotated[
    str | None, typer.Option("--older-than", metavar="TIME", help="all that ended before: 30d (ago), 12h, or a date")
]


def run(
    ctx: typer.Context,
    runs: Runs = None,
    older_than: OlderThan = None,
    phases: options.Phases = None,
    task: options.OfTask = None,
    where: options.Where = None,
    everywhere: options.Everywhere = False,
    yes: options.Yes = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Delete the runs that are named, or all that fit the filters, with their data.

    It asks before, and never deletes a run that goes on.
    """
    from flyte_cli.ops.looking import delete_runs
    from flyte_cli.ops.runs import Which
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    which = Which(everywhere=everywhere, phases=tuple(options.several(phases)), task=task, where=where)
    output.deleted(delete_runs(tuple(runs or ()), older_than, which, yes, host))
