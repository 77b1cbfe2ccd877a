"""`flyte get run`: the runs of this folder, or one of them."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Which = Annotated[str | None, typer.Argument(metavar="[RUN]", help="a run: its name, a part from its start, @ or last")]


def run(
    ctx: typer.Context,
    run: Which = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="how many to list")] = 20,
    everywhere: Annotated[bool, typer.Option("--all", help="also runs started in other folders")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    verbose: options.Verbose = False,
) -> None:
    """List runs, newest first, or show one: its tree, and its result or what went wrong."""
    from flyte_cli.ops.runs import find_run, list_runs, open_tree
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet, verbose), host)
    if run is None:
        output.runs(list_runs(limit, everywhere, host))
    else:
        output.run(open_tree(find_run(run, host), host))
