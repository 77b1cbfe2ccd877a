"""`flyte cache ls`: what the cache holds."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def ls(
    ctx: typer.Context,
    task: options.CachedTask = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="how many to list")] = 50,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """List results that later runs may use, newest first."""
    from flyte_cli.ops.cache import list_entries
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output_for(options.shown(format, json, color, quiet), host).cache_entries(list_entries(task, limit, host))
