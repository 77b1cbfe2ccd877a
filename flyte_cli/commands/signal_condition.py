"""`flyte signal condition`: answer one condition."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Name = Annotated[str, typer.Argument(metavar="NAME", help="the condition, or the action that waits for it")]
Value = Annotated[str | None, typer.Argument(metavar="[VALUE]", help="the answer; asked for when it is missing")]


def condition(
    ctx: typer.Context,
    run: options.Run,
    name: Name,
    value: Value = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    in_project: options.InProject = None,
    in_domain: options.InDomain = None,
) -> None:
    """Answer a condition that a run waits for."""
    from flyte_cli.ops.runs import Belonging
    from flyte_cli.ops.signals import answer
    from flyte_cli.output.formats import output_for
    from flyte_cli.output.questions import typed_answer

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.signalled(answer(run, name, value, host, typed_answer, Belonging(in_project, in_domain)))
