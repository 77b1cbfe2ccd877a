"""The choice of an output: one Protocol, one class per format. Commands get one, and never ask which."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from flyte_cli.errors import Misuse
from flyte_cli.near_miss import nearest
from flyte_cli.ops.host import Host
from flyte_cli.output.paper import Paper, papers

if TYPE_CHECKING:
    from flyte._core import Event, RunTree
    from flyte.secret_store import StoredSecret
    from flyte_cli.ops.cache import Answer, Dropped, Holding, Usage
    from flyte_cli.ops.comparing import Comparison
    from flyte_cli.ops.completion import Installed
    from flyte_cli.ops.config import ConfigChange, ConfigView
    from flyte_cli.ops.created_config import CreatedConfig
    from flyte_cli.ops.doctor import Check
    from flyte_cli.ops.explaining import Explanation
    from flyte_cli.ops.export import Moved
    from flyte_cli.ops.logs import Logs
    from flyte_cli.ops.looking import ActionListing, ActionPage, Deletion, Values
    from flyte_cli.ops.new import Created, Template
    from flyte_cli.ops.plan import Plan
    from flyte_cli.ops.reports import FoundReport
    from flyte_cli.ops.run import Finished
    from flyte_cli.ops.runs import Listing
    from flyte_cli.ops.secrets import SecretChange
    from flyte_cli.ops.signals import Answered, Waiting
    from flyte_cli.output.log_lines import LogStyle

FORMATS = ("text", "wide", "json", "jsonl", "yaml", "value", "id")
ALIASES = {"table": "text", "table-simple": "text", "json-raw": "json"}
"""Names of forms that scripts written for PyPI flyte use."""
PROGRESS = ("auto", "tty", "plain", "quiet", "json")
WIDE = 10_000
"""Columns of a table that is not to be cut."""
COLORS = ("auto", "always", "never")


@dataclass(frozen=True)
class Show:
    """How somebody wants to be shown things."""

    format: str = "text"
    progress: str = "auto"
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    inline: bool = False
    """Tasks run in this process and write to its streams themselves, prompts of debuggers among them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "format", ALIASES.get(self.format, self.format))
        _one_of("--output-format", self.format, FORMATS)
        _one_of("--progress", self.progress, PROGRESS)
        _one_of("--color", self.color, COLORS)

    @property
    def for_people(self) -> bool:
        """Whether stdout is text rather than a document, so that what tasks print may stand there."""
        return self.format in ("text", "wide")


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        guess = nearest(value, known)
        help = f"did you mean `{guess}`?   " if guess else ""
        raise Misuse(f"`{option}` has no `{value}`", help=[f"{help}it takes {', '.join(known)}"])


class Progress(Protocol):
    """Watches a run while it goes on: what the engine calls an observer, with an end."""

    def started(self, tree: RunTree) -> None:
        """The run exists."""

    def tick(self, events: list[Event]) -> None:
        """Something happened, or only time went by."""

    def interrupted(self, count: int) -> None:
        """Somebody pressed ctrl-C."""

    def finish(self) -> None:
        """Nothing more will happen: leave the screen as it should stay."""


