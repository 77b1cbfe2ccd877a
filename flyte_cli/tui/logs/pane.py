"""The logs tab."""

from __future__ import annotations

from flyte_cli.tui.logs.view import LogView


class LogsTab(LogView):
    """The lines that the selected place printed, or what is below it."""
