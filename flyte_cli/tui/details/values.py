"""The I/O tab: what an action took and gave, to be opened down to the smallest, and compared with another's."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message

from flyte_cli.errors import CliError
from flyte_cli.output.actions import inputs_text
from flyte_cli.output.spans import Line, Span, bold, clipped, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.tui.details.previews import Preview, preview_of
from flyte_cli.tui.details.tab import Go, ReadTab, Unreadable, is_past, trouble
from flyte_cli.tui.details.value_rows import (
    FIRST,
    MORE,
    Both,
    Diff,
    Large,
    Opened,
    Path,
    Side,
    ValueRow,
    diff_lines,
    leaves,
    value_rows,
)
from flyte_cli.tui.details.wrapping import wrapped
from flyte_cli.tui.place import Looked, Place

if TYPE_CHECKING:
    from flyte._core import ActionView, RunTree
    from flyte_cli.ops.host import Host
    from flyte_cli.ops.looking import Value

READ_AT_ONCE = 4 * 1024 * 1024
"""Bytes of a value up to which it is read without being asked for."""
DONE = ("succeeded", "cached", "recovered")
WHY = {"failed": "none: it failed", "aborted": "none: it was aborted"}


class Opening(Message):
    """Something of a value was read because somebody opened it."""

    def __init__(self, subject: Hashable, path: Path, found: Preview | Value | str) -> None:
        super().__init__()
        self.subject = subject
        self.path = path
        self.found = found


class Compared(Message):
    """Another action's values were read."""

    def __init__(self, subject: Hashable, found: Diff | str) -> None:
        super().__init__()
        self.subject = subject
        self.found = found


