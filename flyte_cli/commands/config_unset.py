"""`flyte config unset`: remove one setting, and leave the rest of the file as it is."""

from __future__ import annotations

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def unset(
    ctx: typer.Context,
    key: options.Setting,
    file: options.ConfigFile = None,
    profile: options.Profile = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Remove one setting from the config file that counts here.

    Keys that begin with `project.` are those of the project file.
    """
    from flyte_cli.ops.config import ConfigOptions, unset_config
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.config_changed(unset_config(key, ConfigOptions(file, profile), host))
