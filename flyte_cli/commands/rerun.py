"""`flyte rerun`: start a recorded run again, or only what it did not finish."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from flyte_cli import exits
from flyte_cli.commands import options
from flyte_cli.ops.host import Host


def rerun(
    ctx: typer.Context,
    run: options.Run,
    recover: Annotated[bool, typer.Option("--recover", help="take what had succeeded from the earlier run")] = False,
    name: options.Name = None,
    executor: options.Executor = "auto",
    grace: options.Grace = 5.0,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    progress: options.Progress = "auto",
    no_progress: options.NoProgress = False,
    color: options.Color = "auto",
    verbose: options.Verbose = False,
) -> None:
    """Run the task of an earlier run again, with the same inputs, in the folder where it was started."""
    from flyte_cli.ops.run import RunOptions
    from flyte_cli.ops.runs import recorded
    from flyte_cli.ops.runs import rerun as run_again
    from flyte_cli.output.formats import output_for, prints_aside

    host: Host = ctx.obj
    how = RunOptions(name, executor, grace)
    show = options.shown(format, json, color, quiet, verbose, progress, no_progress, executor)
    output = output_for(show, host)
    again = recorded(run, host)
    if again.folder != host.folder():
        os.chdir(again.folder)
    with prints_aside(show):
        finished = run_again(again, recover, how, host, output.progress())
    output.run_finished(finished)
    raise typer.Exit(exits.of_phase(finished.phase, finished.interrupted))
