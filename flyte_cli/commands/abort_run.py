"""`flyte abort run`: stop a run."""

from __future__ import annotations

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def run(
    ctx: typer.Context,
    run: options.Run,
    reason: options.Reason = "",
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    in_project: options.InProject = None,
    in_domain: options.InDomain = None,
) -> None:
    """Stop a run: its tasks are cancelled and recorded as aborted."""
    from flyte_cli.ops.runs import Belonging, abort_run
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.aborted(abort_run(run, None, reason, host, Belonging(in_project, in_domain)))
