"""Keys about the right side: attempts, frames, copying, the editor, the browser."""

from __future__ import annotations

from flyte_cli.tui.screens.base import RunScreenBase


class DetailActions(RunScreenBase):
    """Keys about the right side: attempts, frames, copying, the editor, the browser."""
