"""Keys that send commands: run again, recover, abort, answer, compare."""

from __future__ import annotations

from flyte_cli.tui.screens.base import RunScreenBase


class CommandActions(RunScreenBase):
    """Keys that send commands: run again, recover, abort, answer, compare."""