class Output(Protocol):
    """Everything a command may want to show."""

    def progress(self) -> Progress:
        """Who watches a run while it goes on."""

    def run_finished(self, finished: Finished) -> None:
        """A run came to its end."""

    def run(self, tree: RunTree) -> None:
        """One run, as it stands."""

    def runs(self, listing: Listing) -> None:
        """A list of runs."""

    def text(self, text: str) -> None:
        """Text that is the same in every form: a script for a shell."""

    def completion_installed(self, installed: Installed) -> None:
        """Where the completion of a shell is now."""

    def logs(self, logs: Logs, style: LogStyle) -> None:
        """What actions printed, as long as there is more."""

    def actions(self, listing: ActionListing) -> None:
        """A list of actions."""

    def action(self, page: ActionPage) -> None:
        """One action of a run."""

    def values(self, values: Values, full: bool) -> None:
        """What an action took and gave; long values in full or cut."""

    def comparison(self, comparison: Comparison) -> None:
        """Two runs, side by side."""

    def explanation(self, explanation: Explanation) -> None:
        """Why actions are as they are."""

    def deleted(self, deletion: Deletion) -> None:
        """Runs were deleted, or not."""

    def moved(self, moved: Moved) -> None:
        """A run was exported or imported."""

    def aborted(self, name: str) -> None:
        """A run was asked to stop."""

    def waiting(self, waiting: Waiting) -> None:
        """The conditions that a run waits for."""

    def signalled(self, answered: Answered) -> None:
        """A condition was answered."""

    def report(self, found: FoundReport) -> None:
        """Where a report is."""

    def cache_entries(self, holding: Holding) -> None:
        """What the cache holds."""

    def cache_usage(self, usage: Usage) -> None:
        """What the cache takes."""

    def cache_dropped(self, dropped: Dropped) -> None:
        """Entries of the cache were dropped."""

    def cache_answer(self, answer: Answer) -> None:
        """Why an action was computed or not."""

    def plan(self, plan: Plan) -> None:
        """What a run would do."""

    def secrets(self, secrets: Sequence[StoredSecret]) -> None:
        """Which secrets there are."""

    def secret_changed(self, change: SecretChange) -> None:
        """A secret was created, replaced or deleted."""

    def templates(self, templates: Sequence[Template]) -> None:
        """What projects can be started from."""

    def project_created(self, created: Created) -> None:
        """A project was made."""

    def examined(self, checks: Sequence[Check]) -> None:
        """What the machine has of what runs need."""

    def config(self, view: ConfigView) -> None:
        """Settings, with where they come from."""

    def config_changed(self, change: ConfigChange) -> None:
        """A setting was written or removed."""

    def config_created(self, created: CreatedConfig) -> None:
        """A config file was written."""

    def path(self, path: str) -> None:
        """Where something is."""

    def difference(self, lines: Sequence[str]) -> None:
        """What a file would say instead."""

    def warned(self, texts: Sequence[str]) -> None:
        """Things that were probably meant otherwise."""


def output_for(show: Show, host: Host) -> Output:
    """The output that was asked for."""
    stdout, stderr = papers(show.color, host.environment)
    if show.format in ("json", "jsonl", "yaml"):
        from flyte_cli.output.json_output import JsonOutput

        return JsonOutput(show, host, stdout, stderr)
    if show.format in ("value", "id"):
        from flyte_cli.output.bare_output import BareOutput

        return BareOutput(show, host, stdout, stderr)
    from flyte_cli.output.text_output import TextOutput

    if show.format == "wide":  # the table with every column, also in a pipe
        stdout = Paper(stdout.stream, replace(stdout.look, width=WIDE), terminal=True)
    return TextOutput(show, host, stdout, stderr)


@contextmanager
def prints_aside(show: Show) -> Iterator[None]:
    """Keep what inline tasks print out of a document on stdout; quiet drops it."""
    if not show.inline or (show.for_people and not show.quiet):
        yield
    elif show.quiet:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            yield
    else:
        with redirect_stdout(sys.stderr):
            yield


def progress_for(show: Show, host: Host, stdout: Paper, stderr: Paper) -> Progress:
    """Who watches a run: a region on a terminal, lines elsewhere. Documents on stdout move prints to stderr."""
    from flyte_cli.output.progress import JsonLines, Plain, Printed, Silent

    if show.quiet:
        return Silent(Printed(None, None))
    printed = Printed(stdout if show.for_people else stderr, stderr)
    kind = progress_kind(show, stderr, host)
    if kind == "tty":
        from flyte_cli.output.live import Live

        return Live(stderr, printed, host.clock)
    if kind == "json":
        return JsonLines(stderr)
    if kind == "quiet":
        return Silent(printed)
    if host.environment.get("GITHUB_ACTIONS") == "true":
        from flyte_cli.output.github import github

        return github(stderr, printed, host.clock, host.folder())
    return Plain(stderr, printed, host.clock)


def progress_kind(show: Show, stderr: Paper, host: Host) -> str:
    """What `auto` comes to here."""
    asked = show.progress
    if show.inline and asked in ("auto", "tty"):
        return "plain"  # a region would be drawn over prompts
    if asked == "auto":
        asked = host.environment.get("FLYTE_PROGRESS") or "auto"
        _one_of("$FLYTE_PROGRESS", asked, PROGRESS)
    if asked != "auto":
        return asked
    return "tty" if stderr.terminal and not host.environment.get("CI") else "plain"
