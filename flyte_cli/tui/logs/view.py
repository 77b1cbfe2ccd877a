"""The widget that shows a log: a tab of a run's screen, and the middle of the screen that is only for logs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import get_current_worker

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, dim, line
from flyte_cli.output.visible import visible, width_of
from flyte_cli.tui.keys import LOGS
from flyte_cli.tui.logs.asked import Asked, asked_of, ordinals_of, since_of, title_of, why_nothing
from flyte_cli.tui.logs.book import FIRST, Item, Key, LogBook, Narrowing
from flyte_cli.tui.logs.line_rows import Layout, json_object, line_rows, plain_text, setback_rows
from flyte_cli.tui.logs.pager import Pager, ScreenRow
from flyte_cli.tui.logs.saving import NotSaved, save
from flyte_cli.tui.logs.state import LogState
from flyte_cli.tui.prompt import Prompt

if TYPE_CHECKING:
    from textual import events

    from flyte._core import LogRow, RunTree
    from flyte_cli.tui.app import FlyteApp
    from flyte_cli.tui.place import Looked

BETWEEN_TOTALS = 0.1
"""Seconds; counts are not shown more often."""
SEEK_AT_ONCE = 16 << 20
"""Bytes that are searched before anybody may change their mind."""
KEPT_ROWS = 4000
WIDEST_NAME = 24
OFTEN_UP_TO = 1000
"""Actions; of more than that it is found out less often which ones there are."""
BETWEEN_GROWING = 1.0
SIDEWAYS = 16
"""Columns at a time."""


class LogView(Widget, can_focus=True):
    """Lines of a log, read where they are looked at. It follows the end until somebody scrolls up."""

    DEFAULT_CSS = "LogView { background: $surface; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", show=False),
        Binding("down,j", "cursor(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    app: FlyteApp
    is_full: ClassVar[bool] = False
    """Whether it has the screen for itself."""

    class Chose(Message):
        """Somebody wants to see the action of a line."""

        def __init__(self, ordinal: int) -> None:
            super().__init__()
            self.ordinal = ordinal

    class Full(Message):
        """Somebody wants the log in full width."""

    class Stated(Message):
        """What is said of the log has changed."""

        def __init__(self, state: LogState) -> None:
            super().__init__()
            self.state = state

        def can_replace(self, message: Message) -> bool:
            """Only the last one counts."""
            return isinstance(message, LogView.Stated)

    class Counted(Message):
        """A thread has counted some more."""

        def __init__(self, book: LogBook, is_done: bool, is_other: bool = False, problem: str = "") -> None:
            super().__init__()
            self.book, self.is_done, self.is_other, self.problem = book, is_done, is_other, problem

    class Sought(Message):
        """A thread has looked for a hit."""

        def __init__(self, book: LogBook, row: LogRow | None) -> None:
            super().__init__()
            self.book, self.row = book, row

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.state = LogState()
        self.wraps = False
        self.clock = False
        self.left = 0
        self.cursor: Key | None = None
        """None while it follows the end."""
        self.book: LogBook | None = None
        self.pager: Pager | None = None
        self.screen_rows: list[ScreenRow] = []
        self._looked: Looked | None = None
        self._grown = (0, 0.0)
        self._paths: dict[int, str] = {}
        self._attempts: dict[int, int] = {}
        self._opened: set[int] = set()
        self._name_width = 0
        self._layout = Layout(0, 0.0, Look())
        self._rows: dict[tuple[Key, int, bool], list[Line]] = {}
        self._seen_end = 0
        self._is_counting = False
        self._counts_again = False
        self._dragged = False
        self._begin: tuple[tuple[Key, int], Key | None] | None = None

    def on_mount(self) -> None:
        """Bind what the table says."""
        for key in LOGS:
            for spelled in self.app.spelled(key):
                self._bindings.bind(spelled, key.action, key.label or key.about, show=False)

    # --- what is shown

    def look(self, looked: Looked) -> None:
        """Show the log of a place, or what is new of it."""
        asked = asked_of(looked)
        self._looked = looked
        if self.book is None or self.book.asked != asked:
            self._open(looked, asked)
        else:
            self._grow(self.book, looked)
        assert self.book is not None
        is_over = looked.source.is_over or looked.tree is not looked.source.tree
        if self._refreshed(self.book) or is_over != self.state.is_over:
            self._tell(is_over=is_over)
            self.draw()
            self._count()

    def begin_as(self, other: LogView) -> None:
        """Show it as another view does."""
        self.wraps, self.clock, self.left = other.wraps, other.clock, other.left
        self.state = replace(self.state, narrowing=other.state.narrowing, problem=other.state.problem)
        self._begin = None if other.pager is None or other.pager.follows else (other.pager.top, other.cursor)

    def _open(self, looked: Looked, asked: Asked) -> None:
        tree, place = looked.tree, looked.place
        narrowing = self.state.narrowing
        ordinals = ordinals_of(tree, place, looked.members() if not place.is_action else ())
        self.book = LogBook(asked, ordinals, since_of(tree, place))
        self.book.narrow(narrowing)
        self.pager = Pager(self.book, self._rows_of)
        self.cursor, self.left = None, 0
        self._grown = (len(tree), looked.now)
        self._paths, self._attempts, self._rows, self._opened = {}, {}, {}, set()
        self._name_width = 0
        count = len(tree) if ordinals is None else len(ordinals)
        self._tell(title=title_of(tree, asked, count), lines=0, errors=0, warnings=0, hits=0, is_counted=False, note="")
        self._refreshed(self.book)
        if self._begin is not None:
            (self.pager.top, self.cursor), self.pager.follows = self._begin, False
            self._begin, self._seen_end = None, self.book.pages.end
            self.draw()
        else:
            self._follow()
        self._count()

    def _grow(self, book: LogBook, looked: Looked) -> None:
        """Actions that came since; those in a bucket may change without any coming."""
        tree, place = looked.tree, looked.place
        count, at = self._grown
        is_rare = place.mark or (book.ordinals is not None and len(book.ordinals) > OFTEN_UP_TO)
        if (len(tree) == count and not place.mark) or (is_rare and looked.now - at < BETWEEN_GROWING):
            return
        self._grown = (len(tree), looked.now)
        members = looked.members() if not place.is_action else ()
        ordinals = ordinals_of(tree, place, members)
        if ordinals is not None:
            # they are in the order in which they were submitted; those of a bucket may have printed at any time
            begin = tree.started_at if place.mark or count >= len(tree) else tree.rows([count])[0].queued_at
            book.grow(ordinals, max(round((begin - tree.started_at) * 1e6), 0))
        self._tell(title=title_of(tree, book.asked, len(tree) if ordinals is None else len(ordinals)))

    def _refreshed(self, book: LogBook) -> bool:
        try:
            return book.refresh()
        except OSError as error:
            self._tell(note=f"cannot read the log: {error.strerror or error}")
            return False

    @property
    def rows_high(self) -> int:
        """Rows for lines."""
        return max(self.content_size.height, 1)

    def draw(self) -> None:
        """Read and draw what is on the screen now."""
        if self.pager is None or self.book is None or self._looked is None or not self.content_size.width:
            return
        layout = Layout(
            width=self.content_size.width - 1,
            started_at=self._looked.tree.started_at,
            look=self.app.look,
            wraps=self.wraps,
            clock=self.clock,
            name_width=self._name_width,
            left=self.left,
        )
        if layout != self._layout or len(self._rows) > KEPT_ROWS:
            self._layout, self._rows = layout, {}
        try:
            self.screen_rows = self.pager.screen(self.rows_high)
            missed = 0 if self.pager.follows else self.book.pages.since(self._seen_end)
        except OSError as error:
            self._tell(note=f"cannot read the log: {error.strerror or error}")
            return
        widest = self._widest_name()
        if widest > self._name_width:
            self._name_width = widest
            self.draw()
            return
        if self.pager.follows:
            self._seen_end, self.cursor = self.book.pages.end, None
        self._tell(follows=self.pager.follows, missed=missed)
        self.refresh()

    def _widest_name(self) -> int:
        if self.book is None or (self.book.ordinals is not None and len(self.book.ordinals) == 1):
            return 0
        longest = max((width_of(self._path(row.item.ordinal)) for row in self.screen_rows), default=0)
        return min(longest, WIDEST_NAME, self.content_size.width // 4)

    def _path(self, ordinal: int) -> str:
        """The name of an action below the one that is looked at."""
        known = self._paths.get(ordinal)
        if known is None:
            assert self._looked is not None
            tree, place = self._looked.tree, self._looked.place
            known = self._below(tree, ordinal, place.ordinal)
            if len(self._paths) > KEPT_ROWS:
                self._paths = {}
            self._paths[ordinal] = known
        return known

    def _below(self, tree: RunTree, ordinal: int, top: int) -> str:
        if ordinal == top or ordinal >= len(tree):
            return ""
        between = [each for each in tree.ancestors(ordinal) if each > top]
        return "/".join(visible(row.label) for row in tree.rows([*reversed(between), ordinal]))

    def _rows_of(self, item: Item) -> list[Line]:
        """The rows that something takes."""
        is_open = item.key.offset in self._opened
        known = (item.key, item.row.inside if item.row else 0, is_open)
        rows = self._rows.get(known)
        if rows is None:
            assert self.book is not None
            path = self._path(item.ordinal)
            if item.row is not None:
                hits = self.book.pages.hits_in if item.row.is_hit else None
                rows = line_rows(item.row, path, self._layout, is_open, hits)
            else:
                assert item.setback is not None
                rows = setback_rows(item.setback, path, self._max_attempts(item.ordinal), self._layout)
            self._rows[known] = rows
        return rows

    def _max_attempts(self, ordinal: int) -> int:
        if ordinal not in self._attempts:
            assert self._looked is not None
            self._attempts[ordinal] = self._looked.tree.rows([ordinal])[0].max_attempts
        return self._attempts[ordinal]

    # --- drawing

    def render_line(self, y: int) -> Strip:
        """A row of the screen."""
        width = self.size.width
        painter = self.app.painter
        if not self.screen_rows:
            text = self._nothing() if y == 0 else ""
            return painter.strip(line(" ", dim(text)), width).apply_style(self.rich_style)
        if y >= len(self.screen_rows):
            return Strip.blank(width, self.rich_style)
        row = self.screen_rows[y]
        over = painter.cursor if self.has_focus and self._has_cursor(row) else None
        strip = painter.strip(row.line, width - 1, over)
        return Strip.join([strip, self._bar(y)]).apply_style(self.rich_style)

    def _has_cursor(self, row: ScreenRow) -> bool:
        last = self.screen_rows[-1].item.key
        return row.item.key == (last if self.cursor is None else self.cursor)

    def _nothing(self) -> str:
        if self.book is None or self._looked is None:
            return ""
        if self.pager is not None and self.pager.is_looking and not self.state.is_searched:
            return f"looking for lines {self.app.look.glyph('…')}"
        if self.state.lines and (self.state.narrowing.only_hits or self.state.narrowing.level < 4):
            return f"none of {self.state.lines:,} lines is shown"
        return why_nothing(self._looked.tree, self.book.asked)

    def _bar(self, y: int) -> Strip:
        """The scrollbar's part of a row."""
        first, last = self._thumb()
        sign = "#" if self.app.look.ascii else "▐"
        return self.app.painter.strip((Span(sign, "accent dim") if first <= y <= last else Span(" "),), 1)

    def _thumb(self) -> tuple[int, int]:
        if self.book is None or not self.screen_rows or len(self.screen_rows) < self.rows_high:
            return (1, 0)
        height = self.rows_high
        begin = self.book.pages.fraction(max(self.screen_rows[0].item.key.offset, 0))
        end = self.book.pages.fraction(self.screen_rows[-1].item.key.offset + 1)
        if begin <= 0 and self.pager is not None and self.pager.follows:
            return (1, 0)
        first = min(int(begin * height), height - 1)
        if self.pager is not None and self.pager.follows:
            return (min(first, height - 1), height - 1)
        return (first, max(first, min(int(end * height), height - 1)))

    def on_resize(self, event: events.Resize) -> None:
        """Other widths make other rows."""
        self.draw()

    def on_focus(self) -> None:
        """The cursor is seen."""
        self.refresh()

    def on_blur(self) -> None:
        """It is not."""
        self.refresh()

    # --- what is said of it

    def _tell(self, **fields: Any) -> None:
        state = replace(self.state, **fields)
        if state != self.state:
            self.state = state
            self.post_message(self.Stated(state))

    def _count(self) -> None:
        """Let a thread count what is not counted."""
        if self.book is None:
            return
        if self._is_counting:
            self._counts_again = True
            return
        self._is_counting, self._counts_again = True, False
        self.run_worker(partial(self._count_all, self.book), thread=True, group="count", exit_on_error=False)

    def _count_all(self, book: LogBook) -> None:
        worker, said = get_current_worker(), monotonic()
        problem, is_other = "", False
        try:
            is_other = book.learn_setbacks()
        except (OSError, ValueError) as error:
            problem = str(error)
        try:
            while not worker.is_cancelled and book is self.book and book.pages.count():
                if monotonic() - said > BETWEEN_TOTALS:
                    said = monotonic()
                    self.post_message(self.Counted(book, False, is_other))
        except OSError as error:
            problem = f"cannot read the log: {error.strerror or error}"
        self.post_message(self.Counted(book, True, is_other, problem))

    def on_log_view_counted(self, event: Counted) -> None:
        """Show the counts."""
        event.stop()
        if event.is_done:
            self._is_counting = False
            if self._counts_again or event.book is not self.book:
                self._count()
        if event.book is not self.book or self.pager is None:
            return
        totals = event.book.totals()
        self._tell(
            lines=totals.lines,
            errors=totals.errors,
            warnings=totals.warnings,
            hits=totals.hits,
            is_counted=totals.is_whole,
            is_searched=totals.is_searched,
            **({"note": event.problem} if event.problem else {}),
        )
        if event.is_other or self.pager.is_looking:
            self.draw()
        else:
            self._tell(missed=0 if self.pager.follows else event.book.pages.since(self._seen_end))
            self.refresh()  # the scrollbar

    # --- moving

    def _hold(self) -> None:
        """What is on the screen stays there, whatever comes."""
        if self.pager is not None and self.pager.follows and self.screen_rows:
            first, last = self.screen_rows[0], self.screen_rows[-1]
            self.pager.top, self.pager.follows = (first.item.key, first.part), False
            if self.cursor is None:
                self.cursor = last.item.key

    def _follow(self) -> None:
        if self.pager is not None:
            self.pager.follows, self.cursor = True, None
        self.draw()

    def _at_cursor(self) -> Item | None:
        """What the cursor is on."""
        if not self.screen_rows or self.book is None:
            return None
        if self.cursor is None:
            return self.screen_rows[-1].item
        here = self.book.after(Key(self.cursor.offset, self.cursor.order - 1), 1).items
        return here[0] if here else None

    def _put_cursor(self, item: Item, from_afar: bool = False) -> None:
        if self.pager is None:
            return
        self._hold()
        self.cursor = item.key
        (self.pager.bring if from_afar else self.pager.show)(item, self.rows_high)
        self.draw()

    def action_cursor(self, by: int) -> None:
        """The cursor up or down."""
        now = self._at_cursor()
        if now is None or self.book is None or self.pager is None:
            return
        if by < 0:
            found = self.book.before(now.key, -by).items
            if found:
                self._put_cursor(found[0])
        elif not self.pager.follows:
            found = self.book.after(now.key, by + 1).items
            if len(found) > by:
                self._put_cursor(found[by - 1])
            else:
                self._follow()

    def _scroll(self, by: int) -> None:
        if self.pager is None or not self.screen_rows:
            return
        if by < 0:
            self._hold()
        self.pager.scroll(by, self.rows_high)
        self.draw()
        if self.pager.follows or not self.screen_rows:
            return
        if self.cursor is None:
            self.cursor = self.screen_rows[-1].item.key
        first, last = self.screen_rows[0].item.key, self.screen_rows[-1].item.key
        self.cursor = min(max(self.cursor, first), last)

    def action_page(self, by: int) -> None:
        """A screen up or down."""
        self._scroll(by * max(self.rows_high - 1, 1))

    def action_follow(self) -> None:
        """To the end, and on with it."""
        self._follow()

    def action_first_line(self) -> None:
        """To the first line."""
        if self.book is None or self.pager is None:
            return
        first = self.book.after(FIRST, 1).items
        self._hold()
        self.pager.to(first[0].key if first else FIRST)
        self.cursor = first[0].key if first else None
        self.draw()

    def action_left(self) -> None:
        """Back to the beginning of long lines."""
        self.left = max(self.left - SIDEWAYS, 0)
        self.draw()

    def action_right(self) -> None:
        """Further into long lines."""
        longest = max((len(row.item.row.text) for row in self.screen_rows if row.item.row), default=0)
        if not self.wraps and self.left + SIDEWAYS < longest:
            self.left += SIDEWAYS
            self.draw()

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.wraps, self.left = not self.wraps, 0
        self.draw()

    def action_dates(self) -> None:
        """Times of day, or seconds since the run started."""
        self.clock = not self.clock
        self.draw()

    # --- folding, going deeper

    def action_fold(self) -> None:
        """Fold or unfold what the cursor is on."""
        item = self._at_cursor()
        if item is not None:
            self._fold(item)

    def _fold(self, item: Item) -> bool:
        """Whether there was anything to fold."""
        if item.row is None or self.book is None:
            return False
        head = item.row.offset if item.row.inside else item.row.head
        if head is None and json_object(item.row.text.decode("utf-8", "backslashreplace")) is None:
            return False
        self._hold()
        offset = item.row.offset if head is None else head
        is_open = offset not in self._opened
        (self._opened.add if is_open else self._opened.discard)(offset)
        if head is not None:
            self.book.pages.unfold(head, is_open)
        self.cursor = Key(offset, item.key.order)
        here = self._at_cursor()
        if here is not None:
            self._put_cursor(here)
        return True

    def action_open(self) -> None:
        """Unfold; else go to the action of the line; where that is selected, show the log in full width."""
        item = self._at_cursor()
        is_folded = item is not None and item.key.offset not in self._opened
        if item is None or self.book is None:
            self.action_full()
        elif not (is_folded and self._fold(item)):
            if self.is_full or item.ordinal != self.book.asked.place.ordinal or self.book.asked.place.key:
                self.post_message(self.Chose(item.ordinal))
            else:
                self.action_full()

    def action_full(self) -> None:
        """All the width for the log."""
        self.post_message(self.Full())

    def action_copy_line(self) -> None:
        """Copy the line with the cursor."""
        item = self._at_cursor()
        if item is not None and item.row is not None:
            self.app.copy_to_clipboard(item.row.text.decode("utf-8", "backslashreplace"))
            self._say("the line is copied")

    # --- finding

    def narrow(self, narrowing: Narrowing) -> bool:
        """Show other lines; whether that can be done."""
        if self.book is None:
            return False
        try:
            self.book.narrow(narrowing)
        except ValueError as error:
            self._tell(narrowing=narrowing, problem=f"is no regular expression: {error}", hits=0)
            return False
        self._rows = {}
        self._tell(narrowing=narrowing, problem="", hits=0, is_searched=False)
        self.draw()
        self._count()
        return True

    @work(exclusive=True, group="find")
    async def action_find(self) -> None:
        """Ask what to find; what is typed is looked for at once."""
        before = self.state.narrowing
        prompt = self.screen.query_one(Prompt)
        text = await prompt.ask("find", before.text, on_change=lambda text: self._try(text))
        if text is None:
            self.narrow(replace(self.state.narrowing, text=before.text, only_hits=before.only_hits))
        else:
            self._try(text)

    def _try(self, text: str) -> None:
        narrowing = self.state.narrowing
        if text == narrowing.text:
            return
        if self.narrow(replace(narrowing, text=text, only_hits=narrowing.only_hits and bool(text))) and text:
            item = self._at_cursor()
            at = item.key.offset if item is not None else 0
            self._seek(at, is_forward=True, turns=True)

    def action_next_hit(self) -> None:
        """To the next hit; behind the last one comes the first."""
        item = self._at_cursor()
        self._seek(item.key.offset + 1 if item is not None else 0, is_forward=True)

    def action_previous_hit(self) -> None:
        """To the hit before; before the first one comes the last."""
        item = self._at_cursor()
        self._seek(item.key.offset if item is not None else 0, is_forward=False)

    def _seek(self, offset: int, is_forward: bool, turns: bool = False) -> None:
        """Look for a hit from there on, then in the rest: on the other side of it where it `turns`."""
        if self.book is None or not self.state.narrowing.text:
            return
        ways = [(offset, is_forward)]
        if turns:
            ways.append((offset, not is_forward))
        else:
            ways.append((0, True) if is_forward else (self.book.pages.end, False))
        seek = partial(self._seek_all, self.book, ways)
        self.run_worker(seek, thread=True, group="seek", exclusive=True, exit_on_error=False)

    def _seek_all(self, book: LogBook, ways: list[tuple[int, bool]]) -> None:
        worker = get_current_worker()
        for at, is_forward in ways:
            is_end = False
            while not is_end and not worker.is_cancelled and book is self.book:
                try:
                    page = book.pages.find(at, is_forward, SEEK_AT_ONCE)
                except OSError:
                    return  # whoever draws has met it, too, and says so
                if page.rows:
                    self.post_message(self.Sought(book, page.rows[0]))
                    return
                at, is_end = page.reached, page.is_end
        if not worker.is_cancelled:
            self.post_message(self.Sought(book, None))

    def on_log_view_sought(self, event: Sought) -> None:
        """Go to the hit."""
        event.stop()
        if event.book is not self.book:
            return
        if event.row is None:
            self._say(f"{visible(self.state.narrowing.text)} is in no line")
            return
        head = event.row.head
        if head is not None and head not in self._opened:
            self._opened.add(head)
            self.book.pages.unfold(head, True)
        self._hold()
        self.cursor = Key(event.row.offset, 1 << 62)
        item = self._at_cursor()
        if item is not None:
            self._put_cursor(item, from_afar=True)

    def action_regex(self) -> None:
        """What is searched for is a regular expression, or it is as it was typed."""
        self.narrow(replace(self.state.narrowing, is_regex=not self.state.narrowing.is_regex))

    def action_case(self) -> None:
        """Upper and lower case matter, or do not."""
        self.narrow(replace(self.state.narrowing, any_case=not self.state.narrowing.any_case))

    def action_only_hits(self) -> None:
        """Show only hits, or all lines again."""
        narrowing = self.state.narrowing
        if not narrowing.text:
            self._say("find something first: /")
        else:
            self.narrow(replace(narrowing, only_hits=not narrowing.only_hits))

    def show_level(self, level: int) -> None:
        """Show only lines that are so serious: 1 errors, to 4 all."""
        self.narrow(replace(self.state.narrowing, level=level))

    # --- saving

    @work(exclusive=True, group="ask")
    async def action_save(self) -> None:
        """Ask for a name, and save what is shown."""
        if self.book is None or self._looked is None:
            return
        prompt = self.screen.query_one(Prompt)
        answer = await prompt.ask("save as", f"{self._looked.tree.name}.log")
        if not answer or not answer.strip():
            return
        path = Path(self.app.host.folder(), answer.strip()).expanduser()
        if path.exists() and not await prompt.confirm(f"{visible(answer)} is there: replace it?"):
            return
        layout = replace(self._layout, wraps=False, left=0, width=1 << 20)
        self.run_worker(partial(self._save, self.book, path, layout), thread=True, group="save", exclusive=True)

    def _save(self, book: LogBook, path: Path, layout: Layout) -> None:
        worker = get_current_worker()

        def text_of(item: Item) -> str:
            path = self._path(item.ordinal)
            if item.row is not None:
                return plain_text(line_rows(item.row, path, layout, False, None))
            assert item.setback is not None
            return plain_text(setback_rows(item.setback, path, self._max_attempts(item.ordinal), layout))

        try:
            count = save(book, path, text_of, lambda: worker.is_cancelled)
        except NotSaved as error:
            self.app.call_from_thread(self._say, str(error))
        else:
            self.app.call_from_thread(self._say, f"{count:,} {'line' if count == 1 else 'lines'} saved in {path}")

    def _say(self, text: str) -> None:
        say = getattr(self.screen, "say", None)
        if say is not None:
            say(text)

    # --- mouse

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Up."""
        event.stop()
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down."""
        event.stop()
        self._scroll(3)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The bar is taken hold of."""
        if event.x >= self.content_size.width - 1:
            self._dragged = True
            self.capture_mouse()
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """And dragged."""
        if self._dragged:
            self._drag(event.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """And let go."""
        if self._dragged:
            self._dragged = False
            self.release_mouse()

    def _drag(self, y: int) -> None:
        if self.book is None or self.pager is None:
            return
        if y >= self.rows_high - 1:
            self._follow()
            return
        offset = self.book.pages.at_fraction(max(y, 0) / max(self.rows_high - 1, 1))
        self.pager.to(Key(offset, -1))
        self.draw()
        self.cursor = self.screen_rows[0].item.key if self.screen_rows else None

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a line; twice goes to its action."""
        if event.x >= self.content_size.width - 1 or event.y >= len(self.screen_rows):
            return
        item = self.screen_rows[event.y].item
        if event.chain > 1:
            self.post_message(self.Chose(item.ordinal))
        elif self.cursor != item.key:
            self._put_cursor(item)
