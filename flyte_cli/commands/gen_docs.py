"""`flyte gen docs`: the reference of all commands as one document."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Type = Annotated[str, typer.Option("--type", metavar="TYPE", help="markdown, which is the only one")]


def docs(
    ctx: typer.Context,
    type: Type = "markdown",
    color: options.Color = "auto",
) -> None:
    """Write the reference of all commands and topics, as Markdown."""
    from flyte_cli.errors import Misuse
    from flyte_cli.generated import commands
    from flyte_cli.output.formats import output_for
    from flyte_cli.reference import whole

    if type != "markdown":
        raise Misuse(f"`--type` has no `{type}`", help=["it takes markdown"])
    host: Host = ctx.obj
    output_for(options.shown(color=color), host).text(whole(list(commands())))
