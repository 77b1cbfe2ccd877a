"""The logs tab."""

from __future__ import annotations

from flyte_cli.output.spans import line
from flyte_cli.tui.line_view import Lines
from flyte_cli.tui.place import Looked


class LogsTab(Lines):
    """The lines that the selected place printed."""

    def look(self, looked: Looked) -> None:
        """Show this."""
        self.show([line(f"logs of {looked.place}")])
