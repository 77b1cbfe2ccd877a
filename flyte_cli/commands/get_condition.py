"""`flyte get condition`: what a run waits for."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Below = Annotated[
    str | None, typer.Argument(metavar="[ACTION]", help="only what this action, or one that it called, waits for")
]


def condition(
    ctx: typer.Context,
    run: options.Run,
    action: Below = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    in_project: options.InProject = None,
    in_domain: options.InDomain = None,
) -> None:
    """List the conditions that a run waits for: name, prompt, type, and since when."""
    from flyte_cli.ops.runs import Belonging
    from flyte_cli.ops.signals import waiting
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.waiting(waiting(run, host, action, Belonging(in_project, in_domain)))
