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
    """Watch a run as it goes on, or look at one that is over. Leaving it leaves the run alone."""
    from flyte_cli.ops.runs import find_run, open_tree

    host: Host = ctx.obj
    row = find_run(run or "@", host)
    from flyte_cli.tui.app import FlyteApp  # deferred: 0.3 s
    from flyte_cli.tui.source import Source

    FlyteApp(host, Source(open_tree(row, host))).run()
