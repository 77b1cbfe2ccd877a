"""`flyte signal`: answer a condition that a run waits for."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Words = Annotated[list[str] | None, typer.Argument(metavar="RUN [NAME [VALUE]]", help="run, condition and answer")]


def signal(
    ctx: typer.Context,
    words: Words = None,
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
    given = list(words or ())
    if len(given) > 2 and given[0] == "condition":
        given = given[1:]  # the peer's spelling: `flyte signal condition RUN NAME VALUE`
    if not given or len(given) > 3 or (list_ and len(given) > 1):
        raise Misuse("`flyte signal` takes RUN [NAME [VALUE]]", help=["flyte signal -h"])
    if list_ or len(given) == 1:
        output.waiting(waiting(given[0], host))
        return
    value = given[2] if len(given) == 3 else None
    output.signalled(answer(given[0], given[1], value, host, typed_answer))
