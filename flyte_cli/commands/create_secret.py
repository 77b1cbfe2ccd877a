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
Type = Annotated[
    str, typer.Option("--type", metavar="TYPE", help="regular, or image_pull: the login of a registry of images")
]
FromDocker = Annotated[
    bool, typer.Option("--from-docker-config", help="an image_pull secret from the logins of docker here")
]
DockerConfig = Annotated[
    str | None,
    typer.Option("--docker-config-path", metavar="FILE", help="instead of ~/.docker/config.json, or $DOCKER_CONFIG"),
]
Registries = Annotated[
    list[str] | None,
    typer.Option("--registries", metavar="HOSTS", help="only these of docker's, with commas between"),
]


def secret(
    ctx: typer.Context,
    name: options.SecretName,
    word: Word = None,
    value: Value = None,
    file: File = None,
    type: Type = "regular",
    registry: Annotated[str | None, typer.Option("--registry", metavar="HOST", help="of an image_pull secret")] = None,
    username: Annotated[str | None, typer.Option("--username", metavar="NAME", help="at that registry")] = None,
    password: Annotated[
        str | None, typer.Option("--password", metavar="TEXT", help="at that registry; asked for when it is missing")
    ] = None,
    from_docker: FromDocker = False,
    docker_config: DockerConfig = None,
    registries: Registries = None,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
) -> None:
    """Keep a secret on this machine, in the keyring or an encrypted file; asks for the value when none is given.

    With --type image_pull its value is what docker keeps in a config.json: the login
    of a registry, or those of this machine's docker.
    """
    from flyte_cli.ops.registry_logins import RegistryLogin
    from flyte_cli.ops.secrets import SecretOptions, create_secret
    from flyte_cli.output.formats import output_for

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    login = RegistryLogin(registry, username, password, from_docker, docker_config, tuple(options.several(registries)))
    output.secret_changed(create_secret(SecretOptions(name, word, value, file, type, login), host))
