"""`flyte get report`: where the report of an action is, or the report itself in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Which = Annotated[
    str | None, typer.Argument(metavar="[ACTION]", help="an action: flaky.3, or a path like flaky.3/parse.0")
]
Attempt = Annotated[
    int | None, typer.Option("--attempt", metavar="N", help="which attempt, counted from 1, instead of the last")
]


def report(
    ctx: typer.Context,
    run: options.Run,
    action: Which = None,
    attempt: Attempt = None,
    open: Annotated[bool, typer.Option("--open", help="also show it in the browser")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Print the path of the report that an action wrote; the first action's, when none is named."""
    from flyte_cli.ops.reports import find_report, open_report
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    found = find_report(run, action, attempt, host)
    output.report(found)
    if open:
        open_report(found, host)
