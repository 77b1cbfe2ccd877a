"""The form that starts a task: a field for each input, checked as it is typed, and the command line that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from flyte_cli.errors import CliError
from flyte_cli.ops.form import Form, OpenForm, Problems, Start
from flyte_cli.output.spans import Span, bold, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.sources import shown_path
from flyte_cli.tui.fields import FieldBox
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import LAUNCH, Key
from flyte_cli.tui.launching import by_field, command_line, input_words
from flyte_cli.tui.prompt import Prompt
from flyte_cli.tui.runs_list import RunsHeader
from flyte_cli.tui.screens.keyed import KeyedScreen

if TYPE_CHECKING:
    from textual import events

    from flyte_cli.ops.background import Started


class LaunchScreen(KeyedScreen):
    """Starts a run of its own, or gives the words to who opened it."""

    OWN = LAUNCH
    ABOUT = "the form that starts a task"
    DEFAULT_CSS = """
    LaunchScreen .box { border: round $border-quiet; background: $surface; height: 1fr; }
    LaunchScreen .box:focus-within { border: round $primary; }
    LaunchScreen #doc { height: auto; padding: 0 1; color: $text-muted; }
    LaunchScreen VerticalScroll { height: 1fr; background: $surface; scrollbar-size-vertical: 1; padding: 1 0; }
    LaunchScreen #general { height: auto; padding: 0 1; color: $error; }
    LaunchScreen #command { height: auto; max-height: 4; padding: 0 1; background: $panel; text-style: bold; }
    """

    class Loaded(Message):
        """The task is known."""

        def __init__(self, form: Form) -> None:
            super().__init__()
            self.form = form

    class Refused(Message):
        """It cannot be loaded, or not be started."""

        def __init__(self, error: CliError, was_loading: bool) -> None:
            super().__init__()
            self.error = error
            self.was_loading = was_loading

    class Checked(Message):
        """What is wrong with these words."""

        def __init__(self, words: Sequence[str], problems: Problems) -> None:
            super().__init__()
            self.words = list(words)
            self.problems = problems

    class Begun(Message):
        """The run is recorded."""

        def __init__(self, started: Started) -> None:
            super().__init__()
            self.started = started

    def __init__(self, start: Start) -> None:
        super().__init__()
        self.start = start
        self.form: Form | None = None
        self.problems: Problems = ()
        self.checked: list[str] | None = None
        """The words that `problems` are about."""
        self._open: OpenForm | None = None
        self._wants_start = False
        """Whether it starts as soon as it is checked."""
        self._is_starting = False

    def compose(self) -> ComposeResult:
        """Header, fields, what is wrong in general, the command line, questions, keys."""
        yield RunsHeader()
        with Vertical(classes="box"):
            yield Static(markup=False, id="doc")
            yield VerticalScroll(can_focus=False)
            yield Static(markup=False, id="general")
            yield Static(markup=False, id="command")
        yield KeyLine()
        yield Prompt()  # covers the keys while it asks

    def on_mount(self) -> None:
        """Have the task loaded."""
        self._open = OpenForm(self.app.host, self.start)
        what = self.start.file or f"run {self.start.again}"
        self._show_header(what, self.start.task or "")
        self._static("doc", f"loading {visible(what)} …")
        self.load()

    def on_unmount(self) -> None:
        """Nobody asks any more."""
        if self._open is not None:
            self._open.close()

    def _show_header(self, what: str, task: str) -> None:
        verb = "start" if self.start.file else "again"
        left = line(
            Span(" flyte", "bold accent"), bold(f" {verb}"), "  ", bold(visible(task)), dim(f"  {visible(what)}")
        )
        self.query_one(RunsHeader).show(left, ())
        self.show_keys()

    def _static(self, name: str, text: str) -> None:
        static = self.query_one(f"#{name}", Static)
        static.update(text)
        static.display = bool(text)

    # --- loading

    @work(thread=True, exclusive=True, group="load")
    def load(self) -> None:
        """Load the task where no key waits for it."""
        assert self._open is not None  # made before
        try:
            form = self._open.load()
        except CliError as error:
            self.post_message(self.Refused(error, was_loading=True))
        else:
            self.post_message(self.Loaded(form))

    async def on_launch_screen_loaded(self, event: Loaded) -> None:
        """Show the fields."""
        form = self.form = event.form
        file = shown_path(form.file, self.app.host.folder())
        where = f"{file}   run {self.start.again} again" if self.start.again else file
        self._show_header(where, form.task)
        self._static("doc", form.doc or ("" if form.fields else f"{form.task} takes no inputs"))
        boxes = [FieldBox(field, form.folder, bool(self.start.again)) for field in form.fields]
        if boxes:
            await self.query_one(VerticalScroll).mount_all(boxes)
            boxes[0].focus_entry()
        self._changed()
        self.show_keys()

    def on_launch_screen_refused(self, event: Refused) -> None:
        """Say all of it: a traceback's places, too."""
        self._is_starting = self._wants_start = False
        error = event.error
        parts = [error.message, *(f"  {each.where}" for each in error.places)]
        parts += [f"  {name}: {text}" for name, text in error.details]
        parts += [f"  {text}" for text in error.help]
        self._static("doc" if event.was_loading else "general", "\n".join(visible(part) for part in parts))
        self.query_one(KeyLine).hush()

    # --- filling in

    @property
    def boxes(self) -> list[FieldBox]:
        """The fields."""
        return list(self.query(FieldBox))

    def words(self) -> tuple[list[str], Problems]:
        """The inputs as words, and what cannot be words."""
        assert self.form is not None  # asked with a form only
        return input_words(self.form.fields, {box.field.option: box.text for box in self.boxes})

    def on_field_box_changed(self, event: FieldBox.Changed) -> None:
        """It is checked at once."""
        event.stop()
        self._changed()

    def _changed(self) -> None:
        words, problems = self.words()
        self.checked = None
        self._static("command", f"$ {visible(command_line(self.start, words))}")
        if problems:
            self.post_message(self.Checked(words, problems))
        else:
            self.check(words)

    @work(thread=True, exclusive=True, group="check")
    def check(self, words: list[str]) -> None:
        """Ask whether they fit; not for words that somebody has typed on from."""
        if self._open is not None and not get_current_worker().is_cancelled:
            self.post_message(self.Checked(words, self._open.check(words)))

    def on_launch_screen_checked(self, event: Checked) -> None:
        """Say it beside each field; then start, when that was wanted."""
        if self.form is None or event.words != self.words()[0]:
            return
        self.checked, self.problems = event.words, event.problems
        told = by_field(self.form.fields, self.problems)
        for box in self.boxes:
            box.show_problem(told.get(box.field.option, ""), even_untouched=self._wants_start)
        wrong = [box for box in self.boxes if box.field.option in told]
        self._static("general", visible(told.get("", "")))
        if not self._wants_start:
            return
        self._wants_start = False
        if wrong:
            wrong[0].focus_entry()
            self.say(f"{len(wrong)} {'field needs' if len(wrong) == 1 else 'fields need'} another value", "red")
        elif not self.problems:
            self._go(event.words)

    def on_key(self, event: events.Key) -> None:
        """Arrows go from field to field, Enter starts."""
        if event.key in ("down", "up"):
            event.stop()
            (self.focus_next if event.key == "down" else self.focus_previous)()
        elif event.key == "enter":
            event.stop()
            self.action_start()

    def command_of(self, key: Key) -> str:
        """What would be typed."""
        if self.form is None or key.action != "start":
            return ""
        return command_line(self.start, self.words()[0])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is started or copied before it is known."""
        return self.form is not None or not any(action == key.action for key in LAUNCH)

    # --- what is done with it

    def action_copy_command(self) -> None:
        """Copy what would be typed."""
        command = command_line(self.start, self.words()[0])
        self.app.copy_to_clipboard(command)
        self.say(f"copied {command}")

    def action_reset(self) -> None:
        """Empty all fields."""
        for box in self.boxes:
            box.clear()

    def action_start(self) -> None:
        """Start it, once it is known to fit."""
        if self.form is None or self._is_starting:
            return
        self._wants_start = True
        words, problems = self.words()
        if problems:
            self.post_message(self.Checked(words, problems))
        else:
            self.check(words)

    def _go(self, words: Sequence[str]) -> None:
        everything = [*self.start.words, *words]
        if self.app.chooses_of is not None and self.start.file:
            self.app.give_words(everything)
            return
        self._is_starting = True
        self.ran(f"{command_line(self.start, words)}   starting …")
        self.begin(everything)

    @work(thread=True, exclusive=True, group="begin")
    def begin(self, words: Sequence[str]) -> None:
        """Start the run in a process of its own."""
        from flyte_cli.ops.background import start_in_background  # deferred: it starts processes

        try:
            started = start_in_background(words, self.app.host)
        except CliError as error:
            self.post_message(self.Refused(error, was_loading=False))
        else:
            self.post_message(self.Begun(started))

    def on_launch_screen_begun(self, event: Begun) -> None:
        """Watch it."""
        self._is_starting = False
        try:
            self.app.open_run(event.started.run, instead=True)
        except CliError as error:
            self.refuse(error)
