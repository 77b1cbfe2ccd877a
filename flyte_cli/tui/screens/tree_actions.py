"""Keys about the tree: folding, finding, following, the timeline."""

from __future__ import annotations

from flyte_cli.tui.screens.base import RunScreenBase


class TreeActions(RunScreenBase):
    """Keys about the tree: folding, finding, following, the timeline."""
