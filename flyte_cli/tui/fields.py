"""The fields of a form: a label, a place for the value, what kind of value, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Label

from flyte_cli.completion.found import FILE, FLAG, FOLDER, MANY
from flyte_cli.ops.form import FormField
from flyte_cli.output.spans import Line, Span, clipped, line
from flyte_cli.output.visible import visible, width_of

if TYPE_CHECKING:
    from textual import events

    from flyte_cli.tui.app import FlyteApp

MOST_CHOICES = 12
"""More are typed, with a suggestion."""


class Paths(Suggester):
    """Completes paths from a folder on; files only where files are wanted, folders always."""

    def __init__(self, folder: str, only_folders: bool) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.folder = folder
        self.only_folders = only_folders

    async def get_suggestion(self, value: str) -> str | None:
        """The first path that begins so."""
        head, slash, name = value.rpartition("/")
        folder = Path(self.folder, os.path.expanduser(head + slash))
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
                for entry in entries:
                    is_folder = entry.is_dir()
                    if entry.name.startswith(name or "\0") and (is_folder or not self.only_folders):
                        return f"{head}{slash}{entry.name}{'/' if is_folder else ''}"
        except OSError:
            return None
        return None


class Words(Suggester):
    """Completes one of a few."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.words = words

    async def get_suggestion(self, value: str) -> str | None:
        """The first that begins so."""
        return next((each for each in self.words if value and each.startswith(value)), None)


class Choices(Widget, can_focus=True):
    """One of a few, side by side: arrows or a click choose, Backspace chooses none."""

    DEFAULT_CSS = """
    Choices { height: 1; width: 1fr; background: $panel; }
    """
    app: FlyteApp

    class Changed(Message):
        """Another one."""

    def __init__(self, choices: Sequence[str], default: str | None) -> None:
        super().__init__()
        self.choices = tuple(choices)
        self.default = default
        self.chosen: int | None = None

    @property
    def value(self) -> str:
        """What is chosen; nothing when nothing is."""
        return "" if self.chosen is None else self.choices[self.chosen]

    def choose(self, place: int | None) -> None:
        """Choose another one."""
        if place != self.chosen:
            self.chosen = place
            self.refresh()
            self.post_message(self.Changed())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def render_line(self, y: int) -> Strip:
        """The choices; the one that counts without a choice is lit faintly."""
        width = self.size.width
        return self.app.painter.strip(clipped(self._line(), width), width).apply_style(self.rich_style)

    def _line(self) -> Line:
        spans: list[Span] = []
        for place in range(self._first(), len(self.choices)):
            text = visible(self.choices[place])
            if place == self.chosen:
                spans.append(Span(f"[{text}]", "bold accent reverse"))
            elif self.chosen is None and self.choices[place] == self.default:
                spans.append(Span(f"({text})", "bold"))
            else:
                spans.append(Span(f" {text} ", "dim"))
        return line(*spans)

    def _first(self) -> int:
        """The first one that is seen: the chosen one has to be."""
        first = 0
        while self.chosen is not None and first < self.chosen and self._until(first, self.chosen) > self.size.width:
            first += 1
        return first

    def _until(self, first: int, last: int) -> int:
        return sum(width_of(visible(each)) + 2 for each in self.choices[first : last + 1])

    def on_key(self, event: events.Key) -> None:
        """Choose."""
        at = self.chosen
        if at is None:
            at = self.choices.index(self.default) if self.default in self.choices else -1
        places = {"right": at + 1, "space": at + 1, "left": at - 1}
        if event.key in places:
            self.choose(places[event.key] % len(self.choices))
        elif event.key in ("backspace", "delete"):
            self.choose(None)
        elif event.character and event.character.isalnum():
            found = [
                place for place, each in enumerate(self.choices) if each.lower().startswith(event.character.lower())
            ]
            if not found:
                return
            self.choose(next((place for place in found if place > at), found[0]))
        else:
            return
        event.stop()
        event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        """The one below the mouse."""
        start = 0
        for place in range(self._first(), len(self.choices)):
            end = start + width_of(visible(self.choices[place])) + 2
            if start <= event.x < end:
                self.choose(None if place == self.chosen else place)
            start = end


