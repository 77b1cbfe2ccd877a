"""The tasks of this folder: how each went the last time, and the form that starts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from flyte_cli.errors import CliError
from flyte_cli.marks import mark_of
from flyte_cli.ops.form import Start
from flyte_cli.ops.tasks_here import TaskHere, tasks_here
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line, padded
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import age
from flyte_cli.tui.filter_line import FilterLine
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import TASKS, Key
from flyte_cli.tui.line_view import LineView
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.runs_list import RunsHeader
from flyte_cli.tui.screens.keyed import KeyedScreen

if TYPE_CHECKING:
    from flyte_cli.ops.host import Host

Find = Callable[["Host"], Sequence[TaskHere]]

WIDEST_FILE, WIDEST_NAME = 30, 28


def task_line(task: TaskHere, widths: tuple[int, int], look: Look, now: float, width: int) -> Line:
    """Last run's mark, task, file, inputs, what it is for."""
    ellipsis = look.glyph("…")
    mark = look.mark(mark_of(task.last.phase)) if task.last is not None else Span(" ")
    name = clipped((bold(visible(task.name or task.file)),), widths[0], ellipsis)
    file = clipped((dim(visible(task.file if task.name else "project")),), widths[1], ellipsis)
    since = dim(age(task.last.started_at, now)) if task.last is not None else Span("")
    head = line("  ", mark, "  ", padded(name, widths[0]), "  ", padded(file, widths[1]), "  ", padded((since,), 11))
    about = line("  ", visible(task.inputs), "  " if task.inputs else "", dim(visible(task.about)))
    room = width - columns(head)
    return line(head, clipped(about, room, ellipsis)) if room > 8 else clipped(head, width, ellipsis)


class TasksScreen(KeyedScreen):
    """What may be started here."""

    OWN = TASKS
    ABOUT = "the tasks of this folder"
    DEFAULT_CSS = """
    TasksScreen Vertical { border: round $border-quiet; background: $surface; height: 1fr; }
    TasksScreen Vertical:focus-within { border: round $primary; }
    TasksScreen TasksList { height: 1fr; }
    """

    class Found(Message):
        """The files were read."""

        def __init__(self, tasks: Sequence[TaskHere]) -> None:
            super().__init__()
            self.tasks = tasks

    class Failed(Message):
        """They were not."""

        def __init__(self, error: CliError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, find: Find = tasks_here) -> None:
        super().__init__()
        self.find = find
        self.tasks: Sequence[TaskHere] = ()

    def compose(self) -> ComposeResult:
        """Header, what to narrow by, rows, questions, keys."""
        yield RunsHeader()
        with Vertical():
            yield FilterLine(placeholder="find: words of a task, its file or its inputs", select_on_focus=False)
            yield TasksList()
        yield KeyLine()
        yield Prompt()  # covers the keys while it asks

    def on_mount(self) -> None:
        """Read the files."""
        left = line(Span(" flyte", "bold accent"), bold(" tasks"), dim(f"  {visible(self.app.host.folder())}"))
        self.query_one(RunsHeader).show(left, ())
        self.tasks_list.focus()
        self.read_files()

    @property
    def tasks_list(self) -> TasksList:
        """The rows."""
        return self.query_one(TasksList)

    @work(thread=True, exclusive=True, group="read")
    def read_files(self) -> None:
        """Hundreds of files take a while."""
        try:
            self.post_message(self.Found(self.find(self.app.host)))
        except CliError as error:
            self.post_message(self.Failed(error))

    def on_tasks_screen_found(self, event: Found) -> None:
        """Show them."""
        self.tasks = event.tasks
        self._narrow(self.query_one(FilterLine).value)

    def on_tasks_screen_failed(self, event: Failed) -> None:
        """Say why."""
        self.refuse(event.error)

    def _narrow(self, text: str) -> None:
        words = text.lower().split()
        fitting = [task for task in self.tasks if all(word in _text(task) for word in words)]
        self.tasks_list.show(fitting, bool(self.tasks))
        counted = f"{len(fitting)} of {len(self.tasks)}" if words else str(len(self.tasks))
        self.query_one(Vertical).border_subtitle = f"{counted} {'task' if len(self.tasks) == 1 else 'tasks'}"
        self.show_keys()

    def on_input_changed(self, event: Input.Changed) -> None:
        """It counts as it is typed."""
        if isinstance(event.input, FilterLine):
            self._narrow(event.value)

    def on_filter_line_done(self, event: FilterLine.Done) -> None:
        """Back to the rows."""
        self.tasks_list.focus()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Fill in its inputs."""
        event.stop()
        self.action_launch()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether there is a task to start."""
        return action != "launch" or self.tasks_list.chosen is not None

    def command_of(self, key: Key) -> str:
        """With the task that the cursor is on."""
        task = self.tasks_list.chosen
        if task is None:
            return ""
        return key.command.format(file=task.file, task=task.name or "").strip()

    def action_narrow(self) -> None:
        """Type words."""
        self.query_one(FilterLine).focus()

    def action_look_again(self) -> None:
        """Read the files again."""
        self.read_files()

    def action_launch(self) -> None:
        """Fill in its inputs."""
        task = self.tasks_list.chosen
        if task is not None:
            self.app.open_launch(Start(task.file, task.name))


class TasksList(LineView):
    """The rows."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.found: Sequence[TaskHere] | None = None
        self._has_any = False
        self._widths = (0, 0)

    @property
    def chosen(self) -> TaskHere | None:
        """The one with the cursor."""
        found = self.found or ()
        return found[self.cursor] if self.cursor < len(found) else None

    def show(self, found: Sequence[TaskHere], has_any: bool) -> None:
        """Show these."""
        chosen = self.chosen
        self.found, self._has_any = found, has_any
        names = max((width_of(visible(each.name or each.file)) for each in found), default=0)
        files = max((width_of(visible(each.file)) for each in found if each.name), default=7)
        self._widths = (min(names, WIDEST_NAME), min(files, WIDEST_FILE))
        self.changed()
        self.move_to(found.index(chosen) if chosen in found else 0)

    def count(self) -> int:
        """How many rows, or one that says why there are none."""
        return len(self.found) or 2 if self.found is not None else 0

    def draw(self, index: int, width: int) -> Line:
        """One of them."""
        if self.found:
            return task_line(self.found[index], self._widths, self.app.look, self.app.host.clock(), width)
        if index == 0:
            return ()
        if self._has_any:
            return (Span("  No task has these words."),)
        return line(
            "  No tasks in this folder: decorate a function with ", bold("@env.task"), ", or ", bold("flyte new")
        )


def _text(task: TaskHere) -> str:
    return f"{task.name or ''} {task.file} {task.inputs} {task.about}".lower()
