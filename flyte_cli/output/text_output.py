"""Text for people: the result on stdout, everything we say on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.ops.host import Host
from flyte_cli.output import cache_page
from flyte_cli.output.action_page import action_page
from flyte_cli.output.actions_table import actions_lines, actions_table
from flyte_cli.output.comparison_page import comparison_page
from flyte_cli.output.config_page import (
    Whereabouts,
    change_line,
    change_notes,
    config_lines,
    config_page,
    created_lines,
    difference_lines,
    shown_value,
    warning_lines,
)
from flyte_cli.output.doctor_page import doctor_lines
from flyte_cli.output.ending import ending
from flyte_cli.output.explanation_page import explanation_page
from flyte_cli.output.formats import Progress, Show, progress_for
from flyte_cli.output.log_lines import log_line
from flyte_cli.output.new_page import project_lines, templates_lines
from flyte_cli.output.paging import paged
from flyte_cli.output.paper import Paper
from flyte_cli.output.results import result_lines
from flyte_cli.output.run_page import run_page
from flyte_cli.output.runs_table import runs_lines, runs_table
from flyte_cli.output.secrets_table import KEPT, secrets_lines, secrets_table
from flyte_cli.output.spans import Span, line
from flyte_cli.output.values_tree import values_tree
from flyte_cli.output.visible import visible
from flyte_cli.quantities import size

if TYPE_CHECKING:
    from flyte._core import RunTree
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


@dataclass
class TextOutput:
    """The default."""

    show: Show
    host: Host
    stdout: Paper
    stderr: Paper

    def progress(self) -> Progress:
        """A region, lines, or nothing."""
        self.watching = progress_for(self.show, self.host, self.stdout, self.stderr)
        return self.watching

    def run_finished(self, finished: Finished) -> None:
        """The end of the run on stderr, its result on stdout."""
        self.watching.finish()
        tree = finished.tree
        if not self.show.quiet or finished.phase != "succeeded":
            now, here = self.host.clock(), self.host.folder()
            self.stderr.lines(ending(tree, self.stderr.look, now, here, self.show.verbose))
        if finished.outputs:
            more = f"{self.stdout.look.glyph('…')} flyte get io {tree.name}"
            for text in result_lines(finished.outputs, self.stdout.look.width, more):
                self.stdout.line(line(text))

    def run(self, tree: RunTree) -> None:
        """Header, tree, and what came of it."""
        page = run_page(tree, self.stdout.look, self.host.clock(), self.host.folder(), self.show.verbose)
        self.stdout.lines(page)

    def runs(self, listing: Listing) -> None:
        """A table on a terminal, tab-separated elsewhere."""
        if not self.stdout.terminal:
            self.stdout.lines(runs_lines(listing))
        elif listing.rows:
            self.stdout.lines(runs_table(listing, self.stdout.look, self.host.clock()))
        if not listing.rows and not self.show.quiet:
            self.stderr.lines(_nothing(listing))

    def logs(self, logs: Logs, style: LogStyle) -> None:
        """Line by line; through the pager when there is an end and somebody to read it."""
        with paged(self.stdout, logs.past and style.pager and not style.raw, self.host.environment) as paper:
            for entries in logs.batches():
                if style.raw:
                    paper.write_bytes(b"".join(entry.raw + b"\n" for entry in entries if entry.stream))
                else:
                    paper.lines(log_line(entry, logs.tree.started_at, style, paper.look) for entry in entries)
                if paper.closed:
                    break
        if not logs.shown and logs.question.tail != 0 and not self.show.quiet:
            from flyte_cli.ops.logs import why_nothing

            why, help = why_nothing(logs)
            self.stderr.lines([line(visible(why)), *(line(visible(each)) for each in help)])

    def actions(self, listing: ActionListing) -> None:
        """A table on a terminal, tab-separated elsewhere."""
        if not self.stdout.terminal:
            self.stdout.lines(actions_lines(listing))
        elif listing.actions:
            self.stdout.lines(actions_table(listing, self.stdout.look, self.host.clock()))
        if not listing.actions and not self.show.quiet:
            self.stderr.line(line(f"no action of {listing.tree.name} fits"))

    def action(self, page: ActionPage) -> None:
        """Header, attempts, values, error."""
        here = self.host.folder()
        self.stdout.lines(action_page(page, self.stdout.look, self.host.clock(), here, self.show.verbose))

    def values(self, values: Values, full: bool) -> None:
        """A tree of each side."""
        self.stdout.lines(values_tree(values, self.stdout.look, full))

    def comparison(self, comparison: Comparison) -> None:
        """What differs."""
        self.stdout.lines(comparison_page(comparison, self.stdout.look, self.host.clock()))

    def explanation(self, explanation: Explanation) -> None:
        """Sentences."""
        self.stdout.lines(explanation_page(explanation, self.stdout.look))

    def deleted(self, deletion: Deletion) -> None:
        """Say how many."""
        if self.show.quiet:
            return
        count = len(deletion.deleted)
        what = deletion.deleted[0] if count == 1 else f"{count:,} runs"
        self.stderr.line(line(f"deleted {what}" if count else "nothing was deleted"))
        if deletion.live:
            self.stderr.line(line(f"left alone, as they go on: {', '.join(deletion.live[:5])}"))

    def moved(self, moved: Moved) -> None:
        """Say what is where."""
        if self.show.quiet:
            return
        files = f"{moved.files:,} {'file' if moved.files == 1 else 'files'}, {size(moved.bytes)}"
        if moved.imported:
            self.stderr.lines([line(f"imported {moved.run}: {files}"), line(f"flyte get run {moved.run}")])
        else:
            self.stderr.lines([line(f"exported {moved.run}: {files}"), line(visible(moved.file))])

    def aborted(self, name: str) -> None:
        """Say that it was asked to stop."""
        if not self.show.quiet:
            self.stderr.line(line(f"asked {name} to stop"))

    def waiting(self, waiting: Waiting) -> None:
        """A row per condition, and how to answer the first."""
        from flyte.runtime.questions import how_to_answer
        from flyte_cli.output.questions import waiting_lines

        self.stdout.lines(waiting_lines(waiting, self.stdout.look))
        if waiting.questions and not self.show.quiet:
            self.stderr.line(line(how_to_answer(waiting.run, waiting.questions[0])))

    def signalled(self, answered: Answered) -> None:
        """Say what was answered."""
        from flyte_cli.output.questions import signalled_line

        if not self.show.quiet:
            self.stderr.line(signalled_line(answered))

    def report(self, found: FoundReport) -> None:
        """The path, for scripts as well: nothing else is on stdout."""
        self.stdout.line(line(found.path))

    def cache_entries(self, holding: Holding) -> None:
        """A table on a terminal, tab-separated elsewhere."""
        if not self.stdout.terminal:
            self.stdout.lines(cache_page.entries_lines(holding))
        elif holding.entries:
            self.stdout.lines(cache_page.entries_table(holding, self.stdout.look, self.host.clock()))
        if not holding.entries and not self.show.quiet:
            self.stderr.line(line('the cache is empty: `@env.task(cache="auto")` keeps what a task returns'))

    def cache_usage(self, usage: Usage) -> None:
        """All of it, then each task."""
        self.stdout.lines(cache_page.usage_lines(usage))

    def cache_dropped(self, dropped: Dropped) -> None:
        """How many, and what is left."""
        if not self.show.quiet:
            self.stderr.line(cache_page.dropped_line(dropped))

    def cache_answer(self, answer: Answer) -> None:
        """One sentence."""
        self.stdout.line(cache_page.answer_line(answer, self.stdout.look))

    def plan(self, plan: Plan) -> None:
        """The tree as it would be."""
        self.stdout.lines(cache_page.plan_lines(plan, self.stdout.look))

    def secrets(self, secrets: Sequence[StoredSecret]) -> None:
        """A table on a terminal, tab-separated elsewhere."""
        if not self.stdout.terminal:
            self.stdout.lines(secrets_lines(secrets))
        elif secrets:
            self.stdout.lines(secrets_table(secrets, self.stdout.look, self.host.clock()))
        if not secrets and not self.show.quiet:
            self.stderr.lines([line("no secrets yet"), line("flyte create secret NAME keeps one")])

    def secret_changed(self, change: SecretChange) -> None:
        """Say what was done."""
        if not self.show.quiet:
            place = f", kept in the {KEPT[change.kept]}" if change.kept else ""
            self.stderr.line(line(f"{change.change} {visible(change.name)}{place}"))

    def templates(self, templates: Sequence[Template]) -> None:
        """A line for each; tab-separated in a pipe."""
        if self.stdout.terminal:
            self.stdout.lines(templates_lines(templates))
        else:
            self.stdout.lines(line(f"{each.name}\t{each.about}") for each in templates)

    def project_created(self, created: Created) -> None:
        """The folder, and what to do next."""
        self.stdout.line(line(created.folder))
        if not self.show.quiet:
            self.stderr.lines(project_lines(created))

    def examined(self, checks: Sequence[Check]) -> None:
        """A line for each; quiet keeps those that ask for something to be done."""
        shown = [each for each in checks if each.help] if self.show.quiet else checks
        if shown:
            self.stdout.lines(doctor_lines(shown, self.stdout.look))

    def config(self, view: ConfigView) -> None:
        """The bare value of one; a table on a terminal, tab-separated elsewhere."""
        where = _whereabouts(self.host)
        if view.one:
            self.stdout.line(line(visible(shown_value(view.rows[0].value))))
        elif self.stdout.terminal:
            self.stdout.lines(config_page(view, self.stdout.look, where))
        else:
            self.stdout.lines(config_lines(view, where))
        if not view.rows and not self.show.quiet:
            self.stderr.lines([line("nothing is set here"), line("flyte get config --all shows what there is")])
        self.warned(view.warnings)

    def config_changed(self, change: ConfigChange) -> None:
        """Say what was done."""
        if not self.show.quiet:
            where = _whereabouts(self.host)
            self.stderr.lines([change_line(change, where), *change_notes(change, where)])

    def config_created(self, created: CreatedConfig) -> None:
        """Say what was done, and what to do next."""
        if not self.show.quiet:
            self.stderr.lines(created_lines(created, _whereabouts(self.host)))

    def path(self, path: str) -> None:
        """Nothing else is on stdout."""
        self.stdout.line(line(path))

    def difference(self, lines: Sequence[str]) -> None:
        """On stderr, as the question that follows."""
        self.stderr.lines(difference_lines(lines))

    def warned(self, texts: Sequence[str]) -> None:
        """On stderr."""
        if not self.show.quiet:
            self.stderr.lines(warning_lines(texts))

    def text(self, text: str) -> None:
        """As it is."""
        self.stdout.write(text)

    def completion_installed(self, installed: Installed) -> None:
        """Say where it is, and what is left to do."""
        self.stdout.line(line(installed.path))
        if not self.show.quiet and installed.add:
            self.stderr.lines([line(f"add this line to {installed.to}:"), line(f"  {installed.add}")])
        if not self.show.quiet:
            self.stderr.line(line(f"TAB works in {installed.shell} shells that are started from now on"))


def _whereabouts(host: Host) -> Whereabouts:
    return Whereabouts(host.folder(), host.environment.get("HOME", ""))


def _nothing(listing: Listing) -> list[tuple[Span, ...]]:
    if listing.filtered:
        where = "no run" if listing.everywhere else "no run of this folder"
        return [line(f"{where} fits"), line(f"flyte get run{' --all' if listing.everywhere else ''} lists the newest")]
    if listing.elsewhere:
        return [line("no runs were started in this folder"), line("flyte get run --all lists those of other folders")]
    return [line("no runs yet"), line("flyte run FILE TASK starts one")]
