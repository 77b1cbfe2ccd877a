"""`flyte get secret`: which secrets there are, never their values."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Which = Annotated[str | None, typer.Argument(metavar="[NAME]", help="one of them")]


def secret(
    ctx: typer.Context,
    name: Which = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """List the secrets of this machine: names, where they are kept, and since when."""
    from flyte_cli.ops.secrets import list_secrets
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.secrets(list_secrets(name, host))
