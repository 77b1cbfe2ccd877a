"""`flyte diff`: two runs side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Other = Annotated[str, typer.Argument(metavar="OTHER", help="the run to compare it with: @ for the latest")]


def diff(
    ctx: typer.Context,
    run: options.Run,
    other: Other,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Show what differs between two runs: inputs, code, outcomes, times, actions."""
    from flyte_cli.ops.comparing import compare
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.comparison(compare(run, other, host))
