"""The application: what it was opened for, the screens, the theme. It is closed without touching any run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.theme import Theme

from flyte_cli.errors import NoSuchRun
from flyte_cli.near_miss import nearest
from flyte_cli.ops.form import Start
from flyte_cli.ops.runs import find_run, open_tree
from flyte_cli.ops.tasks_here import tasks_here
from flyte_cli.output.look import Look, wants_ascii
from flyte_cli.output.progress import stopping
from flyte_cli.output.spans import line
from flyte_cli.tui.key_line import KeyLine
from flyte_cli.tui.keys import Key
from flyte_cli.tui.paint import painter_of
from flyte_cli.tui.place import Place
from flyte_cli.tui.screens.compare import CompareScreen
from flyte_cli.tui.screens.keyed import KeyedScreen
from flyte_cli.tui.screens.launch import LaunchScreen
from flyte_cli.tui.screens.run import RunScreen
from flyte_cli.tui.screens.runs import RunsScreen
from flyte_cli.tui.screens.tasks import Find, TasksScreen
from flyte_cli.tui.source import Source
from flyte_cli.tui.themes import OURS, first_theme
from flyte_cli.tui.wishes import Wishes, wishes_of

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte_cli.ops.host import Host

PLACES = ("runs", "tasks")
"""Where `:` goes, besides to runs."""


class FlyteApp(App[None]):
    """Runs, watched."""

    TITLE = "flyte"
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False  # ours knows command lines
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+q", "quit", show=False, priority=True),
    ]

    def __init__(
        self,
        host: Host,
        source: Source | None = None,
        wishes: Wishes | None = None,
        chooses_of: Find | None = None,
    ) -> None:
        super().__init__()
        self.host = host
        self.source = source
        self.wishes = wishes if wishes is not None else wishes_of(host)
        self.look = Look(ascii=wants_ascii("utf-8", host.environment))
        for theme in OURS:
            self.register_theme(theme)
        self.theme = first_theme(host.environment, self.wishes.theme)
        self.painter = painter_of(self.current_theme)
        self.chooses_of = chooses_of
        """Tasks of which one is to be chosen: the words for it are given to who opened all this."""
        self.words: Sequence[str] | None = None

    def on_mount(self) -> None:
        """Show what was asked for."""
        self.theme_changed_signal.subscribe(self, self._repaint)
        self.open_first()

    def open_first(self) -> None:
        """The run it was opened for, or the tasks to choose of; else the list of runs."""
        if self.source is not None:
            self.push_screen(RunScreen(self.source))
        elif self.chooses_of is not None:
            self.push_screen(TasksScreen(self.chooses_of))
        else:
            self.push_screen(RunsScreen())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Variables of ours, for themes that are not."""
        return {"border-quiet": "#555555"}

    def key(self, key: Key) -> Key:
        """A row of the table, with the keys that somebody chose for it."""
        return key.with_keys(self.wishes.keys.get(key.action))

    def spelled(self, key: Key) -> list[str]:
        """The keys for something to do."""
        return [each for each in self.key(key).keys.split(",") if each]

    # --- leaving

    def action_interrupt(self) -> None:
        """Ctrl-C, as without a screen: a run of this process is asked to stop, others are left alone."""
        if self.source is None or self.source.stop is None or not self.source.goes_on_here():
            self.exit()
            return
        said = stopping(self.source.stop())
        for key_line in self.screen.query(KeyLine):
            key_line.say(line(f" {said}"))

    async def action_quit(self) -> None:
        """Ctrl-Q: what `q` does."""
        await self.screen.run_action("leave")

    # --- going from screen to screen

    def leave(self) -> None:
        """Back to the list that a run was opened from; else close. Runs go on, or are over."""
        if not self.back():
            self.exit()

    @property
    def can_go_back(self) -> bool:
        """Whether there is a screen before this one; the lowest one is Textual's own, and empty."""
        return len([screen for screen in self.screen_stack if isinstance(screen, KeyedScreen)]) > 1

    def back(self) -> bool:
        """The screen before; False where this is the first one."""
        if not self.can_go_back:
            return False
        self.pop_screen()
        return True

    def go_to(self, wanted: str) -> None:
        """A screen by its name, or a run by its name, a part from its start, `@`. Raises NoSuchRun."""
        if wanted == "runs":
            self.open_runs()
        elif wanted == "tasks":
            self.open_tasks()
        else:
            try:
                self.open_run(wanted)
            except NoSuchRun as error:
                guess = nearest(wanted, PLACES)
                raise NoSuchRun(error.message, help=[f"did you mean `{guess}`?"]) if guess else error from None

    def open_runs(self) -> None:
        """The list of runs, the one there is or a new one."""
        for depth, screen in enumerate(reversed(self.screen_stack)):
            if isinstance(screen, RunsScreen):
                for _ in range(depth):
                    self.pop_screen()
                return
        self.push_screen(RunsScreen())

    def open_tasks(self, find: Find = tasks_here) -> None:
        """The tasks of this folder, or others."""
        self.push_screen(TasksScreen(find))

    def open_run(self, name: str, action: int | None = None, instead: bool = False) -> None:
        """A run by what people call it, at one of its actions; raises NoSuchRun."""
        self.show_run(open_tree(find_run(name, self.host), self.host), action, instead)

    def show_run(self, tree: RunTree, action: int | None = None, instead: bool = False) -> None:
        """The screen of a run; `instead` of the screen that is seen."""
        screen = RunScreen(Source(tree))
        if instead:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        if action:
            self.call_after_refresh(screen.select, Place(action))

    def open_compare(self, left: str, right: str) -> None:
        """Two runs side by side, by what people call them; raises NoSuchRun."""
        names = [find_run(each, self.host).name for each in (left, right)]
        self.push_screen(CompareScreen(names[0], names[1]))

    def open_launch(self, start: Start) -> None:
        """The form that starts a task, or a run again."""
        self.push_screen(LaunchScreen(start))

    def give_words(self, words: Sequence[str]) -> None:
        """Close with the words of a command line."""
        self.words = words
        self.exit()

    # --- looks

    async def on_event(self, event: events.Event) -> None:
        """What was said last goes away with the next key or click."""
        if isinstance(event, (events.Key, events.MouseDown)) and not event.is_forwarded:
            for key_line in self.screen.query(KeyLine):
                key_line.hush()
        await super().on_event(event)

    def theme_names(self) -> Sequence[str]:
        """All there are, ours first."""
        ours = [theme.name for theme in OURS]
        return [*ours, *sorted(name for name in self.available_themes if name not in ours)]

    def _repaint(self, theme: Theme) -> None:
        self.painter = painter_of(theme)
        for screen in self.screen_stack:
            for widget in screen.query("*"):
                widget.refresh()
