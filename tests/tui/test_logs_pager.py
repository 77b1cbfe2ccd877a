"""What of a log is on the screen, and what stands in it between the lines."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flyte_cli.output.spans import Line, Span
from flyte_cli.tui.logs.asked import Asked
from flyte_cli.tui.logs.book import FIRST, LINE, Item, Key, LogBook, Narrowing, Part
from flyte_cli.tui.logs.pager import Pager
from flyte_cli.tui.place import ROOT
from tests.tui.log_files import WrittenLog
from tests.tui.runs import Recorded


class Heights:
    """Items of so many rows each."""

    def __init__(self, heights: list[int]) -> None:
        self.heights = heights

    def item(self, place: int) -> Item:
        return Item(Key(place, LINE), None, None)

    def after(self, key: Key, count: int) -> Part:
        first = key.offset + 1 if key.order == LINE else max(key.offset, 0)
        places = range(first, min(first + count, len(self.heights)))
        return Part([self.item(place) for place in places], first + count >= len(self.heights), 0)

    def before(self, key: Key, count: int) -> Part:
        last = min(key.offset, len(self.heights))
        places = range(max(last - count, 0), max(last, 0))
        return Part([self.item(place) for place in places], last - count <= 0, 0)

    def rows_of(self, item: Item) -> list[Line]:
        return [(Span(f"{item.key.offset}.{part}"),) for part in range(self.heights[item.key.offset])]

    @property
    def whole(self) -> list[str]:
        return [f"{place}.{part}" for place, height in enumerate(self.heights) for part in range(height)]


def texts(pager: Pager, height: int) -> list[str]:
    return ["".join(span.text for span in row.line) for row in pager.screen(height)]


Moves = st.lists(st.one_of(st.integers(-9, 9), st.tuples(st.integers(0, 30))), max_size=12)


@given(st.lists(st.integers(1, 4), max_size=30), st.integers(1, 12), Moves)
def test_however_one_scrolls_the_screen_is_full_and_shows_what_is_there(
    heights: list[int], height: int, moves: list[int | tuple[int]]
) -> None:
    book = Heights(heights)
    pager = Pager(book, book.rows_of)
    whole = book.whole
    for move in moves:
        before = texts(pager, height)
        if isinstance(move, tuple):
            if move[0] < len(heights):
                (pager.bring if move[0] % 2 else pager.show)(book.item(move[0]), height)
                assert any(row.item.key.offset == move[0] for row in pager.screen(height))
        else:
            pager.scroll(move, height)
        now = texts(pager, height)
        assert len(now) == min(height, len(whole))
        if not whole:
            continue
        place = whole.index(now[0])
        assert now == whole[place : place + height]
        if not isinstance(move, tuple):
            wanted = whole.index(before[0]) + move
            assert place == min(max(wanted, 0), max(len(whole) - height, 0))
    if pager.follows:
        assert texts(pager, height) == whole[-height:]


def test_what_is_on_the_screen_stays_there_while_more_comes() -> None:
    book = Heights([1] * 20)
    pager = Pager(book, book.rows_of)
    pager.scroll(-3, 5)
    before = texts(pager, 5)
    book.heights += [1] * 50
    assert texts(pager, 5) == before
    assert not pager.follows
    pager.scroll(100, 5)
    assert pager.follows
    assert texts(pager, 5)[-1] == "69.0"


# --- what stands in it


def opened(folder: Path, ordinals: list[int] | None = None, **asked: int) -> LogBook:
    book = LogBook(Asked(str(folder), ROOT, asked.get("attempt"), asked.get("after"), None), ordinals, 0)
    book.refresh()
    book.learn_setbacks()
    return book


def said(items: list[Item]) -> list[str]:
    found = []
    for item in items:
        if item.row is not None:
            found.append(item.row.text.decode("utf-8", "backslashreplace"))
        elif item.setback is not None:
            found.append(f"{'retried' if item.setback.is_retried else 'failed'}: {item.setback.text}")
    return found


def test_what_went_wrong_stands_behind_what_the_attempt_printed(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    (seventh,) = tree.failures()[:1]
    begins = "flaky 7 begins [7] [bold]not markup[/bold]"
    error = "ValueError: item 7 is poisoned: expected > 0, got -7"
    tries = [begins, "about to fail", f"retried: {error}"]
    expected = [*tries, *tries, begins, "about to fail", f"failed: {error}"]
    book = opened(failed_run.folder, [seventh])
    assert said(book.after(FIRST, 100).items) == expected
    backwards: list[Item] = []
    key = Key(1 << 60, LINE)
    while found := book.before(key, 1).items:
        backwards, key = [*found, *backwards], found[0].key
    assert said(backwards) == expected


def test_only_hits_also_holds_for_what_went_wrong(failed_run: Recorded) -> None:
    book = opened(failed_run.folder)
    book.narrow(Narrowing("transient", only_hits=True))
    found = said(book.after(FIRST, 100).items)
    assert found
    assert all("transient failure" in text for text in found)


def test_actions_that_start_later_are_read_too(empty_run: Recorded, tmp_path: Path) -> None:
    log = WrittenLog(tmp_path)
    (tmp_path / "journal.db").write_bytes((empty_run.folder / "journal.db").read_bytes())
    log.write("mine", ordinal=1)
    log.write("later", ordinal=2)
    book = opened(tmp_path, [1])
    assert said(book.after(FIRST, 9).items) == ["mine"]
    book.grow([1, 2], 0)
    assert said(book.after(FIRST, 9).items) == ["mine", "later"]


@pytest.mark.parametrize("pattern", ["(", "[a", "*"])
def test_a_pattern_that_is_none_is_refused_and_nothing_changes(failed_run: Recorded, pattern: str) -> None:
    book = opened(failed_run.folder)
    before = said(book.after(FIRST, 100).items)
    with pytest.raises(ValueError, match=r"\w+"):
        book.narrow(Narrowing(pattern, is_regex=True, only_hits=True))
    assert said(book.after(FIRST, 100).items) == before
