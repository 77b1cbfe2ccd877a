"""`flyte logs`, also `flyte get logs`: what the actions of a run printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from flyte_cli.commands import options
from flyte_cli.group import Command
from flyte_cli.ops.host import Host

Which = Annotated[
    str | None,
    typer.Argument(metavar="[ACTION...]", help="flaky.3, flaky (all of them), 'flaky.*', 'train.0/**' (all below)"),
]
More = Annotated[list[str] | None, typer.Argument(hidden=True)]
PRETTY = 30
"""Lines of `--pretty` when nothing else is said."""
Follow = Annotated[bool, typer.Option("--follow", "-f", help="wait for more until the run is over")]
Tail = Annotated[int | None, typer.Option("--tail", "--lines", "-l", metavar="N", help="only the last lines")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="from then on: 90s (ago), 2h, or a date")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="until then: 90s (ago), 2h, or a date")]
Grep = Annotated[str | None, typer.Option("--grep", metavar="PATTERN", help="only lines with this regular expression")]
Level = Annotated[
    str | None, typer.Option("--level", metavar="LEVEL", help="debug, info, warning, error or critical, and above")
]
Attempt = Annotated[int | None, typer.Option("--attempt", "-a", metavar="N", help="only of this attempt, from 1")]
EXAMPLES = (
    ("flyte logs @ -f", "follow the latest run"),
    ("flyte logs @ 'flaky.*' --grep loss", "of some of its actions"),
    ("flyte logs @ --tail 20 --level warning", "what went wrong last"),
)


class LogsCommand(Command):
    """Has examples."""

    def examples(self) -> Sequence[tuple[str, str]]:
        """Command lines for the help page."""
        return EXAMPLES


def logs(
    ctx: typer.Context,
    run: options.Run,
    action: Which = None,
    more: More = None,
    follow: Follow = False,
    tail: Tail = None,
    since: Since = None,
    until: Until = None,
    grep: Grep = None,
    invert: Annotated[bool, typer.Option("--invert", help="with --grep: lines without it")] = False,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", "-i", help="in --grep and --highlight")] = False,
    highlight: Annotated[
        str | None, typer.Option("--highlight", metavar="PATTERN", help="all lines, with this lit")
    ] = None,
    level: Level = None,
    attempt: Attempt = None,
    stderr_only: Annotated[bool, typer.Option("--stderr-only", help="only what went to standard error")] = False,
    timestamps: Annotated[bool, typer.Option("--timestamps", "--show-ts", help="dates instead of seconds")] = False,
    pretty: Annotated[
        bool, typer.Option("--pretty", help=f"the last {PRETTY} lines, or --lines, then what comes: short for -l N -f")
    ] = False,
    filter_system: Annotated[
        bool, typer.Option("--filter-system", help="without what flyte itself says: its log, further attempts")
    ] = False,
    raw: Annotated[bool, typer.Option("--raw", help="bytes as they were printed")] = False,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="not through $PAGER")] = False,
    format: options.Format = "text",
    json: options.Json = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    in_project: options.InProject = None,
    in_domain: options.InDomain = None,
) -> None:
    """Show what the actions of a run printed, in the order they did.

    A name without its number stands for all of that name. With -f, an action that
    a pattern names may also come later.
    """
    from flyte_cli.ops.logs import LogQuestion, open_logs, pattern
    from flyte_cli.ops.runs import Belonging
    from flyte_cli.output.formats import output_for
    from flyte_cli.output.log_lines import LogStyle

    host: Host = ctx.obj
    output = output_for(options.shown(format, json, color, quiet), host)
    if pretty:
        follow, tail = True, PRETTY if tail is None else tail
    actions = () if action is None else (action, *(more or ()))
    question = LogQuestion(
        actions, follow, tail, since, until, grep, invert, ignore_case, level, attempt, stderr_only, filter_system
    )
    lit = (pattern("--highlight", highlight, ignore_case), None if invert else pattern("--grep", grep, ignore_case))
    style = LogStyle(timestamps, raw, not no_pager, tuple(each for each in lit if each is not None))
    output.logs(open_logs(run, question, host, Belonging(in_project, in_domain)), style)
