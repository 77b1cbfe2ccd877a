"""Text, code and HTML as lines: nothing is lost, nothing is wider than its place, nothing is obeyed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

import flyte_cli
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Span, columns
from flyte_cli.output.visible import visible
from flyte_cli.tui.details.code import MOST_COLOURED, coloured
from flyte_cli.tui.details.html_text import page_lines, pages_of
from flyte_cli.tui.details.wrapping import MOST_CHARACTERS, NARROWEST, flowed, wrapped, wrapped_spans
from tests.tui.details_made_up import text

WORDS = st.text(st.sampled_from("ab 界ש\t[]\x1b"), max_size=200)


@given(WORDS, st.integers(NARROWEST + 2, 60))
def test_wrapped_text_is_never_wider_and_loses_only_blanks(said: str, width: int) -> None:
    lines = list(wrapped(said, width, indent=0))
    assert all(columns(each) <= width for each in lines)
    joined = "".join(span.text for each in lines for span in each)
    assert joined.replace(" ", "") == visible(said.expandtabs(4)).replace(" ", "")


@given(st.lists(WORDS, max_size=5), st.integers(NARROWEST + 6, 60), st.integers(0, 4))
def test_wrapped_spans_keep_their_text_and_styles(said: list[str], width: int, indent: int) -> None:
    spans = tuple(Span(visible(each.expandtabs(4)), str(place)) for place, each in enumerate(said))
    lines = list(wrapped_spans(spans, width, (), indent))
    assert all(columns(each) <= width for each in lines)
    for place, each in enumerate(spans):
        kept = "".join(span.text for line in lines for span in line if span.style == str(place))
        assert kept.replace(" ", "") == each.text.replace(" ", "")


@given(st.lists(WORDS, max_size=5), st.integers(NARROWEST + 6, 60))
def test_flowing_text_keeps_its_words(said: list[str], width: int) -> None:
    lines = list(flowed([Span(each) for each in said], width))
    assert all(columns(each) <= width for each in lines)
    joined = "".join(span.text for line in lines for span in line)
    assert joined.replace(" ", "") == visible("".join("".join(said).split()))


def test_a_text_without_end_says_how_much_is_missing() -> None:
    *_, last = wrapped("x" * (MOST_CHARACTERS + 1_234), 80)
    assert text([last]) == "1,234 more characters"


def test_ten_thousand_characters_without_a_blank_are_broken() -> None:
    lines = list(wrapped("界" * 10_000, 40))
    assert [columns(each) for each in lines] == [40] * 500


@pytest.mark.parametrize("file", sorted(Path(flyte_cli.__file__).parent.glob("ops/*.py")), ids=lambda file: file.name)
def test_coloured_code_reads_as_it_is_written(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert [text([each]) for each in coloured(lines)] == [visible(each).rstrip() for each in lines]


def test_code_has_colours_by_what_it_is() -> None:
    code = [
        "@env.task(retries=2)",
        "async def f(i: int) -> str:",
        '    return f"{i}" + """a',
        'b"""  # why',
        "    len(3.5)",
    ]
    styles = {(span.text, span.style) for line in coloured(code) for span in line if span.style}
    assert styles >= {
        ("env", "blue"),
        ("2", "yellow"),
        ("async", "magenta"),
        ("f", "bold blue"),
        ("int", "cyan"),
        ('b"""', "green"),
        ("# why", "dim italic"),
        ("len", "cyan"),
        ("3.5", "yellow"),
    }


@pytest.mark.parametrize(
    "lines",
    [
        ["def f(:", "  )))"],
        ["'''never closed", "x"],
        ["\x00\x1b", "\tif"],
        ["x = 1"] * (MOST_COLOURED + 1),
        [""],
        [],
    ],
)
def test_what_is_no_program_is_shown_all_the_same(lines: list[str]) -> None:
    assert [text([each]) for each in coloured(lines)] == [visible(each.expandtabs(4)).rstrip() for each in lines]


REPORT = """
<h1>Training &amp; more</h1><p>It went <b>well</b>, <i>mostly</i>: see <a href="https://x.org/a?b=1&amp;c">the
paper</a> or <a href="#top">above</a>. <code>loss = 0.1</code></p>
<style>p { color: red }</style><script>alert("<p>no</p>")</script>
<table><tr><th>epoch</th><th>loss</th><th>what was seen while it went on for so very long a time</th></tr>
<tr><td>1</td><td>0.51</td><td>[bold]nothing[/bold]</td></tr><tr><td>2</td><td><b>0.2</b></td></tr></table>
<ul><li>one<li>two <ol><li>deep</li><li>deeper</li></ol><li><p>three</p></ul>
<img width=640 height="480px" alt="loss"><svg width="30" height="20"><text>no</text></svg>
<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAHCAYAAADAp4fuAAAADklEQVR4nGNgGAWkAgABYAABHWm/KgAA">
<hr><pre>a  b
 c\td</pre><h3>End</h3>never closed <b>bold <div>and on
"""


@pytest.mark.parametrize("width", [60, 30])
def test_a_report_as_text(width: int, snapshot: SnapshotAssertion) -> None:
    (page,) = pages_of(REPORT)
    assert text(page_lines(page.blocks, Look(), width)) == snapshot


def test_each_tab_of_a_report_is_a_page() -> None:
    from flyte.report.page import page

    found = pages_of(page("title", [("main", "<p>one"), ("a & b", "<b>two</b> &lt;x&gt;")]))
    assert [(each.name, text(page_lines(each.blocks, Look(), 40))) for each in found] == [
        ("main", "one"),
        ("a & b", "two <x>"),
    ]


PIECES = ["<", ">", "</", "a", "b", '"', "'", "=", " ", "&", ";", "#", "!--", "table", "tr", "td", "li", "svg", "pre"]


@given(st.lists(st.sampled_from([*PIECES, "<iframe srcdoc=", "<![", "<?", "<td>", "<table>", "</table>", "<ol>"])))
def test_no_markup_is_too_broken(pieces: list[str]) -> None:
    for page in pages_of("".join(pieces)):
        assert all(columns(each) <= 40 for each in page_lines(page.blocks, Look(), 40))


def test_deep_markup_is_read() -> None:
    depth = 5_000
    for tag in ("div", "ul><li", "table><tr><td", "svg", "b"):
        (page,) = pages_of(f"<{tag}>" * depth + "x" + "<p>end") or [None]
        if page is not None:
            list(page_lines(page.blocks, Look(), 40))
