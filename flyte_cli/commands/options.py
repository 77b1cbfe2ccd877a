"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from flyte_cli.output.formats import Show

Format = Annotated[
    str,
    typer.Option("--output-format", "-of", metavar="FORMAT", help="text, json, jsonl, value (the bare result), id"),
]
Json = Annotated[bool, typer.Option("--json", help="short for --output-format json")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="only the result")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="also frames of libraries")]
Color = Annotated[str, typer.Option("--color", metavar="WHEN", help="auto, always or never; also NO_COLOR")]
Progress = Annotated[
    str, typer.Option("--progress", metavar="KIND", help="auto, tty, plain, quiet or json; also $FLYTE_PROGRESS")
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="short for --progress plain")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="a name for the run instead of a new one")]
Executor = Annotated[
    str, typer.Option("--executor", metavar="KIND", help="process (default) or inline: all in this process")
]
Grace = Annotated[float, typer.Option("--grace", metavar="SECONDS", help="how long ctrl-c waits for tasks to stop")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="a run: its name, or a part from its start, @ or last")]
SecretName = Annotated[
    str, typer.Argument(metavar="NAME", help="the key that tasks ask for; GROUP/KEY for one of a group")
]


def shown(
    format: str = "text",
    json: bool = False,
    color: str = "auto",
    quiet: bool = False,
    verbose: bool = False,
    progress: str = "auto",
    no_progress: bool = False,
    executor: str = "auto",
) -> Show:
    """The shared options as one value."""
    kind = "plain" if no_progress and progress == "auto" else progress
    return Show("json" if json else format, kind, color, quiet, verbose, executor == "inline")
