"""Documents for programs: `json` and `yaml` are one per command, `jsonl` one per line. stdout holds nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from flyte_cli.ops.host import Host
from flyte_cli.output import cache_documents
from flyte_cli.output.config_documents import change_document, config_document, created_document
from flyte_cli.output.config_page import difference_lines, warning_lines
from flyte_cli.output.documents import action_document, row_document, run_document
from flyte_cli.output.ending import ending
from flyte_cli.output.formats import Progress, Show, progress_for
from flyte_cli.output.looking_documents import (
    action_page_document,
    comparison_document,
    entry_document,
    explanation_document,
    values_document,
)
from flyte_cli.output.paper import Paper
from flyte_cli.output.progress import JsonLines
from flyte_cli.quantities import moment

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
class JsonOutput:
    """JSON on stdout; what tasks print and what we say stays on stderr."""

    show: Show
    host: Host
    stdout: Paper
    stderr: Paper

    def progress(self) -> Progress:
        """Events as documents for `jsonl`, the usual otherwise."""
        if self.show.format == "jsonl":
            self.watching: Progress = JsonLines(self.stdout)
        else:
            self.watching = progress_for(self.show, self.host, self.stdout, self.stderr)
        return self.watching

    def run_finished(self, finished: Finished) -> None:
        """The run with its outputs."""
        self.watching.finish()
        if self.show.format != "jsonl" and not self.show.quiet and self.show.progress not in ("json", "quiet"):
            now, here = self.host.clock(), self.host.folder()
            self.stderr.lines(ending(finished.tree, self.stderr.look, now, here, self.show.verbose))
        self._write(run_document(finished.tree, finished.outputs))

    def run(self, tree: RunTree) -> None:
        """The run as recorded."""
        self._write(run_document(tree))

    def runs(self, listing: Listing) -> None:
        """All in one document, or one line each."""
        rows = [row_document(row) for row in listing.rows]
        for some in [rows] if self.show.format != "jsonl" else [[row] for row in rows]:
            self._write({"schema": "runs/1", "runs": some, "more": listing.more})

    def logs(self, logs: Logs, style: LogStyle) -> None:
        """One line each, or all in one document."""
        entries = (entry for batch in logs.batches() for entry in batch if entry.stream)
        if self.show.format == "json":
            lines = [entry_document(logs.tree.name, entry) for entry in entries]
            self._write({"schema": "logs/1", "run": logs.tree.name, "lines": lines})
            return
        for entry in entries:
            self._write(entry_document(logs.tree.name, entry))
            if self.stdout.closed:
                break

    def actions(self, listing: ActionListing) -> None:
        """All in one document, or one line each."""
        found = [action_document(each) for each in listing.actions]
        for some in [found] if self.show.format == "json" else [[each] for each in found]:
            document = {"schema": "actions/1", "run": listing.tree.name, "actions": some, "count": listing.count}
            self._write(document)

    def action(self, page: ActionPage) -> None:
        """The action as recorded."""
        self._write(action_page_document(page))

    def values(self, values: Values, full: bool) -> None:
        """Always in full."""
        self._write(values_document(values))

    def comparison(self, comparison: Comparison) -> None:
        """Only what differs."""
        self._write(comparison_document(comparison))

    def explanation(self, explanation: Explanation) -> None:
        """Reasons with a word for programs."""
        self._write(explanation_document(explanation))

    def deleted(self, deletion: Deletion) -> None:
        """Names."""
        document = {"deleted": list(deletion.deleted), "live": list(deletion.live), "confirmed": deletion.confirmed}
        self._write({"schema": "delete-run/1", **document})

    def moved(self, moved: Moved) -> None:
        """Which run, and where."""
        self._write({"schema": "moved-run/1", **asdict(moved)})

    def aborted(self, name: str) -> None:
        """Which run was asked to stop."""
        self._write({"schema": "abort/1", "name": name})

    def waiting(self, waiting: Waiting) -> None:
        """The conditions of a run."""
        from flyte_cli.output.questions import waiting_document

        self._write({"schema": "conditions/1", **waiting_document(waiting)})

    def signalled(self, answered: Answered) -> None:
        """What was answered."""
        from flyte_cli.output.questions import signalled_document

        self._write({"schema": "signal/1", **signalled_document(answered)})

    def report(self, found: FoundReport) -> None:
        """Whose it is, and where."""
        self._write({"schema": "report/1", **asdict(found)})

    def cache_entries(self, holding: Holding) -> None:
        """All in one document, or one line each."""
        rows = [cache_documents.entry_document(each) for each in holding.entries]
        for some in [rows] if self.show.format != "jsonl" else [[row] for row in rows]:
            self._write({"schema": "cache/1", "entries": some, "more": holding.more})

    def cache_usage(self, usage: Usage) -> None:
        """All of it, and each task."""
        self._write(cache_documents.usage_document(usage))

    def cache_dropped(self, dropped: Dropped) -> None:
        """How many, and what is left."""
        self._write(cache_documents.dropped_document(dropped))

    def cache_answer(self, answer: Answer) -> None:
        """The reason, as a word and as a sentence."""
        self._write(cache_documents.answer_document(answer))

    def plan(self, plan: Plan) -> None:
        """The steps, and what is not known."""
        self._write(cache_documents.plan_document(plan))

    def secrets(self, secrets: Sequence[StoredSecret]) -> None:
        """All in one document, or one line each."""
        rows = [{"name": each.name, "kept": each.kept, "set_at": moment(each.set_at)} for each in secrets]
        for some in [rows] if self.show.format != "jsonl" else [[row] for row in rows]:
            self._write({"schema": "secrets/1", "secrets": some})

    def secret_changed(self, change: SecretChange) -> None:
        """Which secret, and what was done."""
        self._write({"schema": "secret/1", **asdict(change)})

    def templates(self, templates: Sequence[Template]) -> None:
        """All in one document, or one line each."""
        rows = [asdict(each) for each in templates]
        for some in [rows] if self.show.format != "jsonl" else [[row] for row in rows]:
            self._write({"schema": "templates/1", "templates": some})

    def project_created(self, created: Created) -> None:
        """Where it is, and what is in it."""
        self._write({"schema": "new/1", **asdict(created), "files": list(created.files)})

    def examined(self, checks: Sequence[Check]) -> None:
        """Each, and what they come to."""
        ready = all(each.verdict != "missing" for each in checks)
        self._write({"schema": "doctor/1", "ready": ready, "checks": [asdict(each) for each in checks]})

    def config(self, view: ConfigView) -> None:
        """All in one document, or one line each."""
        some = [view] if self.show.format == "json" else [replace(view, rows=[row]) for row in view.rows]
        for each in some:
            self._write(config_document(each))

    def config_changed(self, change: ConfigChange) -> None:
        """Which setting, where, and what it was."""
        self._write(change_document(change))

    def config_created(self, created: CreatedConfig) -> None:
        """Which file."""
        self._write(created_document(created))

    def path(self, path: str) -> None:
        """The path as a JSON text."""
        self._write({"schema": "path/1", "path": path})

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
        """Where it is, and what is left to do."""
        self._write({"schema": "completion/1", **asdict(installed)})

    def _write(self, document: Mapping[str, Any]) -> None:
        if self.show.format == "yaml":
            import yaml  # deferred: 15 ms

            self.stdout.write(yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=not self.stdout.look.ascii))
            return
        indent = 2 if self.show.format == "json" else None
        self.stdout.write(json.dumps(document, ensure_ascii=self.stdout.look.ascii, indent=indent) + "\n")
