"""Keys about the tree: folding, finding, following, failures, panes, the timeline and its time cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from flyte_cli.errors import Misuse
from flyte_cli.output.failure import chain
from flyte_cli.quantities import number
from flyte_cli.tui.detail_pane import DetailPane
from flyte_cli.tui.line_view import LineView
from flyte_cli.tui.matching import misspelt, parsed, sentence
from flyte_cli.tui.place import ROOT, Place
from flyte_cli.tui.row_lines import Window
from flyte_cli.tui.rows import first_failed, newest_running, origins
from flyte_cli.tui.screens.base import RunScreenBase
from flyte_cli.tui.source import Source
from flyte_cli.tui.tree_pane import TreePane

if TYPE_CHECKING:
    from flyte._core import RunTree

ERROR_TAB = 4
SHARES = (20, 35, 50, 60, 75, 88)
"""Percents that the tree may have of the screen."""
USUAL_SHARE = 60
STEPS = 40
"""Of the time cursor, across what is seen of the time."""
AS_TYPED = 20_000
"""A filter works while it is typed, up to so many actions; beyond, when it is sent."""


class PastRead(Message):
    """The run as it was, or why it cannot be known."""

    def __init__(self, moment: float, tree: RunTree | None, problem: str = "") -> None:
        super().__init__()
        self.moment = moment
        self.tree = tree
        self.problem = problem


class TreeActions(RunScreenBase):
    """Keys about the tree: folding, finding, following, failures, panes, the timeline and its time cursor."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.is_busy = False
        """Whether somebody went somewhere: then a failure takes them nowhere else."""
        self.follows = False
        self.unseen_failures = 0
        self.alone = ""
        """`tree` or `detail`, where only one of them is seen."""
        self.share = USUAL_SHARE
        self._failures = 0
        self._told_end = False
        self._wanted: float | None = None
        self._is_reading = False

    # --- what happens by itself

    def look_for_failures(self) -> None:
        """Go to the first failure, or count those that somebody does not see, being busy."""
        tree = self.source.tree
        count = tree.counts().get("failed", 0)
        ended = tree.phase == "failed" and not self._told_end
        if count <= self._failures and not ended:
            return
        is_more = count > self._failures
        self._failures, self._told_end = count, self._told_end or ended
        if self.is_busy or self.moment is not None:
            if is_more and not self._stands_on_failure():
                self.unseen_failures = len(origins(tree))
            return
        found = chain(tree) if ended else None
        first = found.origin.ordinal if found is not None else first_failed(tree)
        if first is not None:
            self.select(Place(first))
            self.detail_pane.open(ERROR_TAB)

    def follow_newest(self) -> None:
        """Go where something began last."""
        if not self.follows or self.moment is not None:
            return
        newest = newest_running(self.source.tree)
        if newest is not None and Place(newest) != self.place:
            self.select(Place(newest))

    def went(self, place: Place) -> None:
        """Somebody chose a place: nothing else moves them from there."""
        if self.follows:
            self.stop_following("you moved: follow is off, f follows again")
        self.is_busy = place != ROOT
        if self._stands_on_failure():
            self.unseen_failures = 0

    def stop_following(self, why: str) -> None:
        """Leave the cursor to people."""
        self.follows = False
        self.tree_pane.note = ""
        self.tree_pane.lay_out()
        self.say(why)

    def _stands_on_failure(self) -> bool:
        tree = self.source.tree
        if not self.place.is_action:
            return False
        return self.place.ordinal < len(tree) and tree.rows([self.place.ordinal])[0].phase == "failed"

    # --- moving

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter in the tree: what is selected, in full width."""
        if event.view is self.tree_pane:
            event.stop()
            self.action_full()

    def action_fold(self) -> None:
        """Fold or unfold."""
        self.tree_pane.toggle()

    def action_into(self) -> None:
        """Unfold, or go to what is below."""
        self.tree_pane.go_in()

    def action_out(self) -> None:
        """Fold, or go to what it is part of."""
        self.tree_pane.go_out()

    def action_fold_others(self) -> None:
        """Fold all but failures."""
        self.tree_pane.fold_by("failures")

    def action_unfold_all(self) -> None:
        """Unfold all; what was folded by it folds again."""
        self.tree_pane.fold_by("some" if self.tree_pane.folding.rule == "all" else "all")

    def action_next_failure(self) -> None:
        """The next failure, from the end the first."""
        tree = self.looked.tree
        found = origins(tree)
        following = self.tree_pane.after(found, 1)
        if following is None:
            self.say("nothing failed")
            return
        self._go(following)
        self.detail_pane.open(ERROR_TAB)
        self.unseen_failures = 0
        if len(found) > 1:
            self.say(f"{number(len(found))} failures")

    def action_follow(self) -> None:
        """Follow the newest running action, or stop."""
        if self.follows:
            self.stop_following("follow is off")
            return
        if self.source.is_over:
            self.say("the run is over: there is nothing to follow")
            return
        self.go_to_now()
        self.follows, self.is_busy = True, False
        self.tree_pane.note = "FOLLOW"
        self.tree_pane.lay_out()
        self.follow_newest()

    def _go(self, ordinal: int) -> None:
        """Where somebody asked to go."""
        self.select(Place(ordinal))
        self.went(self.place)

    # --- finding and filtering

    @work(exclusive=True, group="ask")
    async def action_find(self) -> None:
        """Ask for words, and dim everything without them."""
        pane = self.tree_pane
        before = pane.words
        text = await self.prompt.ask("find", " ".join(before), on_change=lambda typed: self._find(typed, False))
        if text is None:
            pane.find(before)
        else:
            self._find(text, True)

    def _find(self, text: str, is_sent: bool) -> None:
        hits = self.tree_pane.find(text.split())
        if not is_sent or not text.split():
            return
        if hits and self.tree_pane.standing not in set(self.tree_pane.hits):
            self.action_next_hit()
        elif not hits:
            self.say(f"nothing has `{text}` in its name, task, inputs or error", "yellow")

    def action_next_hit(self) -> None:
        """The next thing that a search found."""
        self._go_to_hit(1)

    def action_previous_hit(self) -> None:
        """The one before."""
        self._go_to_hit(-1)

    def _go_to_hit(self, way: int) -> None:
        hit = self.tree_pane.after(self.tree_pane.hits, way)
        if hit is None:
            self.say("nothing was found: / finds")
        else:
            self._go(hit)

    @work(exclusive=True, group="ask")
    async def action_filter(self) -> None:
        """Ask for a filter, and hide everything that does not fit."""
        pane = self.tree_pane
        before = (pane.filtering, pane.filter_text)
        is_small = len(self.source.tree) <= AS_TYPED
        text = await self.prompt.ask("filter", before[1], on_change=self._try_filter if is_small else None)
        if text is None:
            pane.filter(*before)
        else:
            self._filter(text)
        self.look_again()

    def _try_filter(self, text: str) -> None:
        """While it is typed, what cannot be read yet changes nothing."""
        try:
            query = parsed(text) if text.strip() else None
        except Misuse:
            return
        self.tree_pane.filter(query, text.strip())

    def _filter(self, text: str) -> None:
        pane, tree = self.tree_pane, self.looked.tree
        try:
            query = parsed(text) if text.strip() else None
        except Misuse as error:
            pane.filter(None, "")
            self.say(sentence(error), "red")
            return
        fitting = pane.filter(query, text.strip())
        if query is not None and not fitting:
            self.say(misspelt(tree, query) or f"nothing fits `{text.strip()}`: Esc shows all again", "yellow")

    def look_again(self) -> None:
        """The right side shows what has the cursor now."""
        row = self.tree_pane.row
        if row is not None and row.place != self.place and self.place not in {Place(each) for each in row.chain}:
            self.select(row.place)

    # --- panes

    def action_tab_1(self) -> None:
        """Overview."""
        self._open_tab(1)

    def action_tab_2(self) -> None:
        """Logs."""
        self._open_tab(2)

    def action_tab_3(self) -> None:
        """Inputs and outputs."""
        self._open_tab(3)

    def action_tab_4(self) -> None:
        """Error."""
        self._open_tab(4)

    def action_tab_5(self) -> None:
        """Source."""
        self._open_tab(5)

    def action_tab_6(self) -> None:
        """Report."""
        self._open_tab(6)

    def action_tab_7(self) -> None:
        """Events."""
        self._open_tab(7)

    def _open_tab(self, tab: int) -> None:
        self.is_busy = self.is_busy or tab != self.detail_pane.tab
        if self.alone == "tree" or self.tree_pane.is_timeline:
            self._timeline(False)
            self._show_alone("")
        was_right = self._is_in(self.detail_pane)
        self.detail_pane.open(tab)
        if was_right:
            self.detail_pane.focus_content()

    def _is_in(self, pane: DetailPane | TreePane) -> bool:
        return self.focused is not None and pane in self.focused.ancestors_with_self

    def action_next_pane(self) -> None:
        """The other side."""
        if self._is_in(self.detail_pane):
            self._enter(self.tree_pane)
        else:
            self._enter(self.detail_pane)

    def action_previous_pane(self) -> None:
        """The other side: there are two."""
        self.action_next_pane()

    def _enter(self, pane: DetailPane | TreePane) -> None:
        name = "detail" if isinstance(pane, DetailPane) else "tree"
        if self.tree_pane.is_timeline and name == "detail":
            self._timeline(False)
            self._show_alone("")
        elif self.alone:
            self._show_alone(name)
        if isinstance(pane, DetailPane):
            pane.focus_content()
        else:
            pane.focus()

    def action_full(self) -> None:
        """What is selected, in full width; Esc goes back."""
        self._timeline(False)
        self.is_busy = True
        self._show_alone("detail")
        self.detail_pane.focus_content()

    def action_maximise(self) -> None:
        """The pane with the keys alone, and back."""
        if self.alone:
            self._timeline(False)
            self._show_alone("")
        else:
            self._show_alone("detail" if self._is_in(self.detail_pane) else "tree")

    def action_wider(self) -> None:
        """The pane with the keys gets more of the screen."""
        self._show_alone("")
        shares = [share for share in SHARES if share > self.share]
        if self._is_in(self.detail_pane):
            shares = [share for share in reversed(SHARES) if share < self.share]
        self._divide(shares[0] if shares else self.share)

    def action_even(self) -> None:
        """Both sides the same."""
        self._show_alone("")
        self._divide(50)

    def _divide(self, share: int) -> None:
        self.share = share
        across = "height" if self.has_class("-narrow") else "width"
        for pane, part in ((self.tree_pane, share), (self.detail_pane, 100 - share)):
            pane.styles.clear_rule("width")
            pane.styles.clear_rule("height")
            setattr(pane.styles, across, f"{part}fr")

    def _show_alone(self, name: str) -> None:
        self.alone = name
        self.tree_pane.display = name != "detail"
        self.detail_pane.display = name != "tree"

    # --- time

    def action_timeline(self) -> None:
        """Bars in full width, and back."""
        self._timeline(not self.tree_pane.is_timeline)
        if self.tree_pane.is_timeline:
            self._show_alone("tree")
            self.tree_pane.focus()
        else:
            self._show_alone("")

    def _timeline(self, is_on: bool) -> None:
        pane = self.tree_pane
        if pane.is_timeline != is_on:
            pane.is_timeline = is_on
            pane.lay_out()
            self.draw()

    def action_critical(self) -> None:
        """Light what the run's duration hung on, or everything again."""
        pane = self.tree_pane
        if pane.critical is not None:
            pane.light(None)
            return
        path = self.looked.tree.critical_path()
        pane.light(frozenset(path))
        self.say(f"{number(len(path))} actions that the duration hung on; c lights all again")

    def action_zoom_in(self) -> None:
        """Less of the time."""
        self.tree_pane.zoom(0.5)
        self.draw()

    def action_zoom_out(self) -> None:
        """More of it."""
        self.tree_pane.zoom(2.0)
        self.draw()

    def action_zoom_fit(self) -> None:
        """All of it."""
        self.tree_pane.look_at(None)
        self.draw()

    def action_pan_earlier(self) -> None:
        """An earlier part."""
        self._pan(-0.25)

    def action_pan_later(self) -> None:
        """A later part."""
        self._pan(0.25)

    def _pan(self, share: float) -> None:
        pane = self.tree_pane
        if pane.window is not None:
            pane.look_at(pane.window.moved(share, pane.whole))
            self.draw()

    @property
    def whole(self) -> Window:
        """All of the run's time so far."""
        start = self.source.tree.started_at
        return Window(start, max(self.source.until(self.app.host.clock()), start + 1e-3))

    def action_earlier(self) -> None:
        """The run as it was a little earlier."""
        self._move_time(-1)

    def action_later(self) -> None:
        """The run as it was a little later; from its end back to now."""
        self._move_time(1)

    def _move_time(self, way: int) -> None:
        whole = self.whole
        at = self._wanted if self._wanted is not None else self.moment
        if at is None:
            if way > 0:
                self.say("this is now: , goes back in time")
                return
            at = whole.end
        at += way * self.tree_pane.axis_window.seconds / STEPS
        if at >= whole.end:
            self.go_to_now()
        else:
            self._go_to(max(at, whole.start))

    def _go_to(self, moment: float) -> None:
        """Read the run as it was then; while that is going on, only the last wish counts."""
        self._wanted = moment
        if not self._is_reading:
            self._is_reading = True
            self._read_past(moment)

    @work(thread=True, group="past")
    def _read_past(self, moment: float) -> None:
        from flyte._core import RunTree

        try:
            self.post_message(PastRead(moment, RunTree.open(self.source.tree.folder, moment)))
        except (OSError, ValueError) as error:
            self.post_message(PastRead(moment, None, str(error)))

    def on_past_read(self, event: PastRead) -> None:
        """Show it, unless somebody is elsewhere by now."""
        event.stop()
        self._is_reading = False
        if self._wanted is None:
            return
        if event.moment != self._wanted:
            self._go_to(self._wanted)
        elif event.tree is None:
            self._wanted = None
            self.say(f"what it was like cannot be read: {event.problem}", "red")
            return
        if event.tree is not None:
            self.past, self.moment = event.tree, event.moment
            self._stand_within(event.tree)
            self.draw()

    def _stand_within(self, tree: RunTree) -> None:
        """What was not there yet cannot be selected."""
        if self.place.ordinal >= len(tree) or (not self.place.is_action and not self._has_fold(tree)):
            self.select(ROOT)

    def _has_fold(self, tree: RunTree) -> bool:
        place = self.place
        return any((fold.key, fold.is_group) == (place.key, place.is_group) for fold in tree.folds(place.ordinal))

    def go_to_now(self) -> None:
        """Back from the past."""
        self._wanted = None
        if self.moment is not None:
            self.past, self.moment = None, None
            self.draw()

    # --- back

    def action_back(self) -> None:
        """Undo what was last put over the tree; at last the screen before."""
        for is_on, undo in self._layers():
            if is_on:
                undo()
                return
        super().action_back()

    def _layers(self) -> list[tuple[bool, Callable[[], object]]]:
        pane = self.tree_pane
        return [
            (self.moment is not None or self._wanted is not None, self.go_to_now),
            (bool(self.alone) and not pane.is_timeline, self._leave_full),
            (pane.critical is not None, lambda: pane.light(None)),
            (bool(pane.words), lambda: pane.find(())),
            (pane.filtering is not None, lambda: pane.filter(None, "")),
            (pane.window is not None, self.action_zoom_fit),
            (pane.is_timeline, self.action_timeline),
        ]

    def _leave_full(self) -> None:
        self._show_alone("")
        self.tree_pane.focus()