class FieldBox(Vertical):
    """One field."""

    DEFAULT_CSS = """
    FieldBox { height: auto; }
    FieldBox Horizontal { height: 1; }
    FieldBox .name { width: 24%; min-width: 12; padding: 0 1; }
    FieldBox .about {
        width: 34%; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis;
    }
    FieldBox Input, FieldBox Input:focus { border: none; height: 1; padding: 0 1; width: 1fr; background: $panel; }
    FieldBox Input:focus, FieldBox Choices:focus { background: $primary 25%; }
    FieldBox:focus-within .name { color: $accent; text-style: bold; }
    FieldBox .problem { height: auto; color: $error; padding: 0 1 0 3; display: none; }
    FieldBox.wrong .problem { display: block; }
    FieldBox.wrong .name { color: $error; }
    """

    class Changed(Message):
        """Something was typed or chosen."""

    def __init__(self, field: FormField, folder: str, is_again: bool) -> None:
        super().__init__()
        self.field = field
        self.folder = folder
        self.is_again = is_again
        self._was_touched = False
        self._entry: Input | Choices
        if 0 < len(field.choices) <= MOST_CHOICES:
            self._entry = Choices(field.choices, field.default)
        else:
            self._entry = Input(placeholder=self._placeholder(), suggester=self._suggester(), select_on_focus=False)

    def compose(self) -> ComposeResult:
        """Label, value, kind; what is wrong below."""
        field = self.field
        name = f"{'  ' * field.depth}{field.option}"
        with Horizontal():
            yield Label(visible(name), markup=False, classes="name")
            yield self._entry
            yield Label(self._about(), markup=False, classes="about")
        yield Label(markup=False, classes="problem")

    @property
    def text(self) -> str:
        """What stands in it."""
        return self._entry.value

    def focus_entry(self) -> None:
        """Type here."""
        self._entry.focus()

    def clear(self) -> None:
        """As in the beginning."""
        entry = self._entry
        self._was_touched = False
        if isinstance(entry, Choices):
            entry.choose(None)
        else:
            entry.value = ""

    def show_problem(self, problem: str, even_untouched: bool) -> None:
        """Say what is wrong; nothing about a field where nobody was yet."""
        is_shown = bool(problem) and (even_untouched or self._was_touched)
        self.set_class(is_shown, "wrong")
        self.query_one(".problem", Label).update(visible(problem) if is_shown else "")

    def _placeholder(self) -> str:
        field = self.field
        if field.default is not None:
            return f"{visible(field.default)}{'   as it was' if self.is_again and not field.depth else ''}"
        return "required" if field.is_required else ""

    def _about(self) -> str:
        field = self.field
        kind = "" if field.choices or field.kind == FLAG else field.type
        needed = "required" if field.is_required and field.choices else ""
        how = "several, with blanks between" if field.kind == MANY and not field.help else ""
        return "  ".join(visible(each) for each in (kind, field.help or how, needed) if each)

    def _suggester(self) -> Suggester | None:
        if self.field.choices:
            return Words(self.field.choices)
        if self.field.kind in (FILE, FOLDER):
            return Paths(self.folder, self.field.kind == FOLDER)
        return None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Somebody typed."""
        event.stop()
        self._was_touched = True
        self.post_message(self.Changed())

    def on_choices_changed(self, event: Choices.Changed) -> None:
        """Somebody chose."""
        event.stop()
        self._was_touched = True
        self.post_message(self.Changed())

    def on_key(self, event: events.Key) -> None:
        """Tab at the end of what is suggested takes it."""
        entry = self._entry
        if event.key == "tab" and isinstance(entry, Input) and entry.suggester is not None and entry.cursor_at_end:
            before = entry.value
            entry.action_cursor_right()
            if entry.value != before:
                event.stop()
                event.prevent_default()
