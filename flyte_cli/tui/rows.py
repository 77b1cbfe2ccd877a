"""The tree as rows: which are there, how deep, what is folded. Pure, and it touches only what is open."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, overload

from flyte._core import Fold, RowView
from flyte_cli.marks import (
    ABORTED,
    BY_PHASE,
    CACHED,
    FAILED,
    FINISHED,
    PAUSED,
    QUEUED,
    RECOVERED,
    RETRYING,
    RUNNING,
    SUCCEEDED,
    Mark,
    mark_of,
)
from flyte_cli.tui.place import ROOT, Place

if TYPE_CHECKING:
    from flyte._core import RunTree

BUCKETS_FROM = 200
"""More siblings than this stand in buckets, one for each mark."""
FOLDED_FROM = 20
"""More siblings than this are folded until somebody looks."""
DIRECT = 4
"""So many siblings stand below their parent without a row for all of them."""
OPEN_DEPTH = 3
"""What is deeper is folded until somebody looks."""
MOST_UNFOLDED = 5000
"""More siblings than this do not unfold all at once, whatever is asked for."""

MOST_SORTED = 5000
"""More actions than this are gone through in the order they were submitted."""

HISTOGRAM = "▁"
"""The mark of the row that shows how long siblings took."""

BUCKETS: tuple[Mark, ...] = (
    FAILED, RETRYING, RUNNING, PAUSED, QUEUED, ABORTED, CACHED, RECOVERED, SUCCEEDED,
)  # fmt: skip
"""What needs a look first."""

NEVER_RECORDED = ("waiting", "interrupted")
"""Phases that screens have words for, and that no action is recorded in."""

Rule = Literal["some", "failures", "all"]


class Row(NamedTuple):
    """One line of the tree."""

    place: Place
    depth: int
    is_open: bool | None
    """None: there is nothing below it, or, for one of very many siblings, nobody looked yet."""
    chain: tuple[int, ...] = ()
    """Actions that stand in this row before its own: each the only child of the one before."""
    fold: Fold | None = None
    """Of a fan-out, group or bucket: its counts and times."""


class Stretch(NamedTuple):
    """Very many siblings, each a row; rows are made when they are seen."""

    members: list[int]
    depth: int


@dataclass
class Folding:
    """What is open. Places that nobody folded or unfolded are as the rule says."""

    chosen: dict[Place, bool] = field(default_factory=dict)
    rule: Rule = "some"

    def is_open(self, place: Place, by_default: bool) -> bool:
        """Whether what is below the place is shown."""
        return self.chosen.get(place, by_default)


class Rows(Sequence[Row]):
    """The rows from the root down."""

    def __init__(self, parts: Sequence[list[Row] | Stretch] = ()) -> None:
        self._parts = [part for part in parts if (part.members if isinstance(part, Stretch) else part)]
        self._starts: list[int] = []
        self._length = 0
        for part in self._parts:
            self._starts.append(self._length)
            self._length += len(part.members) if isinstance(part, Stretch) else len(part)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(self._length))]
        if not 0 <= index < self._length:
            raise IndexError(index)
        at = bisect_right(self._starts, index) - 1
        part, offset = self._parts[at], index - self._starts[at]
        if isinstance(part, Stretch):
            return Row(Place(part.members[offset]), part.depth, None)
        return part[offset]

    def index_of(self, place: Place) -> int | None:
        """Where the place is, also as part of a chain; None while it is folded away."""
        found = self._single.get(place)
        if found is not None or not place.is_action:
            return found
        for start, part in zip(self._starts, self._parts, strict=True):
            if isinstance(part, Stretch):
                at = bisect_left(part.members, place.ordinal)
                if at < len(part.members) and part.members[at] == place.ordinal:
                    return start + at
        return None

    def covering(self, tree: RunTree, place: Place) -> int:
        """Where the place is, or else the innermost thing that holds it."""
        found = self.index_of(place)
        if found is not None:
            return found
        return next((at for each in holders(tree, place) if (at := self.index_of(each)) is not None), 0)

    @cached_property
    def _single(self) -> dict[Place, int]:
        known: dict[Place, int] = {}
        for start, part in zip(self._starts, self._parts, strict=True):
            if not isinstance(part, Stretch):
                for index, row in enumerate(part, start):
                    known[row.place] = index
                    known.update((Place(ordinal), index) for ordinal in row.chain)
        return known


@dataclass(frozen=True)
class Kept:
    """What a filter leaves: actions that fit, and those they are below."""

    fitting: frozenset[int] = frozenset()
    children: Mapping[int, Mapping[tuple[str, bool], list[int]]] = field(default_factory=dict)
    """By parent and fold."""


def kept(tree: RunTree, fitting: Iterable[int]) -> Kept:
    """What is left when only these fit."""
    fits = frozenset(fitting)
    seen, children = set(fits), dict[int, dict[tuple[str, bool], list[int]]]()
    level: Iterable[int] = fits
    while level:
        above = set()
        for row in tree.rows(sorted(level)):
            if row.parent is not None:
                children.setdefault(row.parent, {}).setdefault(fold_of(row), []).append(row.ordinal)
                if row.parent not in seen:
                    above.add(row.parent)
        seen |= above
        level = above
    for folds in children.values():
        for members in folds.values():
            members.sort()
    return Kept(fits, children)


def layout(tree: RunTree, folding: Folding, only: Kept | None = None) -> Rows:
    """The rows from the root down; of a tree that is filtered only what is kept."""
    if not len(tree) or (only is not None and not only.fitting):
        return Rows()
    return _Layout(tree, folding, only).rows()


Piece = Row | Stretch | RowView | Fold | list[int]
"""A row, or something that rows are made of."""


class _Layout:
    """One pass over what is open. Nesting may be deep, so that what is to do is kept in a list."""

    def __init__(self, tree: RunTree, folding: Folding, only: Kept | None) -> None:
        self._tree = tree
        self._folding = folding
        self._only = only
        self._failing = failing(tree) if folding.rule == "failures" else frozenset()
        self._parts: list[list[Row] | Stretch] = []

    def rows(self) -> Rows:
        to_do: list[tuple[Piece, int, int]] = [(self._tree.rows([ROOT.ordinal])[0], ROOT.ordinal, 0)]
        while to_do:
            piece, parent, depth = to_do.pop()
            if isinstance(piece, (Row, Stretch)):
                self._add(piece)
            else:
                to_do += reversed(list(self._made_of(piece, parent, depth)))
        return Rows(self._parts)

    def _add(self, piece: Row | Stretch) -> None:
        if isinstance(piece, Stretch):
            self._parts.append(piece)
        elif self._parts and isinstance(last := self._parts[-1], list):
            last.append(piece)
        else:
            self._parts.append([piece])

    def _made_of(self, piece: RowView | Fold | list[int], parent: int, depth: int) -> Iterator[tuple[Piece, int, int]]:
        if isinstance(piece, RowView):
            return self._action(piece, depth)
        if isinstance(piece, Fold):
            return self._fold(piece, parent, depth)
        return ((each, parent, depth) for each in self._members(piece, depth))

    def _is_open(self, place: Place, plain: bool) -> bool:
        if self._only is not None or self._folding.rule == "all":
            plain = True
        elif self._folding.rule == "failures":
            plain = place in self._failing
        return self._folding.is_open(place, plain)

    def _action(self, view: RowView, depth: int) -> Iterator[tuple[Piece, int, int]]:
        chain: list[int] = []
        folds = self._folds(view)
        while (child := self._only_child(view, folds, depth)) is not None:
            chain.append(view.ordinal)
            view, folds = child, self._folds(child)
        place = Place(view.ordinal)
        is_open = self._is_open(place, self._opens(view, folds, depth)) if folds else None
        yield Row(place, depth, is_open, tuple(chain)), 0, 0
        if is_open:
            for fold in folds:
                yield fold, view.ordinal, depth + 1

    def _folds(self, view: RowView) -> list[Fold]:
        if not view.child_count:
            return []
        folds = self._tree.folds(view.ordinal)
        if self._only is None:
            return folds
        left = self._only.children.get(view.ordinal, {})
        return [fold for fold in folds if (fold.key, fold.is_group) in left]

    def _opens(self, view: RowView, folds: list[Fold], depth: int) -> bool:
        if view.ordinal == ROOT.ordinal:
            return True
        return depth < OPEN_DEPTH and any(not each.is_step for each in self._tree.rows([fold.first for fold in folds]))

    def _only_child(self, view: RowView, folds: list[Fold], depth: int) -> RowView | None:
        """The action that stands in the same row: all that its parent did, both over, with the same end."""
        if len(folds) != 1 or folds[0].total != 1 or folds[0].is_group or not depth or view.phase not in FINISHED:
            return None
        if self._only is not None or self._folding.is_open(Place(view.ordinal), self._folding.rule == "all"):
            return None
        (child,) = self._tree.rows([folds[0].first])
        return child if child.phase == view.phase and not child.is_step else None

    def _fold(self, fold: Fold, parent: int, depth: int) -> Iterator[tuple[Piece, int, int]]:
        place = Place(parent, fold.key, fold.is_group)
        if fold.total <= DIRECT and not fold.is_group:
            yield self._left(place), parent, depth
            return
        has_buckets = fold.total > BUCKETS_FROM and self._only is None
        is_open = self._is_open(place, (fold.total <= FOLDED_FROM or has_buckets) and depth <= OPEN_DEPTH)
        yield Row(place, depth, is_open, fold=fold), 0, 0
        if is_open and has_buckets:
            yield from self._buckets(fold, place, depth + 1)
        elif is_open:
            yield self._left(place), parent, depth + 1

    def _left(self, place: Place) -> list[int]:
        if self._only is not None:
            return self._only.children[place.ordinal][place.key, place.is_group]
        return members(self._tree, place)

    def _buckets(self, fold: Fold, place: Place, depth: int) -> Iterator[tuple[Piece, int, int]]:
        if fold.counts.get("succeeded") or fold.counts.get("failed"):
            yield Row(place._replace(mark=HISTOGRAM), depth, None, fold=fold), 0, 0
        for mark in BUCKETS:
            if not bucket_size(fold, mark.glyph):
                continue
            bucket = place._replace(mark=mark.glyph)
            is_wanted = {"some": False, "failures": bucket in self._failing, "all": True}[self._folding.rule]
            is_open = self._folding.is_open(bucket, is_wanted)
            yield Row(bucket, depth, is_open, fold=fold), 0, 0
            if is_open:
                yield members(self._tree, bucket), place.ordinal, depth + 1

    def _members(self, ordinals: list[int], depth: int) -> Iterator[Piece]:
        most = MOST_UNFOLDED if self._folding.rule == "all" else BUCKETS_FROM
        if len(ordinals) <= most:
            yield from self._tree.rows(ordinals)
            return
        start = 0
        for index in self._unfolded(ordinals):
            yield Stretch(ordinals[start:index], depth)
            yield from self._tree.rows(ordinals[index : index + 1])
            start = index + 1
        yield Stretch(ordinals[start:], depth)

    def _unfolded(self, ordinals: list[int]) -> list[int]:
        """Which of very many siblings show what is below them."""
        places = {place.ordinal for place, is_open in self._folding.chosen.items() if is_open and place.is_action}
        if self._only is not None:
            places |= self._only.children.keys()
        indices = (bisect_left(ordinals, ordinal) for ordinal in places if ordinals[0] <= ordinal <= ordinals[-1])
        return sorted(index for index in indices if ordinals[index] in places)


def holders(tree: RunTree, place: Place) -> Iterator[Place]:
    """What a place is in, innermost first: buckets, fan-outs or groups, actions, up to the root."""
    if not place.is_action:
        if place.mark:
            yield place._replace(mark="")
        yield Place(place.ordinal)
    for row in tree.rows([place.ordinal, *tree.ancestors(place.ordinal)]):
        if row.parent is not None:
            fold = Place(row.parent, *fold_of(row))
            yield fold._replace(mark=mark_of(row.phase).glyph)
            yield fold
            yield Place(row.parent)


def fold_of(row: RowView) -> tuple[str, bool]:
    """Key of the fan-out or group that an action is in, and whether it is a group."""
    return (row.short_name, False) if row.group is None else (row.group, True)


def phases_of(mark: str) -> list[str]:
    """The phases that share a mark."""
    return [phase for phase, each in BY_PHASE.items() if each.glyph == mark and phase not in NEVER_RECORDED]


def bucket_size(fold: Fold, mark: str) -> int:
    """How many of the siblings have a mark."""
    return sum(fold.counts.get(phase, 0) for phase in phases_of(mark))


def members(tree: RunTree, place: Place) -> list[int]:
    """The actions of a fan-out, group or bucket, in order."""
    return tree.members(place.ordinal, place.key, place.is_group, phases_of(place.mark) or None)


def failing(tree: RunTree) -> frozenset[Place]:
    """Everything that has a failure in it."""
    failed = tree.failures()
    return frozenset(place for place in _holding(tree, failed) if place.mark in ("", FAILED.glyph))


def holding(tree: RunTree, ordinals: Iterable[int]) -> frozenset[Place]:
    """Everything that has one of these actions in it."""
    return frozenset(_holding(tree, ordinals))


def _holding(tree: RunTree, ordinals: Iterable[int]) -> Iterator[Place]:
    seen: set[int] = set()
    level = set(ordinals)
    while level:
        above = set()
        for row in tree.rows(sorted(level)):
            if row.parent is None:
                continue
            fold = Place(row.parent, *fold_of(row))
            yield from (fold, fold._replace(mark=mark_of(row.phase).glyph), Place(row.parent))
            above.add(row.parent)
        seen |= level
        level = above - seen


def origins(tree: RunTree) -> list[int]:
    """Actions that failed by themselves, not because of one below them, in the order of the rows."""
    failed = tree.failures()
    passed = {row.parent for row in tree.rows(failed)}
    return in_order(tree, [ordinal for ordinal in failed if ordinal not in passed])


def in_order(tree: RunTree, ordinals: Sequence[int]) -> list[int]:
    """The actions as their rows stand below each other, were all of them shown."""
    if len(ordinals) > MOST_SORTED:
        return sorted(ordinals)
    firsts: dict[int, dict[tuple[str, bool], Fold]] = {}
    keys: dict[int, tuple[tuple[int, int, int], ...]] = {}

    def key(ordinal: int) -> tuple[tuple[int, int, int], ...]:
        """Where it stands at each level: fan-out, bucket, action."""
        missing = [each for each in (ordinal, *tree.ancestors(ordinal)) if each not in keys]
        for row in reversed(tree.rows(missing)):
            if row.parent is None:
                keys[row.ordinal] = ()
                continue
            if row.parent not in firsts:
                firsts[row.parent] = {(fold.key, fold.is_group): fold for fold in tree.folds(row.parent)}
            fold = firsts[row.parent][fold_of(row)]
            bucket = BUCKETS.index(mark_of(row.phase)) if fold.total > BUCKETS_FROM else 0
            keys[row.ordinal] = (*keys[row.parent], (fold.first, bucket, row.ordinal))
        return keys[ordinal]

    return sorted(ordinals, key=key)


def newest_running(tree: RunTree) -> int | None:
    """The action that started last of those that run, as deep as it goes."""
    newest, at = None, ROOT.ordinal if len(tree) else None
    while at is not None:
        running: list[int] = []
        for fold in tree.folds(at):
            if fold.counts.get("running"):
                running += tree.members(at, fold.key, fold.is_group, ["running"])[-1:]
        at = max(tree.rows(running), key=lambda row: row.started_at or 0.0).ordinal if running else None
        newest = at if at is not None else newest
    return newest


def first_failed(tree: RunTree) -> int | None:
    """The failure that came first, of those that were not passed on."""
    by_themselves = set(origins(tree))
    return next((ordinal for ordinal in tree.finished(0) if ordinal in by_themselves), None)
