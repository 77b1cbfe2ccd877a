"""Text of users is data: shown whole, obeyed never."""

import io

import pytest

from flyte_cli.output.look import GLYPHS, Look, wants_ascii, wants_colour
from flyte_cli.output.paper import Paper
from flyte_cli.output.spans import Span, clipped, columns, line, padded, painted, trimmed
from flyte_cli.output.visible import clip, last_state, visible, width_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[bold]x[/bold] {y} %s", "[bold]x[/bold] {y} %s"),
        ("a\tb", "a\tb"),
        ("日本 é", "日本 é"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("a\x00b\x9bc", "a\\x00b\\x9bc"),
        ("line\nbreak", "line\\x0abreak"),
        ("abc\u202edef", "abc\\u202edef"),
    ],
)
def test_control_characters_are_shown_and_colours_stripped(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_colours_are_kept_for_a_terminal_and_always_end() -> None:
    assert visible("\x1b[31mred\x07", keep_colour=True) == "\x1b[31mred\\x07\x1b[0m"


def test_a_line_of_ten_thousand_characters_stays_whole() -> None:
    assert visible("é" * 10_000) == "é" * 10_000


def test_a_progress_bar_shows_its_last_state() -> None:
    assert last_state("10%\r50%\r100%") == "100%"
    assert last_state("done\r") == "done"


def test_width_counts_columns_not_characters() -> None:
    assert [width_of(text) for text in ("abc", "日本", "e\u0301")] == [3, 4, 1]


@pytest.mark.parametrize(("width", "text"), [(6, "日本語"), (5, "日本…"), (4, "日…"), (1, "…"), (0, "")])
def test_clipping_never_cuts_through_a_character(width: int, text: str) -> None:
    assert clip("日本語", width) == text


def test_lines_are_cut_filled_and_trimmed_by_columns() -> None:
    spans = line("ab", Span("cdef", "bold"))
    assert clipped(spans, 4) == (Span("ab"), Span("c…", "bold"))
    assert columns(padded(spans, 9)) == 9
    assert trimmed(padded(spans, 9)) == spans


def test_colour_is_put_on_only_when_wanted() -> None:
    spans = (Span("x", "bold red"), Span("y"))
    assert painted(spans, colour=False) == "xy"
    assert painted(spans, colour=True) == "\x1b[1;31mx\x1b[0my"


@pytest.mark.parametrize(
    ("choice", "terminal", "environment", "colour"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": "0"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_who_decides_on_colour(choice: str, terminal: bool, environment: dict[str, str], colour: bool) -> None:
    assert wants_colour(choice, terminal, environment) is colour


@pytest.mark.parametrize(
    ("encoding", "environment", "ascii"),
    [
        ("UTF-8", {}, False),
        ("utf8", {}, False),
        ("latin-1", {}, True),
        (None, {}, True),
        ("utf-8", {"TERM": "dumb"}, True),
        ("utf-8", {"FLYTE_ASCII": "1"}, True),
        ("utf-8", {"FLYTE_ASCII": "0"}, False),
    ],
)
def test_who_decides_on_ascii(encoding: str | None, environment: dict[str, str], ascii: bool) -> None:
    assert wants_ascii(encoding, environment) is ascii


def test_every_sign_has_an_ascii_form() -> None:
    assert all(form.isascii() and form for form in GLYPHS.values())
    assert Look(ascii=True).glyph("…") == "..."


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_went_away_is_no_error() -> None:
    paper = Paper(Gone(), Look())
    paper.line(line("one"))
    paper.line(line("two"))
    assert paper.closed


def test_what_the_encoding_lacks_is_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Paper(stream, Look(ascii=True)).line(line("é"))
    assert raw.getvalue() == b"\\xe9\n"
