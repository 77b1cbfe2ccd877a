"""`flyte create secret`: keep a value that tasks may ask for."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Word = Annotated[
    str | None, typer.Argument(metavar="[VALUE]", help="the value, which your shell may remember; - is standard input")
]
Value = Annotated[str | None, typer.Option("--value", metavar="VALUE", help="the value, as above")]
File = Annotated[str | None, typer.Option("--from-file", metavar="FILE", help="a file whose content is the value")]


def secret(
    ctx: typer.Context,
    name: options.SecretName,
    word: Word = None,
    value: Value = None,
    file: File = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Keep a secret on this machine, in the keyring or an encrypted file; asks for the value when none is given."""
    from flyte_cli.ops.secrets import SecretOptions, create_secret
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    output.secret_changed(create_secret(SecretOptions(name, word, value, file), host))
