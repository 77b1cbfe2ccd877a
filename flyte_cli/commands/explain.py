"""`flyte explain`: why an action waits, was tried again, failed, or was not taken from the cache."""

from __future__ import annotations

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def explain(
    ctx: typer.Context,
    run: options.Run,
    action: options.MaybeAction = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Say why an action is as it is; without one, all that is unusual about the run."""
    from flyte_cli.ops.explaining import explain as explained
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.explanation(explained(run, action, host))
