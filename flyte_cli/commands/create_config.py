"""`flyte create config`: write a config file."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.ops.host import Host

Text = str | None


def config(
    ctx: typer.Context,
    endpoint: Annotated[Text, typer.Option("--endpoint", metavar="ADDRESS", help="the backend")] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="speak to it without encryption")] = False,
    org: Annotated[Text, typer.Option("--org", metavar="NAME", help="the organisation; else from the address")] = None,
    project: options.Project = None,
    domain: options.Domain = None,
    builder: Annotated[
        Text,
        typer.Option(
            "--builder", "--image-builder", metavar="NAME", help="what builds images: local, local-podman, remote"
        ),
    ] = None,
    registry: Annotated[Text, typer.Option("--registry", metavar="NAME", help="where images are kept")] = None,
    auth_type: Annotated[
        Text,
        typer.Option("--auth-type", metavar="TYPE", help="pkce, device-flow, client-secret, external-command, ..."),
    ] = None,
    local_persistence: Annotated[
        bool, typer.Option("--local-persistence", help="for runs on this machine, which are always recorded")
    ] = False,
    local_tracked: Annotated[bool, typer.Option("--local-tracked", help="tell the backend of local runs")] = False,
    devbox: Annotated[
        bool, typer.Option("--devbox", help="a cluster on this machine, at localhost:30080, without encryption")
    ] = False,
    output_file: Annotated[
        Text, typer.Option("--output", "-o", metavar="FILE", help="instead of .flyte/config.yaml")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", "--force", help="replace a file that is there")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Write a config file; over one that is there, it shows the difference and asks.

    Without options it asks on a terminal, and elsewhere writes one for runs on
    this machine.
    """
    from flyte_cli.ops.created_config import NewConfig, create_config
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    new = NewConfig(
        endpoint=endpoint,
        insecure=insecure,
        org=org,
        project=project,
        domain=domain,
        builder=builder,
        registry=registry,
        auth_type=auth_type,
        local_persistence=local_persistence,
        local_tracked=local_tracked,
        devbox=devbox,
        output=output_file,
        yes=yes,
    )
    output.config_created(create_config(new, host, output.difference))
