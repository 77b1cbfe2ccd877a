"""The actions of a run as a tree, with a time bar in every row. It is told what to show, and looks at rows in sight."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from flyte_cli.output.spans import Line
from flyte_cli.quantities import number
from flyte_cli.tui.line_view import LineView
from flyte_cli.tui.matching import matched
from flyte_cli.tui.place import ROOT, Place
from flyte_cli.tui.row_lines import (
    Around,
    Axis,
    Drawing,
    Measures,
    Window,
    action_line,
    bucket_line,
    differing,
    fold_line,
    histogram_line,
    sign_column,
)
from flyte_cli.tui.rows import (
    HISTOGRAM,
    Folding,
    Kept,
    Row,
    Rows,
    Rule,
    fold_of,
    holders,
    holding,
    in_order,
    kept,
    layout,
    members,
)

if TYPE_CHECKING:
    from textual import events

    from flyte._core import RowView, RunTree
    from flyte_cli.where import Query

SAMPLE = 20
"""Siblings that are compared for what makes them different."""
MOST_LIT = 5000
"""Hits for which it is worked out what they are in."""
BINS = 24
SPREADS_TAKE = 1 / 100
"""Part of one core that is for looking at all durations of a fan-out."""


class TreePane(LineView):
    """The left side of a run's screen."""

    DEFAULT_CSS = "TreePane { border: round $border-quiet; } TreePane:focus { border: round $primary; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        # What scrolls would take these keys from the screen.
        Binding("left", "screen.out", show=False),
        Binding("right", "screen.into", show=False),
    ]

    class Selected(Message):
        """The cursor is on another place."""

        def __init__(self, place: Place, by_person: bool) -> None:
            super().__init__()
            self.place = place
            self.by_person = by_person

    class Measured(Message):
        """It has another width."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.folding = Folding()
        self.rows = Rows()
        self.drawn_tree: RunTree | None = None
        self.now = 0.0
        self.whole = Window(0.0, 1.0)
        """All of the time there is to see."""
        self.window: Window | None = None
        """The part of it that is seen; None for all."""
        self.moment: float | None = None
        self.is_timeline = False
        self.selected = ROOT
        self.filtering: Query | None = None
        self.filter_text = ""
        self.words: tuple[str, ...] = ()
        self.critical: frozenset[int] | None = None
        """What is lit, when it is the critical path."""
        self.note = ""
        """What the lower border says besides."""
        self._only: Kept | None = None
        self._hits: frozenset[int] = frozenset()
        self._lit: frozenset[Place] = frozenset()
        self._version = -1
        self._views: dict[int, RowView] = {}
        self._siblings: dict[tuple[int, str, bool], tuple[tuple[str, ...], frozenset[str]]] = {}
        self._counts: dict[int, dict[str, int]] = {}
        self._spreads: dict[Place, tuple[tuple[int, int] | None, float, tuple[float, float, list[int]] | None]] = {}
        """Of fan-outs: of which state of the tree the durations are, until when they may stay, and what they are."""
        self._drawing: Drawing | None = None
        self._titled = ("", "")

    # --- what is shown

    def show(self, tree: RunTree, now: float, whole: Window | None = None, moment: float | None = None) -> None:
        """Show the tree as it is at a moment; the cursor stays where it is in it."""
        is_other = tree is not self.drawn_tree
        self.drawn_tree, self.now, self.moment = tree, now, moment
        self.whole = whole or Window(tree.started_at, max(tree.ended_at or now, tree.started_at + 1e-3))
        self._drawing = None
        if is_other or tree.version() != self._version:
            self.lay_out()
        else:
            self.redraw()

    def show_times(self, now: float, whole: Window) -> None:
        """Show the rows that there are at a later moment."""
        self.now, self.whole, self._drawing = now, whole, None
        self.redraw()

    def lay_out(self) -> None:
        """Make the rows anew."""
        tree = self.drawn_tree
        if tree is None:
            return
        self._version = tree.version()
        self._views, self._siblings, self._counts = {}, {}, {}
        self._search(tree)
        self._only = kept(tree, matched(tree, self.filtering, self.now)) if self.filtering is not None else None
        self.rows = layout(tree, self.folding, self._only)
        index = self.rows.covering(tree, self.selected) if len(self.rows) else 0
        self._put_cursor(index)
        self._say_what_is_shown()

    def _put_cursor(self, index: int) -> None:
        """Where the cursor's row went; on the screen it stays where it was."""
        top, height = round(self.scroll_y), self.scrollable_content_region.height
        was_seen = top <= self.cursor < top + height
        by = index - self.cursor
        self.measure()
        self.cursor = index
        if by and was_seen and top:
            self.scroll_to(y=top + by, animate=False)
        self.redraw()

    def _say_what_is_shown(self) -> None:
        dot = f" {self.app.look.glyph('·')} "
        parts = [f"{number(len(self.rows))} shown"]
        if self.words:
            parts.append(f"{number(len(self._hits))} {'hit' if len(self._hits) == 1 else 'hits'}")
        parts.append(f"filter: {self.filter_text}" if self.filtering is not None else "filter: none")
        if self.note:
            parts.insert(0, self.note)
        titled = ("Timeline" if self.is_timeline else "Actions", dot.join(parts))
        if titled != self._titled:  # setting one draws the whole widget anew
            self._titled = titled
            self.border_title, self.border_subtitle = map(Content, titled)

    # --- selecting and folding

    def select(self, place: Place) -> None:
        """Put the cursor on a place, unfolding what it is in."""
        self.selected = place
        tree = self.drawn_tree
        if tree is None:
            return
        while self.rows.index_of(place) is None and self._only is None:
            cover = self.rows.covering(tree, place)
            row = self.rows[cover] if len(self.rows) else None
            if row is None or row.is_open or row.place == place:
                break
            self.folding.chosen[row.place] = True
            self.rows = layout(tree, self.folding, self._only)
        self.lay_out()
        self.show_line(self.cursor)

    def show_line(self, index: int) -> None:
        """Have a line in sight; from far away with some of what is around it."""
        top, height = round(self.scroll_y), self.scrollable_content_region.height
        if height and not top - 1 <= index <= top + height:
            self.scroll_to(y=max(index - height // 3, 0), animate=False)
        else:
            super().show_line(index)

    def on_resize(self, event: events.Resize) -> None:
        """Columns are others."""
        self.post_message(self.Measured())

    @property
    def row(self) -> Row | None:
        """The one with the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def toggle(self) -> None:
        """Fold what is open, unfold what is folded, and take chains apart."""
        row = self.row
        if row is None:
            return
        if row.chain:
            self.folding.chosen[Place(row.chain[0])] = True
            for ordinal in row.chain[1:]:
                self.folding.chosen[Place(ordinal)] = True
        elif self.is_foldable(row):
            self.folding.chosen[row.place] = not row.is_open
            if row.is_open and row.place.is_action:
                self._forget_chain(row.place.ordinal)
        self.lay_out()

    def _forget_chain(self, ordinal: int) -> None:
        """What was taken apart is one row again."""
        assert self.drawn_tree is not None
        while len(children := self.drawn_tree.children(ordinal)) == 1:
            (ordinal,) = children
            self.folding.chosen.pop(Place(ordinal), None)

    def is_foldable(self, row: Row) -> bool:
        """Whether there is something below."""
        if row.is_open is None and row.place.is_action and not row.chain:
            return bool(self._view(row.place.ordinal).child_count)
        return row.is_open is not None

    def go_in(self) -> None:
        """Unfold, or go to the first thing below."""
        row = self.row
        if row is None or not self.is_foldable(row):
            return
        if row.is_open:
            self.move_to(self.cursor + 1, by_person=True)
        else:
            self.folding.chosen[row.place] = True
            self.lay_out()

    def go_out(self) -> None:
        """Fold, or go to what it is part of."""
        row, tree = self.row, self.drawn_tree
        if row is None or tree is None:
            return
        if row.is_open:
            self.folding.chosen[row.place] = False
            self.lay_out()
            return
        for place in holders(tree, row.place):
            index = self.rows.index_of(place)
            if index is not None and index != self.cursor:
                self.move_to(index, by_person=True)
                return

    def fold_by(self, rule: Rule) -> None:
        """Forget what was folded by hand."""
        self.folding = Folding(rule=rule)
        self.lay_out()
        self.show_line(self.cursor)

    # --- finding

    def find(self, words: Sequence[str]) -> int:
        """Dim everything that does not have the words; how many have."""
        self.words = tuple(words)
        self.lay_out()
        return len(self._hits)

    def filter(self, query: Query | None, text: str) -> int:
        """Hide everything that does not fit; how many fit."""
        self.filtering, self.filter_text = query, text
        self.lay_out()
        return 0 if self._only is None else len(self._only.fitting)

    def after(self, ordinals: Sequence[int], way: int) -> int | None:
        """The action among some that comes next from the cursor, or before it; around the end."""
        tree = self.drawn_tree
        if tree is None or not ordinals:
            return None
        here = self.standing
        ordered = in_order(tree, [*ordinals, here] if here not in ordinals else list(ordinals))
        at = ordered.index(here) + way
        if here not in ordinals:
            ordered.remove(here)
            at = at - 1 if way > 0 else at
        return ordered[at % len(ordered)]

    @property
    def standing(self) -> int:
        """The action with the cursor; the first one of many."""
        if self.selected.is_action or self.drawn_tree is None:
            return self.selected.ordinal
        found = members(self.drawn_tree, self.selected)
        return found[0] if found else self.selected.ordinal

    @property
    def hits(self) -> Sequence[int]:
        """The actions that a search found."""
        return sorted(self._hits)

    def _search(self, tree: RunTree) -> None:
        self._hits = frozenset(tree.matching(list(self.words))) if self.words else frozenset()
        self._lit = holding(tree, self._hits) if 0 < len(self._hits) <= MOST_LIT else frozenset()

    def is_faint(self, index: int) -> bool:
        """Whether it is neither found, nor holds what was found; or not on the path that is lit."""
        if not self.words and self.critical is None:
            return False
        row = self.rows[index]
        if self.words and row.place.is_action:
            own = (row.place.ordinal, *row.chain)
            if self._hits.isdisjoint(own) and (row.is_open or row.place not in self._lit):
                return True
        elif self.words and (row.is_open or row.place not in self._lit):
            return True
        if self.critical is None:
            return False
        return not row.place.is_action or self.critical.isdisjoint((row.place.ordinal, *row.chain))

    def light(self, critical: frozenset[int] | None) -> None:
        """Dim everything else; None for nothing."""
        self.critical = critical
        self.refresh()

    # --- the axis of time

    @property
    def axis_window(self) -> Window:
        """The part of time that is seen."""
        return self.window or self.whole

    def zoom(self, by: float) -> None:
        """Show less of the time, or more, around what is looked at."""
        window = self.axis_window.scaled(by, self._focus_time(), self.whole)
        self.look_at(window if window.seconds < self.whole.seconds * 0.999 else None)

    def look_at(self, window: Window | None) -> None:
        """Show a part of the time."""
        self.window = window
        self._drawing = None
        self.refresh()

    def _focus_time(self) -> float:
        if self.moment is not None:
            return self.moment
        if self.drawn_tree is None or not len(self.drawn_tree):
            return self.whole.start
        row = self._view(self.standing)
        began = row.started_at if row.started_at is not None else row.queued_at
        return (began + (row.ended_at if row.ended_at is not None else self.now)) / 2

    def drawing(self, width: int) -> Drawing:
        """What all rows share."""
        if self._drawing is None or self._drawing.measures.width != width:
            measures = Measures.of(width, self.is_timeline)
            axis = Axis(self.axis_window, measures.bar, self.moment)
            self._drawing = Drawing(
                self.app.look, measures, axis, self.now, self.drawn_tree.phase if self.drawn_tree is not None else ""
            )
        return self._drawing

    # --- lines

    def count(self) -> int:
        """Rows that are not folded away."""
        return len(self.rows)

    def draw(self, index: int, width: int) -> Line:
        """One row."""
        row, drawing = self.rows[index], self.drawing(width)
        if row.place.is_action:
            return self._action(row, drawing)
        assert row.fold is not None  # every row that is not of one action has it
        if row.place.mark == HISTOGRAM:
            return histogram_line(drawing, self._durations(row.place), row.depth)
        if row.place.mark:
            return bucket_line(drawing, row.fold, row.place.mark, row.depth, row.is_open)
        return fold_line(drawing, row.fold, row.depth, row.is_open)

    def _action(self, row: Row, drawing: Drawing) -> Line:
        assert self.drawn_tree is not None
        view = self._view(row.place.ordinal)
        inputs, several = self._among_siblings(view)
        head = self._view(row.chain[0]) if row.chain else view
        around = Around(
            inputs,
            view.index > 0 or view.short_name in several,
            [self._name_in_chain(ordinal) for ordinal in row.chain],
            self.drawn_tree.attempt_starts(view.ordinal) if view.attempts > 1 else (),
            self._below(view) if not row.is_open and view.child_count else None,
        )
        is_open = False if row.is_open is None and view.child_count else row.is_open
        return action_line(drawing, view, row.depth, is_open, around, head)

    def _name_in_chain(self, ordinal: int) -> str:
        view = self._view(ordinal)
        return view.label if view.index else view.short_name

    def _below(self, view: RowView) -> dict[str, int] | None:
        """What is folded away, unless all of it is little and well."""
        if view.ordinal not in self._counts:
            assert self.drawn_tree is not None
            counts = self.drawn_tree.subtree(view.ordinal).counts
            is_worth = any(count for phase, count in counts.items() if phase != "succeeded")
            self._counts[view.ordinal] = counts if is_worth or sum(counts.values()) > SAMPLE else {}
        return self._counts[view.ordinal]

    def _among_siblings(self, view: RowView) -> tuple[tuple[str, ...], frozenset[str]]:
        """Inputs that make it different, and names that several of its siblings have."""
        if view.parent is None:
            return differing([view]), frozenset()
        key = (view.parent, *fold_of(view))
        if key not in self._siblings:
            assert self.drawn_tree is not None
            sample = self.drawn_tree.rows(members(self.drawn_tree, Place(*key))[:SAMPLE])
            names = [each.short_name for each in sample]
            self._siblings[key] = (differing(sample), frozenset(name for name in names if names.count(name) > 1))
        return self._siblings[key]

    def _durations(self, place: Place) -> tuple[float, float, list[int]] | None:
        """How long siblings took: all are looked at, so the more there are the less often."""
        tree = self.drawn_tree
        assert tree is not None
        at, rested_at, known = self._spreads.get(place, (None, 0.0, None))
        state = (id(tree), tree.version())
        began = perf_counter()
        if at == state or (at is not None and at[0] == id(tree) and tree.ended_at is None and began < rested_at):
            return known
        found = tree.durations(place.ordinal, place.key, place.is_group, BINS)
        now = perf_counter()
        self._spreads[place] = (state, now + (now - began) / SPREADS_TAKE, found)
        return found

    def _view(self, ordinal: int) -> RowView:
        """One row as recorded; those in sight are asked for together."""
        known = self._views.get(ordinal)
        if known is None:
            assert self.drawn_tree is not None
            top = round(self.scroll_y)
            seen = self.rows[top : top + self.size.height]
            wanted = {each for row in seen if row.place.is_action for each in (row.place.ordinal, *row.chain)}
            missing = sorted((wanted | {ordinal}) - self._views.keys())
            self._views.update((row.ordinal, row) for row in self.drawn_tree.rows(missing))
            known = self._views[ordinal]
        return known

    # --- keys and mouse

    def on_line_view_moved(self, event: LineView.Moved) -> None:
        """What has the cursor is selected."""
        if event.view is not self or event.index >= len(self.rows):
            return
        event.stop()
        self.selected = self.rows[event.index].place
        self.post_message(self.Selected(self.selected, by_person=True))

    def on_click(self, event: events.Click) -> None:
        """Select; the fold sign folds."""
        offset = event.get_content_offset(self)
        super().on_click(event)
        row = self.row
        if offset is not None and row is not None and round(self.scroll_y) + offset.y == self.cursor:
            sign = sign_column(row.depth)
            if sign <= offset.x < sign + 2:
                self.toggle()
        event.prevent_default()  # done above: Textual would call it once more
