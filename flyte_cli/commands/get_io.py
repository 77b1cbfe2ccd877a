"""`flyte get io`: what an action took and gave."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def io(
    ctx: typer.Context,
    run: options.Run,
    action: options.MaybeAction = None,
    inputs: Annotated[bool, typer.Option("--inputs-only", "-i", help="only the inputs")] = False,
    outputs: Annotated[bool, typer.Option("--outputs-only", "-o", help="only the outputs")] = False,
    full: Annotated[bool, typer.Option("--full", help="long values whole")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    in_project: options.InProject = None,
    in_domain: options.InDomain = None,
) -> None:
    """Show inputs and outputs as trees, with types and sizes.

    They are those of the first action, when none is named.
    """
    from flyte_cli.ops.looking import values_of
    from flyte_cli.ops.runs import Belonging
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    found = values_of(run, action, inputs, outputs, host, Belonging(in_project, in_domain))
    output.values(found, full)
