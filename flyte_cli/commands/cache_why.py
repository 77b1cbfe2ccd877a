"""`flyte cache why`: what made an action run although its task is cached."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Which = Annotated[
    str | None, typer.Argument(metavar="[ACTION]", help="an action: flaky.3, or a path like flaky.3/parse.0")
]


def why(
    ctx: typer.Context,
    run: options.Run,
    action: Which = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Say where an action's result came from, or what changed since an earlier one was kept."""
    from flyte_cli.ops.cache import why as reason
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output_for(options.shown(format, json, color, quiet), host).cache_answer(reason(run, action, host))
