"""The report of the attempt that is running: one for all copies of its context, made when first asked for."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from flyte.report.content import Report
from flyte.report.files import prepare_folder, report_file, write_whole
from flyte.runtime.masking import masked

if TYPE_CHECKING:
    from flyte.context import ActionContext

KEY = "report"


class AttemptReport:
    """A report, and the file it is written to."""

    def __init__(self, action: ActionContext) -> None:
        self.content = Report(f"{action.label} · {action.run_name}")
        self.file = report_file(Path(action.home, "runs", action.run_name), action.action_name, action.attempt)
        self._writing = threading.Lock()
        self._prepared = False

    def write(self) -> None:
        """Write it as it is now; of two threads that write, the later one's content stays."""
        with self._writing:
            if not self._prepared:
                prepare_folder(self.file)
                self._prepared = True
            write_whole(self.file, masked(self.content.get_final_report()))


def report_of(action: ActionContext) -> AttemptReport:
    """The report of an attempt."""
    found = action.own.get(KEY)
    if found is None:
        found = action.own.setdefault(KEY, AttemptReport(action))  # one step, so that two threads get the same
    assert isinstance(found, AttemptReport)
    return found


def write_at_end(action: ActionContext) -> None:
    """Write what a task with `report=True` has in its report."""
    report = report_of(action)
    try:
        if report.content.has_content():
            report.write()
    except Exception as error:  # a full disk, or what the task did to its tabs: no reason to fail a task that is done
        from flyte.logs import system_logger  # deferred: nobody should need it

        system_logger.warning("the report of %s could not be written to %s: %s", action.label, report.file, error)
