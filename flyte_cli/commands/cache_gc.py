"""`flyte cache gc`: drop what is of no use any more."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

OlderThan = Annotated[
    str | None, typer.Option("--older-than", metavar="AGE", help="also what was made before: 30d, 12h, 90m")
]


def gc(
    ctx: typer.Context,
    older_than: OlderThan = None,
    task: options.CachedTask = None,
    all: Annotated[bool, typer.Option("--all", help="everything")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="really, with --all")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Drop entries whose data is gone, and old ones when asked; they are computed again when needed."""
    from flyte_cli.ops.cache import drop
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    dropped = drop(older_than, task, all, yes, host)
    output_for(options.shown(format, json, color, quiet), host).cache_dropped(dropped)
