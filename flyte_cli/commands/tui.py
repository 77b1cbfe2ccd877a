"""`flyte tui`: watch runs in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Which = Annotated[
    str | None, typer.Argument(metavar="[RUN]", help="a run: its name, a part from its start, @ or last; else the list")
]


def tui(ctx: typer.Context, run: Which = None, color: options.Color = "auto") -> None:
    """Watch a run as it goes on, look at one that is over, or list them all. Leaving it leaves runs alone."""
    from flyte_cli.output.formats import output_for
    from flyte_cli.tui.hosting import browse, needs_terminal, watch

    host: Host = ctx.obj
    needs_terminal("flyte tui", host.environment, f"flyte get run {run or ''}".rstrip())
    if run is None:
        browse(host)
    else:
        watch(run, host, output_for(options.shown(color=color), host))
