"""`flyte completion`: what a shell needs to complete commands, tasks, inputs and runs on TAB."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Shell = Annotated[
    str | None, typer.Argument(metavar="[SHELL]", help="bash, zsh, fish or powershell; --install finds it in $SHELL")
]


def completion(
    ctx: typer.Context,
    shell: Shell = None,
    install: Annotated[bool, typer.Option("--install", help="write it where the shell looks, and say where")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Print the completion of a shell, or install it."""
    from flyte_cli.ops.completion import install_script, known_shell, script
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    name = known_shell(shell, install, host)
    output = output_for(options.shown(format, json, color, quiet), host)
    if install:
        output.completion_installed(install_script(name, host))
    else:
        output.text(script(name))
