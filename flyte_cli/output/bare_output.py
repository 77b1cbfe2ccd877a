"""One thing for a script: `value` prints the bare result, `id` only names of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flyte_cli.errors import Misuse
from flyte_cli.ops.host import Host
from flyte_cli.output.config_page import difference_lines, shown_value, warning_lines
from flyte_cli.output.ending import ending
from flyte_cli.output.formats import Progress, Show, progress_for
from flyte_cli.output.paper import Paper
from flyte_cli.output.results import bare
from flyte_cli.output.values_tree import plain

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
class BareOutput:
    """Nothing on stdout that was not asked for."""

    show: Show
    host: Host
    stdout: Paper
    stderr: Paper

    def progress(self) -> Progress:
        """As for people: it is on stderr."""
        self.watching = progress_for(self.show, self.host, self.stdout, self.stderr)
        return self.watching

    def run_finished(self, finished: Finished) -> None:
        """The result, or the run's name."""
        self.watching.finish()
        if finished.phase != "succeeded" or not self.show.quiet:
            now, here = self.host.clock(), self.host.folder()
            self.stderr.lines(ending(finished.tree, self.stderr.look, now, here, self.show.verbose))
        if self.show.format == "id":
            self.stdout.write(finished.tree.name + "\n")
        elif finished.outputs:
            self.stdout.write("\n".join(bare(finished.outputs)) + "\n")

    def run(self, tree: RunTree) -> None:
        """The run's name; its values are not at hand without its code."""
        if self.show.format == "value":
            raise Misuse("`-of value` needs a run that is just ending", help=[f"flyte get run {tree.name} --json"])
        self.stdout.write(tree.name + "\n")

    def runs(self, listing: Listing) -> None:
        """One name per line."""
        if self.show.format == "value":
            raise Misuse("`-of value` is no form for a list", help=["it takes text, json, jsonl, yaml, id here"])
        self.stdout.write("".join(f"{row.name}\n" for row in listing.rows))

    def logs(self, logs: Logs, style: LogStyle) -> None:
        """Texts only, or the names of actions that printed."""
        seen: dict[str, None] = {}
        for entries in logs.batches():
            printed = [entry for entry in entries if entry.stream]
            if self.show.format == "value":
                self.stdout.write_bytes(b"".join(entry.raw + b"\n" for entry in printed))
            else:
                fresh = [path for path in dict.fromkeys(entry.path for entry in printed) if path not in seen]
                seen |= dict.fromkeys(fresh)
                self.stdout.write("".join(f"{path}\n" for path in fresh))
            if self.stdout.closed:
                break

    def actions(self, listing: ActionListing) -> None:
        """One path per line."""
        if self.show.format == "value":
            raise Misuse("`-of value` is no form for a list", help=["it takes text, json, jsonl, id here"])
        self.stdout.write("".join(f"{each.path}\n" for each in listing.actions))

    def action(self, page: ActionPage) -> None:
        """Its wire name, or its result in short."""
        if self.show.format == "id":
            self.stdout.write(page.action.name + "\n")
        else:
            self.stdout.write("".join(f"{text}\n" for _, text in page.action.outputs))

    def values(self, values: Values, full: bool) -> None:
        """The values, one a line: outputs, or inputs when only they were asked for."""
        if self.show.format == "id":
            raise Misuse("`-of id` is no form for values", help=["it takes text, json, jsonl, value here"])
        found = values.outputs if values.wanted[1] else values.inputs
        pairs = {each.name: plain((each.type, each.value)) for each in found or ()}
        if pairs:
            self.stdout.write("\n".join(bare(pairs)) + "\n")

    def comparison(self, comparison: Comparison) -> None:
        """Refused: it is no single thing."""
        raise Misuse(f"`-of {self.show.format}` is no form for a comparison", help=["it takes text, json, jsonl here"])

    def explanation(self, explanation: Explanation) -> None:
        """One word per reason, or the actions there is something to say about."""
        if self.show.format == "id":
            self.stdout.write("".join(f"{each.action.path}\n" for each in explanation.actions))
        else:
            kinds = dict.fromkeys(why.kind for each in explanation.actions for why in each.reasons)
            self.stdout.write("".join(f"{kind}\n" for kind in kinds))

    def deleted(self, deletion: Deletion) -> None:
        """The runs' names."""
        self.stdout.write("".join(f"{name}\n" for name in deletion.deleted))

    def moved(self, moved: Moved) -> None:
        """The run's name, or the file's."""
        self.stdout.write((moved.run if self.show.format == "id" or moved.imported else moved.file) + "\n")

    def aborted(self, name: str) -> None:
        """The run's name."""
        self.stdout.write(name + "\n")

    def waiting(self, waiting: Waiting) -> None:
        """One name per line."""
        self.stdout.write("".join(f"{question.name}\n" for question in waiting.questions))

    def signalled(self, answered: Answered) -> None:
        """The value, or the run's name."""
        self.stdout.write(f"{answered.run if self.show.format == 'id' else answered.value}\n")

    def report(self, found: FoundReport) -> None:
        """The path, or the run's name."""
        self.stdout.write((found.run if self.show.format == "id" else found.path) + "\n")

    def cache_entries(self, holding: Holding) -> None:
        """The run of each entry."""
        self.stdout.write("".join(f"{each.entry.run}\n" for each in holding.entries))

    def cache_usage(self, usage: Usage) -> None:
        """Bytes on disk."""
        self.stdout.write(f"{usage.size}\n")

    def cache_dropped(self, dropped: Dropped) -> None:
        """How many entries."""
        self.stdout.write(f"{dropped.entries}\n")

    def cache_answer(self, answer: Answer) -> None:
        """The reason in one word, or the run it is about."""
        reason = answer.reason
        self.stdout.write(f"{reason.run or '' if self.show.format == 'id' else reason.kind}\n")

    def plan(self, plan: Plan) -> None:
        """A verdict for each step."""
        self.stdout.write("".join(f"{step.verdict}\n" for step in plan.steps))

    def secrets(self, secrets: Sequence[StoredSecret]) -> None:
        """One name per line."""
        if self.show.format == "value":
            raise Misuse("values of secrets are never shown", help=["it takes text, json, jsonl, yaml, id here"])
        self.stdout.write("".join(f"{each.name}\n" for each in secrets))

    def secret_changed(self, change: SecretChange) -> None:
        """The secret's name."""
        self.stdout.write(change.name + "\n")

    def templates(self, templates: Sequence[Template]) -> None:
        """One name per line."""
        self.stdout.write("".join(f"{each.name}\n" for each in templates))

    def project_created(self, created: Created) -> None:
        """The folder."""
        self.stdout.write(created.folder + "\n")

    def examined(self, checks: Sequence[Check]) -> None:
        """The names of what is missing, or each verdict."""
        if self.show.format == "id":
            self.stdout.write("".join(f"{each.name}\n" for each in checks if each.verdict == "missing"))
        else:
            self.stdout.write("".join(f"{each.name}={each.verdict}\n" for each in checks))

    def config(self, view: ConfigView) -> None:
        """Values, or names of settings."""
        for row in view.rows:
            self.stdout.write((row.key if self.show.format == "id" else shown_value(row.value)) + "\n")
        self.warned(view.warnings)

    def config_changed(self, change: ConfigChange) -> None:
        """The value, or the name of the setting."""
        self.stdout.write((change.key if self.show.format == "id" else shown_value(change.value)) + "\n")

    def config_created(self, created: CreatedConfig) -> None:
        """The path of the file."""
        self.stdout.write(f"{created.file}\n")

    def path(self, path: str) -> None:
        """The path."""
        self.stdout.write(path + "\n")

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
        """The path."""
        self.stdout.write(installed.path + "\n")
