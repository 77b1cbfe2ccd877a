"""The page of a report: one file, well-formed whatever the tabs hold, and nothing fetched from anywhere."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flyte.report import Report, Timeline, abbreviate, duration_ms, get_tab
from flyte.report.page import page
from tests.report.conftest import Attempt, read, tabs_of

HOSTILE = [
    "<div><b>never closed",
    "</div></body></html>",
    "<script>if (a < b && '\"') {}</script>",
    "<!-- never closed",
    '<a href="',
    "</iframe><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "<style>nav { display: none }</style>",
    "<!doctype html><html><body>a whole document</body></html>",
    "&amp; &lt; &quot;",
    "\x00\udc80 ✓",
]


def test_a_template_gets_an_item_and_a_body_per_tab(tmp_path: Path) -> None:
    template = tmp_path / "own.html"
    template.write_text("<ul>$NAV_HTML</ul><main>$BODY_HTML</main> 5 $$", encoding="utf-8")
    report = Report("name", template_path=template)
    report.get_tab("main").log("<p>$one</p>")
    report.get_tab("a<b").log("<p>two</p>")
    item = '<li onclick="handleLinkClick(this)">'
    assert report.get_final_report() == (
        f"<ul>{item}main</li>{item}a&lt;b</li></ul><main><div><p>$one</p></div><div><p>two</p></div></main> 5 $"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$TITLE", "has the placeholder `$TITLE`; a report fills in `$NAV_HTML` and `$BODY_HTML`"),
        ("costs 5$", "Invalid placeholder in string: line 1, col 8; `$$` is a dollar sign"),
    ],
)
def test_a_template_with_other_placeholders_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    template = tmp_path / "own.html"
    template.write_text(text)
    with pytest.raises(ValueError, match=re.escape(str(template))) as refusal:
        Report("name", template_path=template).get_final_report()
    assert message in str(refusal.value)


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"own\.html"):
        Report("name", template_path=tmp_path / "own.html").get_final_report()


@pytest.mark.parametrize("content", HOSTILE)
def test_a_tab_can_hold_anything_and_leaves_the_others_alone(content: str) -> None:
    tabs = tabs_of(page("title", [("one", content), ("two", "<p>two</p>")]))
    assert list(tabs) == ["one", "two"]
    assert f"<body>\n{content}\n</body>" in tabs["one"]
    assert "<body>\n<p>two</p>\n</body>" in tabs["two"]


@settings(max_examples=200, deadline=None)
@given(title=st.text(), tabs=st.lists(st.tuples(st.text(), st.text(min_size=1)), min_size=1, max_size=4))
def test_any_text_makes_a_well_formed_page(title: str, tabs: list[tuple[str, str]]) -> None:
    reader = read(page(title, tabs))
    frames = [attributes for tag, attributes in reader.found if tag == "iframe"]
    assert len(frames) == len(tabs)


def test_names_and_titles_are_text() -> None:
    reader = read(page("<b>title", [("<i>a", "<p>a</p>"), ("b", "<p>b</p>")]))
    assert "<b>title" in reader.text
    assert "<i>a" in reader.text
    assert {"b", "i"} & {tag for tag, _ in reader.found} == set()


def test_the_first_tab_shows_and_each_has_a_switch() -> None:
    reader = read(page("title", [("a", "<p>a</p>"), ("empty", ""), ("b", "<p>b</p>")]))
    inputs = [attributes for tag, attributes in reader.found if tag == "input"]
    labels = [attributes for tag, attributes in reader.found if tag == "label"]
    assert [each["id"] for each in inputs] == ["t0", "t1"]
    assert ["checked" in each for each in inputs] == [True, False]
    assert [each["for"] for each in labels] == ["t0", "t1"]


def test_nothing_is_fetched_from_elsewhere() -> None:
    text = page("title", [("a", "<p>a</p>")])
    assert re.findall(r"https?:|@import|url\(|<link|<script", text) == []


def test_tabs_cannot_reach_the_page_around_them() -> None:
    (frame,) = [attributes for tag, attributes in read(page("title", [("a", "x")])).found if tag == "iframe"]
    assert "allow-same-origin" not in str(frame["sandbox"])
    assert "allow-top-navigation" not in str(frame["sandbox"])


def test_an_empty_report_is_a_page_too() -> None:
    assert list(tabs_of(Report("r").get_final_report())) == ["main"]


def test_a_timeline_escapes_what_it_is_told(attempt: Attempt) -> None:
    timeline = Timeline("steps")
    timeline.heading("a < b")
    timeline.row(icon="&#10003;", label="<l>", meta="<m>", detail=abbreviate("<d>"), error=ValueError("<e>"))
    timeline.row()
    html = get_tab("steps").get_html()
    assert "a &lt; b</h3>" in html
    assert [f"&lt;{letter}&gt;" in html for letter in "lmde"] == [True] * 4
    assert html.count("⚠") == 1
    assert "&#10003;" in html


@pytest.mark.parametrize(
    ("value", "limit", "html"),
    [(None, 300, ""), ("a<b", 300, "a&lt;b"), ({"a": 1}, 300, "{&#x27;a&#x27;: 1}"), ("abc", 3, "abc")],
)
def test_short_values_are_shown_whole(value: object, limit: int, html: str) -> None:
    assert abbreviate(value, limit) == html


def test_long_values_unfold() -> None:
    html = abbreviate("<bcdefghij", 5)
    assert "<summary" in html
    assert "&lt;bcde... (+5)" in html
    assert "&lt;bcdefghij</pre>" in html


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2024-01-01T00:00:00", "2024-01-01T00:00:01.5", "1500 ms"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:02:01.5Z", "121500 ms"),
        ("2024-01-02", "2024-01-01", "-86400000 ms"),
        ("2024-01-01T00:00:00", "2024-01-01T00:00:00.012300", "12 ms"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:01", ""),
        (None, None, ""),
        ("x", "y", ""),
    ],
)
def test_durations_are_in_milliseconds(start: object, end: object, text: str) -> None:
    assert duration_ms(start, end) == text
