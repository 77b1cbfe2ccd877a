"""The list of runs: filtered, sorted, live; from here runs are opened, compared, deleted, and started again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input
from textual.worker import Worker

from flyte_cli.errors import CliError
from flyte_cli.ops.form import Start
from flyte_cli.ops.looking import LIVE, delete_runs
from flyte_cli.ops.runs import EVERYTHING, PHASES, Which, abort_run, find_run, open_tree
from flyte_cli.ops.runs_watch import Listed, RunsWatch, size_of_runs
from flyte_cli.output.spans import Line, Span, bold, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import number, size
from flyte_cli.tui.filter_line import FilterLine, FilterWords
from flyte_cli.tui.going import Destinations
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import RUNS, Key
from flyte_cli.tui.line_view import LineView
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.runs_list import SORTS, RunsHeader, RunsHeading, RunsList, Table, empty_lines, table_of, today_line
from flyte_cli.tui.screens.keyed import KeyedScreen

if TYPE_CHECKING:
    from textual import events

    from flyte._core import RunRow, RunTree

BETWEEN_LISTS = 1.0
"""Seconds; the runs are listed no more often."""
NEEDS_RUN = ("open_run", "again", "recover", "abort", "mark", "delete", "copy")
COLUMNS = tuple(sort for sort in SORTS if sort)


class RunsScreen(KeyedScreen):
    """What was started, newest first."""

    OWN = RUNS
    ABOUT = "the list of runs"
    DEFAULT_CSS = """
    RunsScreen Vertical { border: round $border-quiet; background: $surface; height: 1fr; }
    RunsScreen Vertical:focus-within { border: round $primary; }
    """

    class Found(Message):
        """The runs were listed; `is_new` when it is another list than before."""

        def __init__(self, listed: Listed, table: Table) -> None:
            super().__init__()
            self.listed = listed
            self.table = table

    class Unreadable(Message):
        """They were not: the filter, or the state folder."""

        def __init__(self, error: CliError, which: Which) -> None:
            super().__init__()
            self.error = error
            self.which = which

    class Read(Message):
        """A run is ready to be shown."""

        def __init__(self, tree: RunTree) -> None:
            super().__init__()
            self.tree = tree

    class Told(Message):
        """Something came of a command."""

        def __init__(self, command: str = "", error: CliError | None = None, run: str = "") -> None:
            super().__init__()
            self.command = command
            self.error = error
            self.run = run

    def __init__(self) -> None:
        super().__init__()
        self.which = Which(limit=EVERYTHING, sort="started")
        self.watch_runs: RunsWatch | None = None
        self.listed: Listed | None = None
        self._is_other = False
        """Whether the next list answers another wish, and begins at its top."""
        self._has_tasks: bool | None = None

    def compose(self) -> ComposeResult:
        """Header, filter, titles, rows, the line for questions, the keys."""
        yield RunsHeader()
        with Vertical():
            yield FilterLine(
                placeholder="filter: state:failed task:train took:>5s n:>10 text, ! negates",
                suggester=FilterWords(PHASES),
                select_on_focus=False,
            )
            yield RunsHeading()
            yield RunsList()
        yield Prompt()
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to look."""
        self.watch_runs = RunsWatch(self.app.host)
        self._show_header()
        self.list_runs()
        self.set_interval(BETWEEN_LISTS, self._tick)
        self.runs_list.focus()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """What happened meanwhile."""
        if self.watch_runs is not None:
            self.list_runs()

    @property
    def runs_list(self) -> RunsList:
        """The rows."""
        return self.query_one(RunsList)

    # --- listing

    def _tick(self) -> None:
        """Look again; times of what goes on are counted."""
        if self.is_current:
            self.list_runs()
            self.runs_list.refresh()

    def list_runs(self) -> Worker[None]:
        """List the runs where no key waits for it."""
        return self._list_after(self.runs_list.table)

    @work(thread=True, exclusive=True, group="list")
    def _list_after(self, table: Table) -> None:
        which, watch = self.which, self.watch_runs
        assert watch is not None  # made before the first list
        try:
            listed = watch.look(which)
        except CliError as error:
            self.post_message(self.Unreadable(error, which))
            return
        if listed is not None and which == self.which:
            self.post_message(self.Found(listed, table_of(listed, table)))

    def on_runs_screen_found(self, event: Found) -> None:
        """Show them."""
        if event.listed.which != self.which:
            return  # somebody typed on
        is_first = self.listed is None
        self.listed = event.listed
        if not event.listed.newest and self._has_tasks is None:
            self._has_tasks = _may_have_tasks(self.app.host.folder())
        self.runs_list.show(event.table, self._empty(), to_top=self._is_other or is_first)
        self._is_other = False
        self.query_one(RunsHeading).show(event.table)
        suggester = self.query_one(FilterLine).suggester
        if isinstance(suggester, FilterWords):
            suggester.tasks = sorted({row.task for row in event.listed.newest})
        self._show_header()
        self._show_offers()

    def on_runs_screen_unreadable(self, event: Unreadable) -> None:
        """Say why; the list stays as it was."""
        if event.which == self.which:
            self.refuse(event.error)

    def _empty(self) -> list[Line]:
        listed = self.listed
        assert listed is not None  # shown with a list only
        if listed.newest and listed.which.where:
            return [(), line("  No run fits ", bold(visible(listed.which.where)), dim("   Esc in the filter ends it"))]
        new = self.app.key(next(key for key in RUNS if key.action == "new_run"))
        lines = empty_lines(bool(self._has_tasks), new.sign)
        if listed.elsewhere:
            everywhere = self.app.key(next(key for key in RUNS if key.action == "everywhere"))
            lines += [(), line("  ", Span(everywhere.sign, "accent bold"), " shows the runs of other folders.")]
        return lines

    def _show_header(self) -> None:
        host = self.app.host
        where = "all folders" if self.which.everywhere else _home_short(host.folder(), host.environment.get("HOME"))
        left = line(Span(" flyte", "bold accent"), bold(" runs"), dim(f"  local · {visible(where)}"))
        self.query_one(RunsHeader).show(left, today_line(self.listed.today if self.listed else {}, self.app.look))

    def _show_offers(self) -> None:
        self.show_keys()
        box = self.query_one(Vertical)
        if self.listed is not None:
            shown, of = len(self.listed.rows), len(self.listed.newest)
            counted = number(shown) if shown == of else f"{number(shown)} of {number(of)}"
            parts = [f"{counted} {'run' if of == 1 else 'runs'}"]
            parts += [f"{len(self.runs_list.marked)} marked"] if self.runs_list.marked else []
            parts.append(f"sort: {(self.which.sort or '').removeprefix('-')}")
            box.border_subtitle = Content(f" {self.app.look.glyph('·')} ".join(parts))
            row = self.runs_list.row
            is_elsewhere = row is not None and self.which.everywhere
            box.border_title = Content(visible(row.project)) if row is not None and is_elsewhere else None

    def _wish(self, which: Which) -> None:
        """List others, from their top."""
        if which != self.which:
            self.which = which
            self._is_other = True
            self.list_runs()
            self._show_header()

    # --- filter and order

    def action_filter_runs(self) -> None:
        """Type in the filter line."""
        self.set_focus(self.query_one(FilterLine))

    def on_input_changed(self, event: Input.Changed) -> None:
        """It counts as it is typed."""
        if isinstance(event.input, FilterLine):
            self.query_one(KeyLine).hush()
            self._wish(replace(self.which, where=event.value.strip() or None))

    def on_filter_line_done(self, event: FilterLine.Done) -> None:
        """Back to the rows, saying what does the same."""
        self.runs_list.focus()
        if self.which.where:
            import shlex  # deferred: here only

            self.ran(f"flyte get run --where {shlex.quote(self.which.where)}{self._all()}")

    def on_runs_heading_clicked(self, event: RunsHeading.Clicked) -> None:
        """Sort by it; once more, the other way round."""
        is_same = (self.which.sort or "").removeprefix("-") == event.sort
        self.action_turn() if is_same else self._sort(event.sort)

    def action_sort_next(self) -> None:
        """The column after."""
        self._sort(self._beside(1))

    def action_sort_before(self) -> None:
        """The column before."""
        self._sort(self._beside(-1))

    def action_turn(self) -> None:
        """The other way round."""
        sort = self.which.sort or "started"
        self._sort(sort[1:] if sort.startswith("-") else f"-{sort}")

    def _beside(self, by: int) -> str:
        at = COLUMNS.index((self.which.sort or "started").removeprefix("-"))
        return COLUMNS[(at + by) % len(COLUMNS)]

    def _sort(self, sort: str) -> None:
        self._wish(replace(self.which, sort=sort))
        self.ran(f"flyte get run --sort {sort}{self._all()}")

    def action_everywhere(self) -> None:
        """Runs of all folders, or of this one."""
        self._wish(replace(self.which, everywhere=not self.which.everywhere))
        self.ran(f"flyte get run{self._all()}")

    def _all(self) -> str:
        return " --all" if self.which.everywhere else ""

    # --- what is chosen

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense for the run with the cursor."""
        if self.listed is None or not any(action == key.action for key in RUNS):
            return True
        row = self.runs_list.row
        if action in NEEDS_RUN and row is None:
            return False
        if action in ("abort", "delete"):
            return any((each.phase in LIVE) == (action == "abort") for each in self.runs_list.chosen())
        if action == "recover" and row is not None:
            return row.phase in ("failed", "aborted", "interrupted")
        return not (action == "compare" and len(self.listed.newest) < 2)

    def command_of(self, key: Key) -> str:
        """With the run that the cursor is on."""
        row = self.runs_list.row
        marked = [each for each in self.runs_list.marked if row is None or each != row.name]
        other = marked[0] if marked else "OTHER"
        return key.command.format(run=row.name if row is not None else "RUN", other=other)

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """Other keys make sense now."""
        event.stop()
        self._show_offers()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Open the run."""
        event.stop()
        self.action_open_run()

    def action_mark(self) -> None:
        """Mark, or do not."""
        self.runs_list.toggle()
        self._show_offers()

    def action_copy(self) -> None:
        """Copy the name."""
        row = self.runs_list.row
        if row is not None:
            self.app.copy_to_clipboard(row.name)
            self.say(f"copied {row.name}")

    # --- opening

    def action_open_run(self) -> None:
        """Open the run with the cursor."""
        row = self.runs_list.row
        if row is not None:
            self.read_run(row)

    @work(thread=True, exclusive=True, group="read")
    def read_run(self, row: RunRow) -> None:
        """Read what it recorded: a second for 100,000 actions."""
        try:
            self.post_message(self.Read(open_tree(row, self.app.host)))
        except CliError as error:
            self.post_message(self.Told(error=error))

    def on_runs_screen_read(self, event: Read) -> None:
        """Show it."""
        if self.is_current:
            self.app.show_run(event.tree)

    def action_again(self) -> None:
        """Fill in what is to be other than in that run."""
        row = self.runs_list.row
        if row is not None:
            self.app.open_launch(Start(again=row.name))

    def action_new_run(self) -> None:
        """Choose a task."""
        self.app.open_tasks()

    def action_recover(self) -> None:
        """Go on where it failed."""
        row = self.runs_list.row
        if row is not None:
            self.say(f"starting {row.name} again …")
            self.start_again(["rerun", row.name, "--recover"])

    @work(thread=True, exclusive=True, group="start")
    def start_again(self, words: Sequence[str]) -> None:
        """Start a run in the background."""
        from flyte_cli.ops.background import start_in_background  # deferred: it starts processes

        try:
            started = start_in_background(words, self.app.host)
        except CliError as error:
            self.post_message(self.Told(error=error))
        else:
            self.post_message(self.Told(" ".join(["flyte", *words]), run=started.run))

    @work(exclusive=True, group="compare")
    async def action_compare(self) -> None:
        """The two that are marked; else the one with the cursor and another."""
        chosen = self.runs_list.chosen()
        row = self.runs_list.row
        names = [each.name for each in chosen]
        if len(names) == 1 and row is not None and row.name not in names:
            names.append(row.name)
        if len(names) == 1:
            other = await self.prompt.ask(f"compare {names[0]} with", suggester=Destinations(self.app.host, ()))
            if not other or not other.strip():
                return
            names.append(other.strip())
        if len(names) != 2:
            self.say(f"two runs are compared, {len(names)} are marked", "red")
            return
        try:
            rows = sorted((find_run(name, self.app.host) for name in names), key=lambda row: row.started_at)
            self.app.open_compare(rows[0].name, rows[1].name)
        except CliError as error:
            self.refuse(error)

    # --- ending and deleting

    @work(exclusive=True, group="abort")
    async def action_abort(self) -> None:
        """Ask, then abort."""
        live = [row.name for row in self.runs_list.chosen() if row.phase in LIVE]
        if not live:
            self.say("that run is over", "red")
        elif await self.prompt.confirm(f"abort {_named(live)}?"):
            self.abort_runs(live)

    @work(thread=True, group="command")
    def abort_runs(self, names: Sequence[str]) -> None:
        """Ask them to stop."""
        for name in names:
            try:
                abort_run(name, None, "asked for in the list of runs", self.app.host)
            except CliError as error:
                self.post_message(self.Told(error=error))
            else:
                self.post_message(self.Told(f"flyte abort {name}"))

    @work(exclusive=True, group="delete")
    async def action_delete(self) -> None:
        """Say what it takes on the disk, ask, then delete."""
        rows = [row for row in self.runs_list.chosen() if row.phase not in LIVE]
        if not rows:
            self.say("a run that goes on is not deleted: abort it first", "red")
            return
        taken = await self.sized(rows).wait()
        names = [row.name for row in rows]
        if await self.prompt.confirm(f"delete {_named(names)}, {size(taken)}, with all data?"):
            self.remove_runs(names)

    @work(thread=True, group="size")
    def sized(self, rows: Sequence[RunRow]) -> int:
        """Bytes on the disk."""
        return size_of_runs(rows)

    @work(thread=True, group="command")
    def remove_runs(self, names: Sequence[str]) -> None:
        """Delete them."""
        try:
            deletion = delete_runs(names, None, Which(everywhere=True), True, self.app.host)
        except CliError as error:
            self.post_message(self.Told(error=error))
        else:
            self.post_message(self.Told(" ".join(["flyte delete run", *deletion.deleted])))

    def on_runs_screen_told(self, event: Told) -> None:
        """Say what came of it, and look at what changed."""
        if event.error is not None:
            self.refuse(event.error)
            return
        self.runs_list.marked.clear()
        self.ran(event.command)
        self.list_runs()
        if event.run:
            try:
                self.app.open_run(event.run)
            except CliError as error:
                self.refuse(error)


def _named(names: Sequence[str]) -> str:
    few = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"run {few}" if len(names) == 1 else f"{len(names)} runs, {few}"


def _home_short(folder: str, home: str | None) -> str:
    if home and Path(folder).is_relative_to(home):
        return str(Path("~") / Path(folder).relative_to(home))
    return folder


def _may_have_tasks(folder: str) -> bool:
    """Whether a Python file there speaks of flyte: enough to offer a choice of its tasks."""
    for path in sorted(Path(folder).glob("*.py"))[:50]:
        try:
            if b"flyte" in path.read_bytes()[:100_000]:
                return True
        except OSError:
            continue
    return False
