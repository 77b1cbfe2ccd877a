"""`flyte delete secret`: forget one."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def secret(
    ctx: typer.Context,
    name: options.SecretName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Delete a secret of this machine."""
    from flyte_cli.ops.secrets import delete_secret
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.secret_changed(delete_secret(name, yes, host))
