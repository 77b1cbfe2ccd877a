"""What the tabs share: lines built anew only when something they are made of changed, and reading beside the screen.

`look` comes many times a second. What it costs where nothing changed is one comparison.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.message import Message

from flyte_cli.errors import CliError
from flyte_cli.output.spans import Line, Span, clipped
from flyte_cli.tui.details.wrapping import NARROWEST, wrapped
from flyte_cli.tui.line_view import LineView
from flyte_cli.tui.place import Looked, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flyte._core import Happening
    from flyte_cli.ops.host import Host

Read = TypeVar("Read")

READING_SHARE = 5
"""How many times as long as it read a tab waits before it reads again, so that a big journal does not keep one busy."""


class Go(Message):
    """Somebody wants to see another place."""

    def __init__(self, place: Place, tab: int | None = None) -> None:
        super().__init__()
        self.place = place
        self.tab = tab


class DetailTab(LineView):
    """A tab whose lines are made from the tree alone."""

    DEFAULT_CSS = "DetailTab { height: 1fr; overflow-x: hidden; }"
    has_cursor: ClassVar[bool] = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.lines: Sequence[Line] = ()
        self.looked: Looked | None = None
        self._built: Hashable = None
        self._subject: Hashable = None

    # --- what subclasses say

    def stamp(self, looked: Looked) -> Hashable:
        """What the lines depend on besides place, attempt and width."""
        raise NotImplementedError

    def build(self, looked: Looked, width: int) -> Iterable[Line]:
        """The lines."""
        raise NotImplementedError

    def first_line(self) -> int:
        """Where the view begins when another place is shown."""
        return 0

    # ---

    @property
    def host(self) -> Host:
        """What the machine offers."""
        return self.app.host

    @property
    def room(self) -> int:
        """Columns of a line, whether there is a scroll bar or not."""
        region = self.content_region.width - 2
        return max(region, NARROWEST)

    def look(self, looked: Looked) -> None:
        """Show this."""
        self.looked = looked
        subject = subject_of(looked)
        is_other = subject != self._subject
        if is_other:
            self._subject = subject
            self.forget()
        built = (subject, self.stamp(looked), self.room)
        if built != self._built:
            self._built = built
            self.show(list(self.build(looked, self.room)), is_other)

    def forget(self) -> None:
        """Another place is shown: what was kept of the last one is of no use."""

    def show(self, lines: Sequence[Line], from_top: bool) -> None:
        """Show these; while they only grow or change the view stays where it is."""
        self.lines = lines
        self.changed()
        if from_top:
            self.cursor = 0
            self.scroll_to(x=0, y=self.first_line(), animate=False, force=True)

    def count(self) -> int:
        """How many lines."""
        return len(self.lines)

    def draw(self, index: int, width: int) -> Line:
        """One of them, a column from the border."""
        return (Span(" "), *clipped(self.lines[index], max(width - 1, 1)))

    def on_resize(self, event: object) -> None:
        """Other widths break lines elsewhere."""
        if self.looked is not None:
            self.look(self.looked)
        self.changed()


class Done(Message):
    """What a tab read beside the screen."""

    def __init__(self, tab: ReadTab[Any], subject: Hashable, stamp: Hashable, result: object, took: float) -> None:
        super().__init__()
        self.tab = tab
        self.subject = subject
        self.stamp = stamp
        self.result = result
        self.took = took


class Unreadable:
    """Why something could not be read, in a sentence."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


class ReadTab(DetailTab, Generic[Read]):
    """A tab that reads journals and files: beside the screen, once for each state of what it reads."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.found: Read | Unreadable | None = None
        """What was read last of this place; None while that goes on."""
        self._read_stamp: Hashable = None
        self._is_reading = False
        self._not_before = 0.0
        self._reads = 0

    # --- what subclasses say

    def to_read(self, looked: Looked) -> Hashable:
        """What a reading depends on: when it is another one, it is read again. None: there is nothing to read."""
        raise NotImplementedError

    def read(self, looked: Looked) -> Read:
        """Read it, in a thread. May raise OSError, ValueError and what the tool tells people."""
        raise NotImplementedError

    # ---

    def forget(self) -> None:
        """The next place has nothing read yet."""
        self.found = None
        self._read_stamp = None
        self._not_before = 0.0

    def look(self, looked: Looked) -> None:
        """Show what is known, and read what is not."""
        super().look(looked)
        wanted = self.to_read(looked)
        if wanted is None or self._is_reading or wanted == self._read_stamp or time.monotonic() < self._not_before:
            return
        self._is_reading = True
        subject = self._subject
        self.run_worker(lambda: self._read(looked, subject, wanted), thread=True, group="reading", exit_on_error=True)

    def _read(self, looked: Looked, subject: Hashable, wanted: Hashable) -> None:
        began = time.monotonic()
        result: object
        try:
            result = self.read(looked)
        except (OSError, ValueError, LookupError, CliError, MemoryError) as error:
            result = Unreadable(str(error) or type(error).__name__)
        self.post_message(Done(self, subject, wanted, result, time.monotonic() - began))

    def on_done(self, event: Done) -> None:
        """Show what was read, if it is still wanted; look whether there is more by now."""
        event.stop()
        self._is_reading = False
        if event.subject == self._subject:
            self.found = event.result  # type: ignore[assignment]  # `read` made it
            self._read_stamp = event.stamp
            self._not_before = time.monotonic() + READING_SHARE * event.took
            self._reads += 1
            self._built = None
            self.arrived()
        if self.looked is not None:
            self.look(self.looked)

    def arrived(self) -> None:
        """Something was read."""


def subject_of(looked: Looked) -> Hashable:
    """What is shown, however it changes: one place of one run, one attempt, now or at a past moment."""
    return (looked.source.name, looked.place, looked.attempt, looked.tree is looked.source.tree)


def is_past(looked: Looked) -> bool:
    """Whether it is as it was at a moment."""
    return looked.tree is not looked.source.tree


def history_of(looked: Looked, ordinal: int | None, host: Host) -> list[Happening]:
    """What had happened up to the moment that is shown."""
    found = without_false_starts(host.engine.history(looked.source.tree, ordinal))
    return [each for each in found if each.at <= looked.now] if is_past(looked) else found


def without_false_starts(history: Sequence[Happening]) -> list[Happening]:
    """The history without starts that came to nothing, as a worker handed the action back: its next is told."""
    following: dict[int, tuple[str, int]] = {}
    kept = []
    for each in reversed(history):
        now = (each.kind, each.attempt)
        if each.kind != "started" or following.get(each.ordinal) != now:
            kept.append(each)
        following[each.ordinal] = now
    kept.reverse()
    return kept


def trouble(found: Unreadable, what: str, width: int) -> list[Line]:
    """The lines that say what cannot be read."""
    return [*wrapped(f"{what} cannot be read:", width, "yellow"), *wrapped(found.sentence, width)]
