"""Lines of a log as rows: colours of the task's own, cutting, wrapping, folding."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, columns
from flyte_cli.tui.logs.line_rows import MOST, Layout, line_rows, plain_text, setback_rows
from flyte_cli.tui.logs.own_colours import coloured

PLAIN = Layout(width=60, started_at=1_760_000_000.0, look=Look())


def row(text: str | bytes, **fields: Any) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return SimpleNamespace(**{"at": 3_100_000, "ordinal": 1, "text": data, "level": 3, "inside": 0, **fields})


def setback(head: str, **fields: Any) -> Any:
    usual = {"at": 2_800_000, "ordinal": 3, "kind": "failed", "attempt": 1, "is_retried": True, "text": head}
    return SimpleNamespace(**{**usual, **fields})


def rows(text: str | bytes, layout: Layout = PLAIN, name: str = "", opened: bool = False, **fields: Any) -> list[Line]:
    return line_rows(row(text, **fields), name, layout, opened, None)


def shown(text: str | bytes, layout: Layout = PLAIN, **settings: Any) -> list[str]:
    return ["".join(span.text for span in each) for each in rows(text, layout, **settings)]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("plain", [("plain", "")]),
        ("\x1b[31mred\x1b[0m.", [("red", "fg:red"), (".", "")]),
        ("\x1b[1;4;92mx\x1b[22;39my", [("x", "bold underline fg:bright_green"), ("y", "underline")]),
        ("\x1b[38;5;208ma\x1b[48;2;1;2;3mb", [("a", "fg:color(208)"), ("b", "fg:color(208) bg:#010203")]),
        ("\x1b[38;5mx", [("x", "")]),
        ("\x1b[38;2;999;0;0mx", [("x", "")]),
        ("\x1b[99999999999mx", [("x", "")]),
        ("\x1b[2Jx\x1b[", [("\\x1b[2Jx\\x1b[", "")]),
        ("[bold]a[/]\x07", [("[bold]a[/]\\x07", "")]),
        ("a\tb", [("a       b", "")]),
        ("\x1b[1mabc\x1b[0m\td", [("abc", "bold"), ("     d", "")]),
        ("\u202eevil", [("\\u202eevil", "")]),
    ],
)
def test_colours_are_kept_and_nothing_else_is_obeyed(text: str, spans: list[tuple[str, str]]) -> None:
    assert list(coloured(text)) == [Span(*each) for each in spans]


def test_a_line_has_its_time_and_its_action() -> None:
    assert shown("step=5", replace(PLAIN, name_width=8), name="flaky.3") == ["   3.1s flaky.3  │ step=5"]
    assert shown("step=5") == ["   3.1s │ step=5"]


def test_a_name_that_is_too_long_keeps_its_end() -> None:
    assert shown("x", replace(PLAIN, name_width=10), name="branch.0/twig.1/leaf.2") == ["   3.1s ….1/leaf.2 │ x"]


def test_times_may_be_those_of_the_day() -> None:
    assert shown("x", replace(PLAIN, clock=True))[0][-8:] == "3.100 │ x"[-8:]


def test_bytes_that_are_no_text_are_shown_as_numbers() -> None:
    assert shown(b"\xff\x00a") == ["   3.1s │ \\xff\\x00a"]


def test_only_the_last_state_of_a_progress_bar_is_shown() -> None:
    assert shown("10%\r20%\r99%\r") == ["   3.1s │ 99%"]


def test_a_long_line_is_cut_with_a_sign_and_can_be_looked_at_further_in() -> None:
    (cut,) = shown("0123456789" * 1000)
    assert cut.endswith("678›")
    assert len(cut) == 60
    (further,) = shown("0123456789" * 1000, replace(PLAIN, left=16))
    assert further.startswith("   3.1s │ 6789")
    (last,) = shown("0123456789", replace(PLAIN, left=8))
    assert last == "   3.1s │ 89"


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "界" * 10_000, "שלום " * 2000, "e\u0301" * 5000, "\x1b[31m界\x1b[0ma" * 900]
)
@pytest.mark.parametrize("width", [5, 20, 61])
def test_wrapped_rows_hold_all_of_a_line_and_fit(text: str, width: int) -> None:
    layout = replace(PLAIN, width=width, wraps=True)
    room = max(width - 10, 8)
    found = rows(text, layout)
    assert all(columns(each) <= room + 10 for each in found)
    whole = "".join(span.text for each in found for span in each[2:])
    assert whole == "".join(span.text for span in coloured(text))


def test_an_endless_line_says_how_much_of_it_is_left_out() -> None:
    found = shown("x" * (MOST + 500), replace(PLAIN, wraps=True))
    assert found[-1].endswith("… 500 more characters")


def test_an_empty_line_is_a_row() -> None:
    assert shown("", replace(PLAIN, wraps=True)) == shown("") == ["   3.1s │ "]


def test_a_traceback_says_what_is_folded() -> None:
    head = "Traceback (most recent call last):"
    assert shown(head, inside=6, level=1) == ["   3.1s │ Traceback (most recent call las…  ▸ 6 lines folded"]
    assert shown(head, replace(PLAIN, width=40), inside=6) == ["   3.1s │ Traceback (most re…  ▸ 6 lines"]
    wide = replace(PLAIN, width=90)
    assert shown(head, wide, inside=6) == [f"   3.1s │ {head}  ▸ 6 lines folded"]
    assert shown(head, wide, inside=6, opened=True) == [f"   3.1s │ {head}  ▾"]


def test_a_line_of_json_shows_its_message_and_unfolds() -> None:
    text = '{"level": "info", "message": "done", "loss": 0.5}'
    assert shown(text) == ["   3.1s │ done  ▸ 2 fields folded"]
    assert shown(text, opened=True) == [
        "   3.1s │ done  ▾",
        "        │ {",
        '        │   "level": "info",',
        '        │   "message": "done",',
        '        │   "loss": 0.5',
        "        │ }",
    ]


@pytest.mark.parametrize("text", ["{}", "{not json}", "[1, 2]", '{"a": 1} and more', "{" * 100_000 + "}"])
def test_what_is_no_json_object_is_an_ordinary_line(text: str) -> None:
    assert "▸" not in shown(text)[0]


def test_hits_are_lit_also_across_colours() -> None:
    found = line_rows(
        row("a\x1b[31mbc\x1b[0md"), "", PLAIN, False, lambda text: [(text.index("b"), text.index("d") + 1)]
    )
    assert [(span.text, span.style) for span in found[0][2:]] == [
        ("a", ""),
        ("bc", "bold yellow reverse"),
        ("d", "bold yellow reverse"),
    ]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "↻ RuntimeError: transient · attempt 2 of 3"),
        ({"is_retried": False, "attempt": 3}, "✗ RuntimeError: transient · attempt 3 of 3"),
        ({"kind": "lost"}, "↻ its worker died, started again"),
        ({"kind": "climbed", "text": "out of memory: again with 2 GiB"}, "↻ out of memory: again with 2 GiB"),
    ],
)
def test_what_went_wrong_is_said_between_the_lines(fields: dict[str, Any], text: str) -> None:
    found = setback_rows(setback("RuntimeError: transient", **fields), "flaky.3", 3, replace(PLAIN, name_width=7))
    assert plain_text(found) == f"   2.8s flaky.3 {text}"


def test_ascii_terminals_get_ascii() -> None:
    layout = replace(PLAIN, look=Look(ascii=True), name_width=6)
    text = plain_text(line_rows(row("x" * 100, inside=2), "branch.0", layout, False, None))
    text += plain_text(setback_rows(setback("E: x"), "branch.0", 3, layout))
    assert text.isascii()
