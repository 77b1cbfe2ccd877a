"""Two runs side by side: what they were given, the code, how they went, action by action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from flyte_cli.errors import CliError
from flyte_cli.ops.alignment import Pair, aligned
from flyte_cli.ops.comparing import Comparison, compare
from flyte_cli.output.spans import Line, Span, bold, dim, line
from flyte_cli.tui.compare_lines import difference_lines, head_line, pair_line, tree_title
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import COMPARE, Key
from flyte_cli.tui.line_view import LineView
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.runs_list import RunsHeader
from flyte_cli.tui.screens.keyed import KeyedScreen

if TYPE_CHECKING:
    from textual import events


class CompareScreen(KeyedScreen):
    """The older run on the left, mostly."""

    OWN = COMPARE
    ABOUT = "two runs side by side"
    DEFAULT_CSS = """
    CompareScreen Vertical { border: round $border-quiet; background: $surface; height: 1fr; }
    CompareScreen Vertical:focus-within { border: round $primary; }
    CompareScreen CompareView { height: 1fr; }
    """

    class Compared(Message):
        """Both were read."""

        def __init__(self, comparison: Comparison, pairs: Sequence[Pair]) -> None:
            super().__init__()
            self.comparison = comparison
            self.pairs = pairs

    class Failed(Message):
        """One of them could not be."""

        def __init__(self, error: CliError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, left: str, right: str) -> None:
        super().__init__()
        self.names = (left, right)

    def compose(self) -> ComposeResult:
        """Header, what differs, the line for questions, the keys."""
        yield RunsHeader()
        with Vertical():
            yield CompareView()
        yield KeyLine()
        yield Prompt()  # covers the keys while it asks

    def on_mount(self) -> None:
        """Read both."""
        self.query_one(CompareView).focus()
        self.read_both()
        self._show_header()

    def _show_header(self) -> None:
        left, right = self.names
        title = line(Span(" flyte", "bold accent"), bold(" compare"), dim(f"  {left} with {right}"))
        self.query_one(RunsHeader).show(title, ())
        self.show_keys()

    @work(thread=True, exclusive=True, group="read")
    def read_both(self) -> None:
        """Seconds for runs of 100,000 actions, so not where keys are waited for."""
        try:
            comparison = compare(*self.names, self.app.host)
            pairs = aligned(comparison.left, comparison.right)
        except CliError as error:
            self.post_message(self.Failed(error))
        else:
            self.post_message(self.Compared(comparison, pairs))

    def on_compare_screen_compared(self, event: Compared) -> None:
        """Show them."""
        self.query_one(CompareView).show(event.comparison, event.pairs)
        self.ran(self.command_of(next(key for key in COMPARE if key.action == "swap")))
        self.show_keys()

    def on_compare_screen_failed(self, event: Failed) -> None:
        """Say why."""
        self.refuse(event.error)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether there is something to look at."""
        if action == "open_side":
            return self.query_one(CompareView).pair is not None
        return True

    def command_of(self, key: Key) -> str:
        """With both names."""
        return key.command.format(run=self.names[0], other=self.names[1])

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """Other keys make sense."""
        self.show_keys()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Open the run there."""
        self.action_open_side()

    def action_open_side(self) -> None:
        """The right run at this action; the left one, where only that has it."""
        pair = self.query_one(CompareView).pair
        if pair is None:
            return
        side, name = (pair.right, self.names[1]) if pair.right is not None else (pair.left, self.names[0])
        try:
            self.app.open_run(name, side.ordinal if side is not None else None)
        except CliError as error:
            self.refuse(error)

    def action_same(self) -> None:
        """Also what is the same, or only what differs."""
        view = self.query_one(CompareView)
        view.with_same = not view.with_same
        view.lay_out()

    def action_swap(self) -> None:
        """The other one first."""
        self.names = (self.names[1], self.names[0])
        self.read_both()
        self._show_header()


class CompareView(LineView):
    """The lines: those about the runs, then one for each action, made when it is seen."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.comparison: Comparison | None = None
        self.all_pairs: Sequence[Pair] = ()
        self.with_same = False
        self._head: list[Line] = []
        self._pairs: list[Pair] = []

    @property
    def pair(self) -> Pair | None:
        """The action with the cursor."""
        at = self.cursor - len(self._head)
        return self._pairs[at] if 0 <= at < len(self._pairs) else None

    def show(self, comparison: Comparison, pairs: Sequence[Pair]) -> None:
        """Show these."""
        self.comparison, self.all_pairs = comparison, pairs
        self.lay_out()
        is_all_seen = self.count() <= self.scrollable_content_region.height
        self.move_to(len(self._head) if is_all_seen and self._pairs else 0)

    def lay_out(self) -> None:
        """Decide what is shown, for this width."""
        if self.comparison is None:
            return
        chosen = self.pair
        look, now, width = self.app.look, self.app.host.clock(), self.scrollable_content_region.width
        if not width:
            return
        self._head = [
            head_line(self.comparison, look, width),
            *difference_lines(self.comparison, look, now, width, self.with_same),
            (),
            tree_title(self.all_pairs, self.with_same, width),
        ]
        self._pairs = [pair for pair in self.all_pairs if self.with_same or pair.has_difference]
        self.changed()
        if chosen is not None and chosen in self._pairs:
            self.move_to(len(self._head) + self._pairs.index(chosen))

    def on_resize(self, event: events.Resize) -> None:
        """The lines about the runs are made for a width."""
        self.lay_out()

    def count(self) -> int:
        """How many lines."""
        return len(self._head) + len(self._pairs)

    def draw(self, index: int, width: int) -> Line:
        """One of them."""
        if index < len(self._head):
            return self._head[index]
        return pair_line(self._pairs[index - len(self._head)], self.app.look, width)
