"""`flyte cache du`: what the cache takes."""

from __future__ import annotations

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def du(
    ctx: typer.Context,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Show what the cache takes on disk, and which tasks have how much in it."""
    from flyte_cli.ops.cache import usage
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output_for(options.shown(format, json, color, quiet), host).cache_usage(usage(host))
