"""`flyte start tui`: what PyPI flyte calls `flyte tui`."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.commands.tui import Which, tui
from flyte_cli.ops.host import Host

Poll = Annotated[
    float | None, typer.Option("--poll-interval", metavar="SECONDS", help="taken and not needed: it is always live")
]


def start_tui(
    ctx: typer.Context,
    run: Which = None,
    poll_interval: Poll = None,
    config: options.ConfigFile = None,
    color: options.Color = "auto",
) -> None:
    """Watch runs, as `flyte tui` does; the screen follows what happens, so a poll interval changes nothing."""
    from flyte_cli.ops.config import apply_config
    from flyte_cli.settings.project import project_at

    host: Host = ctx.obj
    apply_config(options.configured(config, None), project_at(host.folder()), host)
    tui(ctx, run, color)
