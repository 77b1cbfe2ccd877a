"""`flyte delete local-cache`: forget every result that later runs could use."""

from __future__ import annotations

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def local_cache(
    ctx: typer.Context,
    yes: options.Yes = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Delete what the cache of this machine holds; runs and their data stay.

    It asks before. `flyte cache gc` drops only what is of no use.
    """
    from flyte_cli.ops.cache import drop_all
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    dropped = drop_all(yes, host)
    if dropped is not None:
        output.cache_dropped(dropped)
