"""`flyte get config`: what settings are, and where each value comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

One = Annotated[str | None, typer.Argument(metavar="[KEY]", help="only this setting: its bare value")]


def config(
    ctx: typer.Context,
    key: One = None,
    everything: Annotated[bool, typer.Option("--all", help="also settings that have their default")] = False,
    file: options.ConfigFile = None,
    profile: options.Profile = None,
    project: options.Project = None,
    domain: options.Domain = None,
    org: options.Org = None,
    endpoint: Annotated[str | None, typer.Option("--endpoint", metavar="ADDRESS", help="the backend")] = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Show settings with where each value comes from, and what it hides.

    Options win over variables, they over the config file, and that over defaults.
    What the project file says follows.
    """
    from flyte_cli.ops.config import get_config
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    asked = options.configured(file, profile, project, domain, org=org, endpoint=endpoint)
    output.config(get_config(key, everything, asked, host))
