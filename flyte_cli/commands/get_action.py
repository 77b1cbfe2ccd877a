"""`flyte get action`: one action of a run."""

from __future__ import annotations

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def action(
    ctx: typer.Context,
    run: options.Run,
    action: options.Action,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    verbose: options.Verbose = False,
) -> None:
    """Show an action: its attempts, its inputs, and its result or what went wrong."""
    from flyte_cli.ops.looking import look_at_action
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet, verbose), host)
    output.action(look_at_action(run, action, host))
