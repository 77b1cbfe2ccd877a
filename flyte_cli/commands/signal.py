"""`flyte signal`: answer a condition that a run waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from flyte_cli.commands import options
from flyte_cli.group import Entry, Forms
from flyte_cli.ops.host import Host

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="the condition")]
Value = Annotated[str | None, typer.Argument(metavar="[VALUE]", help="the answer; asked for when it is missing")]


class SignalCommand(Forms):
    """Also `signal condition RUN NAME VALUE`."""

    forms: ClassVar[Mapping[str, Entry]] = {
        "condition": Entry("flyte_cli.commands.signal_condition", "condition", "answer a condition"),
    }


def signal(
    ctx: typer.Context,
    run: options.Run,
    name: Name = None,
    value: Value = None,
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
    if list_ and name is not None:
        raise Misuse("`flyte signal` takes RUN [NAME [VALUE]]", help=["flyte signal -h"])
    if name is None:
        output.waiting(waiting(run, host))
        return
    output.signalled(answer(run, name, value, host, typed_answer))
