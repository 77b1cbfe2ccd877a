"""`flyte help`: a page about a topic or a command."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from flyte_cli import exits
from flyte_cli.errors import NoSuchTopic
from flyte_cli.group import show_page
from flyte_cli.ops.host import Host
from flyte_cli.topics import TOPICS

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TOPIC]", help=f"{', '.join(TOPICS)}; or a command"),
]


def help(ctx: typer.Context, topic: Words = None) -> None:
    """Explain a topic or a command."""
    from flyte_cli.output.topic_page import topic_page
    from flyte_cli.overview import overview

    host: Host = ctx.obj
    root: Any = ctx.find_root().command
    words = topic or []
    if not words:
        show_page(lambda look: topic_page(overview(), look), exits.DONE, host.environment)
    if words[0] in TOPICS and len(words) == 1:
        show_page(lambda look: topic_page(TOPICS[words[0]], look), exits.DONE, host.environment)
    if root.get_command(ctx, words[0]) is None:
        raise NoSuchTopic(words[0], [*TOPICS, *root.table])
    with root.make_context("flyte", [*words, "--help"], obj=host) as inner:
        root.invoke(inner)
