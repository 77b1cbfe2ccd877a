"""`flyte signal`: answer a condition that a run waits for."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="the condition")]
Value = Annotated[str | None, typer.Argument(metavar="[VALUE]", help="the answer; asked for when it is missing")]
Rest = Annotated[str | None, typer.Argument(hidden=True)]
"""For the peer's spelling, `flyte signal condition RUN NAME VALUE`."""


def signal(
    ctx: typer.Context,
    run: options.Run,
    name: Name = None,
    value: Value = None,
    rest: Rest = None,
    list_: Annotated[bool, typer.Option("--list", help="show what the run waits for")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Answer a condition; without a value it asks, and without a name it shows what the run waits for."""
    from flyte_cli.errors import Misuse
    from flyte_cli.ops.signals import answer, waiting
    from flyte_cli.output.formats import output_for
    from flyte_cli.output.questions import typed_answer

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    if run == "condition" and name is not None and value is not None:
        run, name, value, rest = name, value, rest, None
    if rest is not None or (list_ and name is not None):
        raise Misuse("`flyte signal` takes RUN [NAME [VALUE]]", help=["flyte signal -h"])
    if name is None:
        output.waiting(waiting(run, host))
        return
    output.signalled(answer(run, name, value, host, typed_answer))
