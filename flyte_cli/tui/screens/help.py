"""`?`: the keys of a screen, the marks, the filter language. One page that scrolls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from flyte_cli.marks import ABORTED, CACHED, FAILED, PAUSED, QUEUED, RECOVERED, RETRYING, RUNNING, SUCCEEDED
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line, padded
from flyte_cli.tui.keys import SIGNS, Key
from flyte_cli.tui.line_view import Lines

if TYPE_CHECKING:
    from textual import events

MARKS = (
    (RUNNING, "running"),
    (SUCCEEDED, "done"),
    (FAILED, "failed"),
    (RETRYING, "another attempt"),
    (QUEUED, "waits for a slot"),
    (PAUSED, "waits for an answer"),
    (ABORTED, "aborted, or not reached"),
    (CACHED, "taken from the cache"),
    (RECOVERED, "taken from an earlier run"),
)
FILTERS = (
    ("state:failed,running", "one of these states"),
    ("task:train", "a part of the task's name; * and ? stand for anything"),
    ("took:>5s", "longer than that; also <, >=, <="),
    ("n:>10", "an input, compared; n:20 or mode:fast for its value"),
    ("!state:succeeded", "all but these"),
    ("some text", "words in names and notes; all that is written must hold"),
)
MOVING = (
    ("↑↓ j k", "move"),
    ("PgUp PgDn", "a screen up or down"),
    ("Home End g G", "the first, the last"),
    ("Tab ⇧Tab", "the next pane, the one before"),
    ("mouse", "click selects, twice opens; headings, tabs and keys below may be clicked"),
)


def help_page(about: str, keys: Sequence[Key], look: Look, width: int) -> list[Line]:
    """All of it."""
    moving = [] if look.ascii else [*MOVING]
    if look.ascii:
        moving = [("up down j k", MOVING[0][1]), *MOVING[1:3], ("Tab shift-Tab", MOVING[3][1]), MOVING[4]]
    parts = [
        (f"Keys of {about}", [_key_row(key) for key in keys if key.where != "everywhere"]),
        ("Everywhere", [_key_row(key) for key in keys if key.where == "everywhere"] + [(*row, "") for row in moving]),
        ("Filters", [(*row, "") for row in FILTERS]),
    ]
    lines: list[Line] = []
    for title, rows in parts:
        if rows:
            lines += [line("  ", bold(title)), *_rows(rows, width), ()]
    lines.append(line("  ", bold("Marks")))
    marks = [(look.mark(mark), f" {word}") for mark, word in MARKS]
    lines += [clipped(line("    ", mark, word), width) for mark, word in marks]
    return lines


def _rows(rows: Sequence[tuple[str, str, str]], width: int) -> Iterator[Line]:
    """In two columns where there is room."""
    signs = max(len(sign) for sign, _, _ in rows)
    cells = [
        line("    ", padded((Span(sign, "accent bold"),), signs), f"  {about}", dim(f"  {name}" if name else ""))
        for sign, about, name in rows
    ]
    half = width // 2
    short = [cell for cell in cells if columns(cell) <= half - 2]
    if len(short) < len(cells) - len(cells) // 4:
        yield from (clipped(cell, width) for cell in cells)
        return
    below = (len(short) + 1) // 2
    for place in range(below):
        right = short[below + place] if below + place < len(short) else ()
        yield line(padded(short[place], half), right)
    yield from (clipped(cell, width) for cell in cells if cell not in short)


def _key_row(key: Key) -> tuple[str, str, str]:
    """The keys, what they are for, and the name by which settings change them."""
    return _spelled(key), key.about, key.action


def _spelled(key: Key) -> str:
    """Every key for it, as people see them."""
    if key.shown:
        return key.shown
    return " ".join(SIGNS.get(each, each) for each in key.keys.split(","))


class HelpScreen(ModalScreen[None]):
    """Any of the usual keys closes it."""

    DEFAULT_CSS = """
    HelpScreen { background: $background; }
    HelpScreen Lines { border: round $primary; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "close", show=False)]

    def __init__(self, about: str, keys: Sequence[Key]) -> None:
        super().__init__()
        self.about = about
        self.keys = keys

    def compose(self) -> ComposeResult:
        """The page."""
        yield HelpLines(self.about, self.keys)

    def action_close(self) -> None:
        """Back."""
        self.dismiss()


class HelpLines(Lines):
    """The page, laid out for its width."""

    def __init__(self, about: str, keys: Sequence[Key]) -> None:
        super().__init__()
        self.about = about
        self.keys = keys
        self.border_title = "Help"
        self.border_subtitle = "Esc closes"
        self._width = 0

    def on_mount(self) -> None:
        """Keys scroll it."""
        self.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Lay it out anew."""
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width = width
            self.show(help_page(self.about, self.keys, self.app.look, width))

    def action_open(self) -> None:
        """Enter closes it as well."""
        self.screen.dismiss()
