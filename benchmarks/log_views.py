"""What looking at a log of a gigabyte takes: `python benchmarks/log_views.py [MEGABYTES]`. It only prints."""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line
from flyte_cli.tui.logs.asked import Asked
from flyte_cli.tui.logs.book import FIRST, Item, Key, LogBook, Narrowing
from flyte_cli.tui.logs.line_rows import Layout, line_rows
from flyte_cli.tui.logs.pager import Pager
from flyte_cli.tui.place import ROOT

STRIDE = 256 * 1024
ACTIONS = 16
HEIGHT = 50
BACK = 1 << 20
LAYOUT = Layout(120, 0.0, Look(), name_width=10)


def main() -> None:
    """Make a log, and look at it here and there."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        lines = write_log(Path(folder), megabytes << 20)
        print(f"{lines:,} lines in {megabytes} MB, written in {time.perf_counter() - started:.0f} s")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        look_around(folder)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"{'most memory that this took':44}{grown:9.0f} MB")


def look_around(folder: str) -> None:
    """Everything somebody may do, in the order of its cost."""
    book = opened(folder)
    show("open, and the last screen", lambda: screen(opened(folder)))
    show("the first screen", lambda: screen(book, FIRST))
    show("the screen in the middle", lambda: screen(book, Key(book.pages.at_fraction(0.5), 0)))
    show("an action that printed long ago, first look", lambda: screen(opened(folder, [ACTIONS + 1])))
    show("count all lines, errors and warnings", lambda: count(opened(folder)), 1)
    count(book)
    show("an action that printed long ago, counted", lambda: screen(counted(folder, [ACTIONS + 1])), 1)
    book.narrow(Narrowing("needle in"))
    show("find the needle, from the end", lambda: seek(book), 1)
    show("count the hits", lambda: count(book), 1)
    show("find it again, now that hits are counted", lambda: seek(book))
    book.narrow(Narrowing(r"loss=0\.\d*77 ", is_regex=True, any_case=False, only_hits=True))
    show("keep only hits of a regular expression", lambda: screen(book))
    show("count those", lambda: count(book), 1)
    book.narrow(Narrowing(level=1))
    show("only errors, the last screen", lambda: screen(book))


def write_log(folder: Path, size: int) -> int:
    """Lines as the engine writes them, with the places beside them; how many."""
    places, offset, last, count = bytearray(), 0, 0, 0
    with open(folder / "logs", "wb") as file:
        while offset < size:
            frames = []
            for number in range(count, count + 10_000):
                at = (1 << 28) + number * 100
                if offset - last >= STRIDE:
                    last = offset
                    places += offset.to_bytes(8, "little") + at.to_bytes(8, "little")
                frames.append(frame(number, at))
                offset += len(frames[-1])
            file.write(b"".join(frames))
            count += 10_000
    (folder / "logs.places").write_bytes(places)
    return count


def frame(number: int, at: int) -> bytes:
    """One line: ordinal, stream, time, text."""
    level = b"ERROR" if number % 100_000 == 99_999 else b"WARNING" if number % 10_000 == 9_999 else b"INFO"
    needle = b" needle in a haystack" if number == 100_000 else b""
    text = b"%s step=%d loss=0.%05d and what else there is to say of it, at some length%s" % (
        level,
        number,
        number % 99_991,
        needle,
    )
    ordinal = ACTIONS + 1 if 1000 < number < 1010 else number % ACTIONS
    return bytes((ordinal, 0)) + varint(at) + varint(len(text)) + text


def varint(value: int) -> bytes:
    """Seven bits to a byte."""
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(found) + bytes((value,))


def opened(folder: str, ordinals: list[int] | None = None) -> LogBook:
    """The log of some actions, or all."""
    book = LogBook(Asked(folder, ROOT, None, None, None), ordinals, 0)
    book.refresh()
    return book


def counted(folder: str, ordinals: list[int]) -> LogBook:
    """With all that it needs to know of itself."""
    book = opened(folder, ordinals)
    count(book)
    return book


def screen(book: LogBook, top: Key | None = None) -> None:
    """Read and lay out what fits."""
    pager = Pager(book, rows_of)
    if top is not None:
        pager.to(top)
    pager.screen(HEIGHT)


def rows_of(item: Item) -> list[Line]:
    """The rows of a line."""
    return line_rows(item.row, f"flaky.{item.ordinal}", LAYOUT, False, None) if item.row is not None else []


def count(book: LogBook) -> None:
    """As a thread does."""
    while book.pages.count():
        pass


def seek(book: LogBook) -> None:
    """Look for a hit from the end."""
    at, is_end = book.pages.end, False
    while not is_end:
        page = book.pages.find(at, False, 16 * BACK)
        if page.rows:
            return
        at, is_end = page.reached, page.is_end
    sys.exit("the needle is not there")


def show(name: str, look: Callable[[], object], rounds: int = 5) -> None:
    """Print what it took."""
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        look()
        took.append((time.perf_counter() - started) * 1e3)
    print(f"{name:44}{statistics.median(took):9.2f} ms")


if __name__ == "__main__":
    main()
