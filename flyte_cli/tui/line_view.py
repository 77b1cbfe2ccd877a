"""The widget that everything long is shown in: lines made when they are seen, with a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from flyte_cli.output.spans import Line

if TYPE_CHECKING:
    from textual import events

    from flyte_cli.tui.app import FlyteApp


class Seen(NamedTuple):
    """What stands in one line of a widget."""

    number: int
    """Which of all lines it is."""
    width: int
    line: Line
    has_cursor: bool
    is_faint: bool


class LineView(ScrollView, can_focus=True):
    """Lines that a subclass counts and draws; only those in sight are made."""

    DEFAULT_CSS = """
    LineView { background: $surface; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", show=False),
        Binding("down,j", "cursor(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "edge(-1)", show=False),
        Binding("end,G", "edge(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    app: FlyteApp
    has_cursor: ClassVar[bool] = True
    cursor: reactive[int] = reactive(0, repaint=False)

    def __init__(self, **settings: Any) -> None:
        self._seen: dict[int, Seen] = {}
        """What was drawn last, by the line of the widget it stands in."""
        super().__init__(**settings)

    class Moved(Message):
        """The cursor is on another line, moved by a person."""

        def __init__(self, view: LineView, index: int) -> None:
            super().__init__()
            self.view = view
            self.index = index

        @property
        def control(self) -> LineView:
            """Whose cursor."""
            return self.view

    class Opened(Moved):
        """Enter was pressed, or the line with the cursor was clicked once more."""

    # --- what subclasses say

    def count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def draw(self, index: int, width: int) -> Line:
        """One of them, at most so wide."""
        raise NotImplementedError

    def is_faint(self, index: int) -> bool:
        """Whether the line does not count now, such as one that a search did not find."""
        return False

    def widest(self) -> int:
        """Columns that lines may take; more than fit make it scroll sideways."""
        return self.scrollable_content_region.width

    # --- what they tell it

    def changed(self) -> None:
        """The lines are others now: keep the cursor within, draw anew."""
        count = self.count()
        self.measure()
        if self.cursor >= count:
            self.cursor = max(count - 1, 0)
        self.redraw()

    def measure(self) -> None:
        """Tell the scrollbars how much there is: as long as all of it fits, always the same.

        Textual lays the whole screen out anew whenever it is another size, and as large as the place would be too large
        once a scrollbar takes a part of it.
        """
        region, wide, count = self.scrollable_content_region, self.widest(), self.count()
        self.virtual_size = Size(wide if wide > region.width else 1, count if count > region.height else 1)

    def redraw(self) -> None:
        """Draw the lines anew that look different now: a line that is drawn costs more than one that is made."""
        differing = []
        for y, before in self._seen.items():
            now = self._look(y)
            if now != before:
                self._seen[y] = now
                differing.append(Region(0, y, self.size.width, 1))
        if differing:
            super().refresh(*differing)

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> LineView:
        """Draw all of it anew, or some places; what was drawn there is forgotten."""
        if not regions:
            self._seen.clear()
        for region in regions:
            for y in range(region.y, region.bottom):
                self._seen.pop(y, None)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def move_to(self, index: int, by_person: bool = False) -> None:
        """Put the cursor on a line, and the line in sight."""
        count = self.count()
        if not count:
            return
        index = min(max(index, 0), count - 1)
        is_other = index != self.cursor
        self.cursor = index
        self.show_line(index)
        if is_other and by_person:
            self.post_message(self.Moved(self, index))

    def show_line(self, index: int) -> None:
        """Scroll as little as it takes to have a line in sight."""
        top, height = round(self.scroll_y), self.scrollable_content_region.height
        if index < top:
            self.scroll_to(y=index, animate=False)
        elif height and index >= top + height:
            self.scroll_to(y=index - height + 1, animate=False)

    # --- drawing

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the two lines that changed."""
        for index in (old, new):
            y = index - round(self.scroll_y)
            if 0 <= y < self.size.height:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """A line of the screen."""
        width = self.scrollable_content_region.width
        seen = self._seen.get(y)
        if seen is None or (seen.number, seen.width) != (round(self.scroll_y) + y, self._wide()):
            seen = self._seen[y] = self._look(y)
        painter = self.app.painter
        over = painter.cursor if seen.has_cursor else None
        strip = painter.strip(seen.line, seen.width, over, seen.is_faint)
        left = round(self.scroll_x)
        return strip.crop(left, left + width).apply_style(self.rich_style)

    def _wide(self) -> int:
        return max(self.scrollable_content_region.width, self.widest())

    def _look(self, y: int) -> Seen:
        """What stands in a line of the widget by now."""
        index, wide = round(self.scroll_y) + y, self._wide()
        if index >= self.count():
            return Seen(index, wide, (), False, False)
        has_cursor = self.has_cursor and index == self.cursor
        return Seen(index, wide, self.draw(index, wide), has_cursor, self.is_faint(index))

    def on_resize(self, event: events.Resize) -> None:
        """Other widths make other lines."""
        self.changed()
        self.show_line(self.cursor)

    # --- keys and mouse

    def action_cursor(self, by: int) -> None:
        """Move the cursor, or the view where there is none."""
        if self.has_cursor:
            self.move_to(self.cursor + by, by_person=True)
        else:
            self.scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """A screen up or down."""
        height = max(self.scrollable_content_region.height - 1, 1)
        self.scroll_relative(y=by * height, animate=False)
        if self.has_cursor:
            self.move_to(self.cursor + by * height, by_person=True)

    def action_edge(self, way: int) -> None:
        """The first line or the last."""
        if self.has_cursor:
            self.move_to(0 if way < 0 else self.count() - 1, by_person=True)
        elif way < 0:
            self.scroll_home(animate=False)
        else:
            self.scroll_end(animate=False)

    def action_open(self) -> None:
        """Go deeper; where nothing has the cursor the key is the screen's."""
        if not (self.has_cursor and self.count()):
            raise SkipAction()
        self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Select; once more opens."""
        offset: Any = event.get_content_offset(self)
        if offset is None or not self.has_cursor:
            return
        index = round(self.scroll_y) + offset.y
        if index >= self.count():
            return
        if index == self.cursor and event.chain > 1:
            self.action_open()
        else:
            self.move_to(index, by_person=True)


class Lines(LineView):
    """Lines that are at hand."""

    has_cursor: ClassVar[bool] = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Show these."""
        self.lines = lines
        self.changed()

    def count(self) -> int:
        """How many."""
        return len(self.lines)

    def draw(self, index: int, width: int) -> Line:
        """One of them."""
        return self.lines[index]
