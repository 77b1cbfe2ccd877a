"""`flyte abort`: ask a run that goes on elsewhere to stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from flyte_cli.commands import options
from flyte_cli.group import Entry, Forms
from flyte_cli.ops.host import Host


class AbortCommand(Forms):
    """Also `abort run RUN` and `abort action RUN ACTION`."""

    forms: ClassVar[Mapping[str, Entry]] = {
        "run": Entry("flyte_cli.commands.abort_run", "run", "stop a run"),
        "action": Entry("flyte_cli.commands.abort_action", "action", "stop one action of a run"),
    }


def abort(
    ctx: typer.Context,
    run: options.Run,
    action: Annotated[
        str | None, typer.Argument(metavar="[ACTION]", help="only this action, and all that it called")
    ] = None,
    reason: options.Reason = "",
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Stop a run, or one of its actions: tasks are cancelled and recorded as aborted."""
    from flyte_cli.ops.runs import abort_run
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.aborted(abort_run(run, action, reason, host))
