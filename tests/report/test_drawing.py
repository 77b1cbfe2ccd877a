"""Figures, data frames and what shows itself in notebooks become HTML, with the libraries that are really there."""

import base64
import subprocess
import sys

import pytest

from flyte.report import Tab
from flyte.report.drawing import html_of


def test_text_is_html_already() -> None:
    assert html_of("<b>&</b>", set()) == "<b>&</b>"


@pytest.mark.parametrize(("value", "html"), [(5, "<pre>5</pre>"), (["<a>"], "<pre>[&#x27;&lt;a&gt;&#x27;]</pre>")])
def test_other_values_are_text(value: object, html: str) -> None:
    assert html_of(value, set()) == html


def test_a_matplotlib_figure_and_its_axes_are_a_picture() -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.subplots()
    axes.plot([1, 2])
    for drawn in (html_of(figure, set()), html_of(axes, set())):
        data = drawn.partition("base64,")[2].partition('"')[0]
        assert base64.b64decode(data).startswith(b"\x89PNG")


def test_a_page_holds_the_script_of_plotly_once() -> None:
    figure = pytest.importorskip("plotly.graph_objects").Figure()
    tab = Tab("main")
    tab.log(figure)
    one = len(tab.get_html())
    tab.log(figure)
    assert one > 1_000_000
    assert len(tab.get_html()) < one + 100_000
    tab.replace(figure)
    assert len(tab.get_html()) > 1_000_000


def test_a_figure_fetches_nothing_from_elsewhere() -> None:
    figure = pytest.importorskip("plotly.graph_objects").Figure()
    assert "cdn.plot.ly" not in html_of(figure, set()).partition("<script")[0]
    assert 'src="http' not in html_of(figure, set())


def test_a_pandas_frame_is_a_table_and_a_long_one_is_cut() -> None:
    pandas = pytest.importorskip("pandas")
    html = html_of(pandas.DataFrame({"a": range(500), "<b>": "<i>"}), set())
    assert "<table" in html
    assert "&lt;b&gt;" in html
    assert "500 rows × 2 columns" in html
    assert html.count("<tr") < 250
    assert "<table" in html_of(pandas.Series([1, 2], name="s"), set())


def test_a_polars_frame_is_a_table() -> None:
    polars = pytest.importorskip("polars")
    assert "<table" in html_of(polars.DataFrame({"a": [1]}), set())


class Html:
    def _repr_html_(self) -> str:
        return "<b>me</b>"


class Nothing:
    def _repr_html_(self) -> None: ...

    def __str__(self) -> str:
        return "nothing"


class Png:
    def _repr_png_(self) -> bytes:
        return b"png"


def test_what_shows_itself_in_notebooks_shows_itself_here() -> None:
    assert html_of(Html(), set()) == "<b>me</b>"
    assert html_of(Nothing(), set()) == "<pre>nothing</pre>"
    assert html_of(Png(), set()) == '<img alt="figure" src="data:image/png;base64,cG5n">'
    assert html_of(Html, set()).startswith("<pre>&lt;class ")


def test_no_library_is_imported_to_ask() -> None:
    program = "import sys\nfrom flyte.report.drawing import html_of\nhtml_of(5, set())\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert {"matplotlib", "plotly", "pandas", "polars", "numpy"} & set(loaded) == set()