class ValuesTab(ReadTab[Both]):
    """Inputs and outputs of an action; of a fan-out its members, each with its inputs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "compare_values", "compare", show=False),
        Binding("space", "fold_value", show=False),
        Binding("right,l", "unfold_value(True)", show=False),
        Binding("left,h", "unfold_value(False)", show=False),
        Binding("escape", "back", show=False),
    ]
    has_cursor: ClassVar[bool] = True

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.rows: list[ValueRow] = []
        self.opened = Opened()
        self.members: Sequence[int] = ()
        self.diff: Diff | str | None = None
        self._changes = 0

    def forget(self) -> None:
        """Other values, other folds."""
        super().forget()
        self.opened, self.diff, self.members = Opened(), None, ()

    def stamp(self, looked: Looked) -> Hashable:
        """What was read, and what was opened."""
        count = None
        if looked.ordinal is None and len(looked.tree):
            count = looked.tree.version()
        return (self._reads, self._changes, count)

    def to_read(self, looked: Looked) -> Hashable:
        """Outputs come once."""
        if not len(looked.tree) or looked.ordinal is None:
            return None
        row = looked.tree.rows([looked.ordinal])[0]
        return (row.phase in DONE, row.ended_at, looked.now if is_past(looked) else None)

    def read(self, looked: Looked) -> Both:
        """Both sides from the journal."""
        assert looked.ordinal is not None
        return both_of(looked.tree, looked.tree.action(looked.ordinal), self.host)

    def build(self, looked: Looked, width: int) -> Iterator[Line]:
        """The rows of what is open."""
        self.rows = []
        look = self.app.look
        if isinstance(self.diff, Diff):
            yield from diff_lines(self.diff, look, width)
        elif self.diff is not None:
            yield from _sentence(self.diff, width)
        elif looked.ordinal is None:
            self.members = looked.members()
        elif isinstance(self.found, Unreadable):
            yield from trouble(self.found, "values", width)
        elif self.found is not None:
            self.rows = list(value_rows(self.found, self.opened, look, width))
            yield from (row.line for row in self.rows)
        elif not len(looked.tree):
            yield from wrapped("the run has not started yet", width, "dim")

    def count(self) -> int:
        """Lines, or members."""
        return len(self.members) if self._shows_members() else len(self.lines)

    def draw(self, index: int, width: int) -> Line:
        """A line, or a member with its inputs."""
        if not self._shows_members() or self.looked is None:
            return super().draw(index, width)
        look = self.app.look
        row = self.looked.tree.rows([self.members[index]])[0]
        from flyte_cli.marks import mark_of

        text = "  ".join(f"{name}={value}" for name, value in row.inputs)
        drawn = line(" ", look.mark(mark_of(row.phase)), " ", bold(visible(row.label)), dim(f"  {visible(text)}"))
        return clipped(drawn, width, look.glyph("…"))

    def _shows_members(self) -> bool:
        return self.diff is None and self.looked is not None and self.looked.ordinal is None

    # --- opening

    def action_open(self) -> None:
        """Open or close what has the cursor; a member is gone to."""
        if self._shows_members() and self.cursor < len(self.members):
            self.post_message(Go(Place(self.members[self.cursor])))
            return
        row = self._row()
        if row is None or row.path is None:
            raise SkipAction()
        if row.asks_for == "more":
            self.opened.shown[row.path] = self.opened.shown.get(row.path, FIRST) + MORE
        else:
            self._set_open(row, not row.is_open)
        self._redraw()

    def action_fold_value(self) -> None:
        """As Enter does."""
        if self._shows_members():
            raise SkipAction()
        self.action_open()

    def action_unfold_value(self, is_open: bool) -> None:
        """Open, or close what it is in."""
        row = self._row()
        if row is None:
            raise SkipAction()
        if row.path is not None and row.is_open != is_open and row.asks_for != "more":
            self._set_open(row, is_open)
            self._redraw()
        elif not is_open:
            inner = row.path or self._path_above()
            for place in range(self.cursor - 1, -1, -1):
                path = self.rows[place].path
                if path is not None and inner is not None and len(path) < len(inner) and inner[: len(path)] == path:
                    self.move_to(place, by_person=True)
                    return

    def _path_above(self) -> Path | None:
        """Of a line that is part of what stands above it."""
        for place in range(self.cursor, -1, -1):
            path = self.rows[place].path
            if path is not None:
                return (*path, 0)
        return None

    def _row(self) -> ValueRow | None:
        return self.rows[self.cursor] if self.diff is None and self.cursor < len(self.rows) else None

    def _set_open(self, row: ValueRow, is_open: bool) -> None:
        assert row.path is not None
        self.opened.chosen[row.path] = is_open
        if is_open and row.asks_for and row.path not in self.opened.found:
            self._fetch(row.path, row.asks_for, row.uri)

    def _fetch(self, path: Path, kind: str, uri: str) -> None:
        subject, large = self._subject, self._large_at(path)
        self.run_worker(lambda: self.post_message(Opening(subject, path, fetched(kind, uri, large))), thread=True)

    def _large_at(self, path: Path) -> Large | None:
        if not isinstance(self.found, Both) or len(path) != 2:
            return None
        side = self.found.inputs if path[0] == "inputs" else self.found.outputs
        value = side.values[int(path[1])]
        return value if isinstance(value, Large) else None

    def on_opening(self, event: Opening) -> None:
        """Show what was read."""
        event.stop()
        if event.subject == self._subject:
            self.opened.found[event.path] = event.found
            self._redraw()

    def _redraw(self) -> None:
        self._changes += 1
        if self.looked is not None:
            self.look(self.looked)

    # --- comparing

    @work(exclusive=True, group="compare")
    async def action_compare_values(self) -> None:
        """Ask what to compare with, and do it."""
        from flyte_cli.tui.screens.base import RunScreenBase

        looked, screen = self.looked, self.screen
        if looked is None or looked.ordinal is None or not isinstance(screen, RunScreenBase):
            return
        text = await screen.prompt.ask("compare values with (an action, or a run; nothing: the run before):")
        if text is None:
            return
        subject, host, ordinal = self._subject, self.host, looked.ordinal
        self._in_thread(lambda: self.post_message(Compared(subject, compared(looked, ordinal, text.strip(), host))))

    def _in_thread(self, read: Callable[[], object]) -> None:
        self.run_worker(read, thread=True, group="comparing")

    def on_compared(self, event: Compared) -> None:
        """Show what differs."""
        event.stop()
        if event.subject == self._subject:
            self.diff = event.found
            self._redraw()
            self.scroll_home(animate=False)

    def action_back(self) -> None:
        """From the comparison to the values."""
        if self.diff is None:
            raise SkipAction()
        self.diff = None
        self._redraw()


def _sentence(text: str, width: int) -> Iterator[Line]:
    yield from wrapped(text, width, "yellow")
    yield line(Span("Esc", "bold accent"), dim(" back to the values"))


# --- reading, beside the screen


def both_of(tree: RunTree, action: ActionView, host: Host) -> Both:
    """Both sides; one that is gone does not take the other with it."""
    try:
        inputs = Side(list(_read(tree.inputs_of(action.ordinal))))
    except (OSError, ValueError, IndexError) as error:
        inputs = Side(why=f"the inputs are gone: {error}")
    if action.phase not in DONE:
        return Both(inputs, Side(why=WHY.get(action.phase, "none yet: it is not over")))
    try:
        message = host.engine.outputs(tree, action.ordinal)
        outputs = Side(list(_read(message))) if message is not None else Side(why="none were recorded")
    except (OSError, ValueError) as error:
        outputs = Side(why=f"the outputs are gone: {error}")
    return Both(inputs, outputs)


def _read(message: bytes) -> Iterator[Value | Large]:
    from flyte._core import named_literals
    from flyte_cli.ops.looking import read_value

    for name, literal in named_literals(message):
        yield Large(name, literal) if len(literal) > READ_AT_ONCE else read_value(name, literal)


def fetched(kind: str, uri: str, large: Large | None) -> Preview | Value | str:
    """What is shown of something that was opened; a sentence where it cannot be had."""
    from flyte_cli.ops.looking import read_value

    try:
        return read_value(large.name, large.literal) if large is not None else preview_of(kind, uri)
    except (OSError, ValueError, MemoryError) as error:
        return str(error) or type(error).__name__


def compared(looked: Looked, ordinal: int, text: str, host: Host) -> Diff | str:
    """The values of an action beside those of another: of this run, or of another run by the same path."""
    action = looked.tree.action(ordinal)
    try:
        other_tree, other = _other(looked.tree, action, text, host)
        left, right = both_of(other_tree, other, host), both_of(looked.tree, action, host)
    except (CliError, OSError, ValueError) as error:
        return str(error)
    names = [_named(other_tree, other), _named(looked.tree, action)]
    return Diff(names[0], names[1], leaves(left), leaves(right))


def _named(tree: RunTree, action: ActionView) -> str:
    inputs = inputs_text(action, 40)
    return f"{tree.name} {action.path}{f'  {inputs}' if inputs else ''}"


def _other(tree: RunTree, action: ActionView, text: str, host: Host) -> tuple[RunTree, ActionView]:
    from flyte_cli.action_names import find_action
    from flyte_cli.errors import NoSuchAction
    from flyte_cli.ops.runs import find_run, open_tree

    if not text:
        tree = _before(tree, host)
        return tree, _same_path(tree, action)
    first, _, rest = text.partition(" ")
    if not rest:
        try:
            return tree, find_action(tree, first)
        except NoSuchAction as error:
            try:
                tree = open_tree(find_run(first, host), host)
            except CliError:
                raise error from None
            return tree, _same_path(tree, action)
    tree = open_tree(find_run(first, host), host)
    return tree, find_action(tree, rest.strip())


def _same_path(tree: RunTree, action: ActionView) -> ActionView:
    from flyte_cli.action_names import find_action

    return tree.action(0) if action.parent is None else find_action(tree, action.path)


def _before(tree: RunTree, host: Host) -> RunTree:
    """The run of the same task that was started last before this one."""
    from flyte_cli.errors import NoSuchRun
    from flyte_cli.ops.runs import open_tree

    for row in host.engine.runs(None, 1000):
        if row.task == tree.task and row.started_at < tree.started_at and row.name != tree.name:
            return open_tree(row, host)
    raise NoSuchRun(f"no earlier run of {tree.task}", help=["name one, or another action"])
