"""`flyte new`: start a project."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

First = Annotated[str | None, typer.Argument(metavar="[TEMPLATE]", help="what to start from; hello when not given")]
Second = Annotated[str | None, typer.Argument(metavar="NAME", help="the folder, and the name of the project")]
List = Annotated[bool, typer.Option("--list", help="show the templates")]


def new(
    ctx: typer.Context,
    template: First = None,
    name: Second = None,
    list_: List = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Start a project that runs and passes its tests: code, tests, settings, and a workflow for GitHub."""
    from flyte_cli.errors import Misuse
    from flyte_cli.ops.new import new_project, options_of, templates
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    if list_:
        if template is not None:
            raise Misuse("`--list` takes no names", help=["flyte new --list"])
        output.templates(templates())
        return
    output.project_created(new_project(options_of(template, name), host))
