"""`flyte config set`: write one setting, and leave the rest of the file as it is."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Value = Annotated[str, typer.Argument(metavar="VALUE", help="a text; true or false; a list or a table as JSON")]


def set_(
    ctx: typer.Context,
    key: options.Setting,
    value: Value,
    file: options.ConfigFile = None,
    profile: options.Profile = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Write one setting to the config file that counts, or a new .flyte/config.yaml.

    Keys that begin with `project.` go to the project file: [tool.flyte] of
    pyproject.toml, or flyte.toml. Comments and order stay.
    """
    from flyte_cli.ops.config import ConfigOptions, set_config
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.config_changed(set_config(key, value, ConfigOptions(file, profile), host))
