"""`flyte abort`: ask a run that goes on elsewhere to stop."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def abort(
    ctx: typer.Context,
    run: options.Run,
    action: Annotated[
        str | None, typer.Argument(metavar="[ACTION]", help="only this action, and all that it called")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="recorded with the run")] = "",
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Stop a run, or one of its actions: tasks are cancelled and recorded as aborted."""
    from flyte_cli.ops.runs import abort_run
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.aborted(abort_run(run, action, reason, host))
