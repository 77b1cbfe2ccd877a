"""`flyte get action`: the actions of a run, or one of them."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.errors import Misuse
from flyte_cli.ops.host import Host


def action(
    ctx: typer.Context,
    run: options.Run,
    action: options.MaybeAction = None,
    phases: options.Phases = None,
    where: Annotated[
        str | None,
        typer.Option("--where", metavar="FILTER", help="state:failed task:flaky took:>5s attempt:>1 i:>10; ! negates"),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="how many to list")] = 100,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    verbose: options.Verbose = False,
    in_project: options.InProject = None,
    in_domain: options.InDomain = None,
) -> None:
    """List the actions of a run, or show one.

    Of one, its attempts, its inputs, and its result or what went wrong are shown.
    """
    from flyte_cli.ops.looking import list_actions, look_at_action
    from flyte_cli.ops.runs import Belonging
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet, verbose), host)
    within = Belonging(in_project, in_domain)
    chosen = options.several(phases)
    if action is None:
        output.actions(list_actions(run, chosen, where, limit, host, within))
    elif chosen or where is not None:
        raise Misuse("one action is shown whole: filters are for lists", help=[f"flyte get action {run} {action}"])
    else:
        output.action(look_at_action(run, action, host, within))
