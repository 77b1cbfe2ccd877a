"""`flyte config path`: which config file counts here."""

from __future__ import annotations

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def path(
    ctx: typer.Context,
    file: options.ConfigFile = None,
    format: options.Format = "text",
    json: options.Json = False,
    color: options.Color = "auto",
) -> None:
    """Print the path of the config file that counts here."""
    from flyte_cli.ops.config import ConfigOptions, config_file
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output_for(options.shown(format, json, color), host).path(str(config_file(ConfigOptions(file), host)))
