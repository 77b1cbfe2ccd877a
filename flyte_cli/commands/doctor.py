"""`flyte doctor`: what this machine has of what runs need."""

from __future__ import annotations

import typer

from flyte_cli import exits
from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def doctor(
    ctx: typer.Context,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Look at what runs need: the core, a folder to write to, disk, secrets, config; docker is optional.

    The exit status is 4 when something is missing that runs on this machine need.
    """
    from flyte_cli.ops.doctor import examine
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    checks = examine(host)
    output.examined(checks)
    raise typer.Exit(exits.MACHINE if any(each.verdict == "missing" for each in checks) else exits.DONE)
