"""What every part of a run's screen may rely on: the run, what is selected, the lines below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flyte_cli.tui.detail_pane import DetailPane
from flyte_cli.tui.keys import RUN, Key
from flyte_cli.tui.place import ROOT, Looked, Place
from flyte_cli.tui.screens.keyed import KeyedScreen
from flyte_cli.tui.source import Source
from flyte_cli.tui.tree_pane import TreePane

if TYPE_CHECKING:
    from flyte._core import RunTree


class RunScreenBase(KeyedScreen):
    """The state of a run's screen. Its actions are in the classes made from it, one file for each kind."""

    OWN = RUN
    ABOUT = "a run"

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.source = source
        self.place: Place = ROOT
        """What is selected."""
        self.attempt: int | None = None
        self.shows_library = False
        self.moment: float | None = None
        """The time cursor, Unix seconds; None is now."""
        self.past: RunTree | None = None
        """The tree as it was at that moment."""

    @property
    def looked(self) -> Looked:
        """What the right side shows."""
        now = self.moment if self.moment is not None else self.source.until(self.app.host.clock())
        tree = self.past if self.past is not None else self.source.tree
        return Looked(self.source, tree, self.place, now, self.attempt, self.shows_library)

    @property
    def tree_pane(self) -> TreePane:
        """The left side."""
        return self.query_one(TreePane)

    @property
    def detail_pane(self) -> DetailPane:
        """The right side."""
        return self.query_one(DetailPane)

    def draw(self) -> None:
        """Draw all of it as it is now."""
        raise NotImplementedError

    def select(self, place: Place) -> None:
        """Put the cursor of the tree on a place, and show it on the right."""
        self.place, self.attempt = place, None
        self.tree_pane.select(place)
        self.detail_pane.look(self.looked)

    def command_of(self, key: Key) -> str:
        """The command line that does the same to what is selected."""
        ordinal = self.looked.ordinal
        action = self.looked.tree.action(ordinal).path if ordinal else ""
        names = {"run": self.source.name, "action": action, "attempt": self.attempt or ""}
        return " ".join(key.command.format(**names).split())
