"""Reports: HTML that a task shows people, kept per attempt and streamed while the task runs.

Outside a run every call does nothing. Nothing here is loaded by `import flyte`.
"""

from flyte.report.content import Report, Tab
from flyte.report.current import current_report, flush, get_tab, log, replace
from flyte.report.timeline import Timeline, abbreviate, duration_ms

__all__ = [
    "Report",
    "Tab",
    "Timeline",
    "abbreviate",
    "current_report",
    "duration_ms",
    "flush",
    "get_tab",
    "log",
    "replace",
]
