"""What the tabs say of places in every state. Pure: made-up runs, lines of text."""

import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte_cli.ops.explaining import Reason
from flyte_cli.ops.looking import AttemptView, Value
from flyte_cli.output.look import Look
from flyte_cli.tui.detail_pane import empty_tabs, tab_names, titles
from flyte_cli.tui.details.error import Failed, action_errors, many_errors, shown_frame
from flyte_cli.tui.details.events import event_line
from flyte_cli.tui.details.html_text import Table
from flyte_cli.tui.details.overview import Facts, Many, action_lines, bars, many_lines
from flyte_cli.tui.details.previews import Preview, preview_lines, preview_of
from flyte_cli.tui.details.report import Written, report_lines
from flyte_cli.tui.details.source_code import Code, code_lines
from flyte_cli.tui.details.value_rows import Both, Diff, Large, Opened, Side, diff_lines, leaves, value_rows
from flyte_cli.tui.place import ROOT, Place
from tests.cli.fakes import START, Action, Error, Happening
from tests.tui.details_made_up import TreeMade, looked_at, text

LIBRARY = ("/usr/lib/python3.11/asyncio/runners.py", 7, "run", "loop.run()", False)
RAISED = ("/here/fan.py", 18, "flaky", '    raise ValueError(f"item {i}")', True)
CALLED = ("/here/fan.py", 26, "main", "    await asyncio.gather(*calls)", True)
MESSAGE = "item 3 is poisoned: expected a positive number, got -3\nand [bold]more[/bold]\x1b[2J"


def run() -> TreeMade:
    """`flaky.2` failed after three attempts and took `main` with it; `late` waits; one is from the cache."""
    tree = TreeMade(
        Action("main", "failed", end=9.8, inputs=[("n", "4")], file="/here/fan.py", line=22),
        Action("load", "cached", start=0.1, end=0.1, cached_from="r2abcde"),
    )
    for i in range(4):
        tree.add(
            Action(
                "flaky",
                "failed" if i == 2 else "succeeded",
                start=0.5 + i,
                end=2.0 + 2 * i,
                attempts=3 if i == 2 else 1,
                max_attempts=3,
                group="fan-out",
                inputs=[("i", str(i)), ("seed", "7"), ("third", "not in the title")],
                error=Error("ValueError", MESSAGE, [LIBRARY, RAISED], [("m.KeyError", "'x'")]) if i == 2 else None,
                file="/here/fan.py",
                line=14,
                cpu_time=0.25,
                peak_memory=300 << 20,
            )
        )
    tree.actions[0].error = Error("ValueError", MESSAGE, [LIBRARY, CALLED])
    tree.add(Action("late", "queued", start=None))
    return tree


ATTEMPTS = [
    AttemptView(1, START + 2.5, START + 3.4, "failed", "RuntimeError: transient failure", 0.5),
    AttemptView(2, START + 3.9, START + 5.2, "lost"),
    AttemptView(3, START + 5.2, START + 6.0, "failed", "ValueError: item 3 is poisoned"),
]
FACTS = Facts(
    ATTEMPTS,
    [Reason("retried", "told by the attempts"), Reason("failed", "ValueError: item 3; that was attempt 3 of 3")],
    [("i", "2"), ("text", "a value that is so long that it does not fit beside its name")],
    [],
    True,
)
CACHE = json.dumps(
    {
        "cache": {"version": "v1", "interface": "i", "ignored": [], "explicit": True, "max_age": None},
        "resources": {"cpu": [1, 2], "memory": "4Gi", "gpu": "T4:1"},
    }
)


@pytest.mark.parametrize("width", [46, 100])
def test_the_overview_of_an_action_that_failed(width: int, snapshot: SnapshotAssertion) -> None:
    tree = run()
    action = tree.action(4)
    action.details, action.links = CACHE, [("board", "https://x.org/[bold]"), ("logs", "https://x.org/l")]
    facts = Facts(ATTEMPTS, FACTS.reasons, FACTS.inputs, (), True, ("v1", "ab" * 20))
    drawn = action_lines(tree, action, facts, Look(), START + 20, "/here", width, attempt=2)  # type: ignore[arg-type]
    assert without_clocks(text(drawn)) == snapshot


@pytest.mark.parametrize("ordinal", [0, 1, 6])
def test_the_overview_of_a_parent_a_cached_and_a_queued_action(ordinal: int, snapshot: SnapshotAssertion) -> None:
    tree = run()
    reason = Reason("queued", "queued for 3s: all places are taken, 2 actions of this run go on")
    facts = Facts(reasons=[reason] if ordinal == 6 else [])
    drawn = action_lines(tree, tree.action(ordinal), facts, Look(), START + 20, "/here", 46)  # type: ignore[arg-type]
    assert without_clocks(text(drawn)) == snapshot


def test_the_overview_is_there_before_anything_was_read() -> None:
    tree = run()
    drawn = text(action_lines(tree, tree.action(4), None, Look(), START + 20, "/here", 46))  # type: ignore[arg-type]
    assert drawn.startswith("✗ failed in 3.5s")
    assert "env.flaky" in drawn


@pytest.mark.parametrize("look", [Look(), Look(ascii=True)], ids=["signs", "ascii"])
def test_the_overview_of_a_group(look: Look, snapshot: SnapshotAssertion) -> None:
    looked = looked_at(run(), Place(0, "fan-out", True))
    many = Many(4, {"succeeded": 3, "failed": 1}, 2, [("flaky.3", 4.5), ("flaky.2", 3.5)], [("ValueError: item 3", 1)])
    assert text(many_lines(looked, many, look, 46)) == snapshot


def test_durations_are_a_row_of_columns() -> None:
    assert bars([0, 1, 50, 100], Look()) == " ▂▅█"
    assert bars([], Look()) == ""


# --- errors


def error_page(tree: TreeMade, place: Place, failed: Failed | None, width: int = 46, **said: bool) -> str:
    looked = looked_at(tree, place, **said)
    return text(action_errors(looked, place.ordinal, failed, Look(), "/here", width))


def failed_action(tree: TreeMade, ordinal: int = 4) -> Failed:
    error = tree.action(ordinal).error
    frames = [shown_frame(frame) for frame in (RAISED, LIBRARY, CALLED)]
    return Failed(error, 3, ATTEMPTS, "i=2 seed=7", frames)  # type: ignore[arg-type]  # made up


@pytest.mark.parametrize("width", [46, 100])
def test_the_error_of_an_action(width: int, snapshot: SnapshotAssertion) -> None:
    tree = run()
    assert error_page(tree, Place(4), failed_action(tree), width) == snapshot


def test_the_error_of_an_action_with_frames_of_libraries(snapshot: SnapshotAssertion) -> None:
    tree = run()
    assert error_page(tree, Place(4), failed_action(tree), shows_library=True) == snapshot


def test_the_error_of_a_parent_names_the_action_that_raised_it() -> None:
    tree = run()
    assert "from flaky.2, which it called\nEnter goes there\n" in error_page(tree, ROOT, failed_action(tree, 0))


def test_a_place_without_an_error_says_where_there_are_some() -> None:
    tree = run()
    tree.actions[0].error = None
    assert error_page(tree, ROOT, None) == "no error; 1 action below it failed\ne goes there"
    assert error_page(tree, Place(2), None) == "no error: it succeeded"
    assert error_page(tree, Place(6), None) == "no error so far: it is queued"


def test_the_errors_of_a_group_are_counted_by_kind(snapshot: SnapshotAssertion) -> None:
    looked = looked_at(run(), Place(0, "fan-out", True))
    many = Many(4, {"succeeded": 3, "failed": 1}, 2, [], [("ValueError: item 3", 7), ("KeyError: 'x'", 1)])
    assert text(many_errors(looked, many, Look(), 46)) == snapshot


def test_what_everybody_meets_comes_with_advice() -> None:
    tree = run()
    error = tree.actions[4].error = Error("OOMError", "killed at 4 GiB", kind="system")
    failed = Failed(error, 1, [], "")  # type: ignore[arg-type]  # made up
    page = error_page(tree, Place(4), failed, 60)
    assert "help: give it more" in page
    assert "found by the engine" in page


def test_code_around_the_line_is_shown_while_it_is_what_ran(tmp_path: Path) -> None:
    file = tmp_path / "fan.py"
    file.write_text("".join(f"x = {n}\n" for n in range(1, 30)))
    same = shown_frame((str(file), 12, "f", "x = 12", True))
    assert [number for number, _ in same.code] == list(range(6, 15))
    changed = shown_frame((str(file), 12, "f", "y = 12", True))
    assert (text(code for _, code in changed.code), changed.changed) == ("y = 12", True)


def test_a_message_without_end_is_cut() -> None:
    tree = run()
    error = tree.actions[4].error = Error("ValueError", "x" * 1_000_000)
    page = error_page(tree, Place(4), Failed(error, 1, [], ""))  # type: ignore[arg-type]  # made up
    assert "980,000 more characters" in page
    assert len(page) < 30_000


# --- the others


def test_source_says_when_it_is_another_one_by_now(snapshot: SnapshotAssertion) -> None:
    lines = shown_frame(("", 0, "", "def f(x): return [bold]", True)).code
    code = Code("/here/fan.py", 1, 2, [line for _, line in lines] * 3, 190.0)
    assert text(code_lines(code, Look(), "/here", 46)) == snapshot
    assert "has only 3 lines" in text(code_lines(Code("/here/fan.py", 9, None, code.lines, None), Look(), "/", 46))


def test_events_are_lines_with_times() -> None:
    failed = Happening("failed", START + 1.3, 4, text="ValueError: [bold]\nmore", delay=0.5)
    drawn = [
        event_line(each, "flaky.2", START, START + 9, Look(), with_clock=False)  # type: ignore[arg-type]  # made up
        for each in (Happening("started", START + 0.5, 4, 2), failed, Happening("lost", START + 2, 4))
    ]
    assert text(drawn).splitlines() == [
        " +0.50s  ● flaky.2  started, attempt 2",
        "  +1.3s  ↻ flaky.2  failed  ValueError: [bold]  again in 0.50s",
        "  +2.0s  ↻ flaky.2  worker died",
    ]


def test_a_report_says_which_attempts_and_tabs_there_are() -> None:
    from flyte_cli.output.spans import Span
    from flyte_cli.tui.details.html_text import Page, Paragraph

    pages = [Page("main", [Paragraph([Span("hello")])]), Page("", [])]
    drawn = text(report_lines(Written(2, [1, 2], 2_000, [*pages, Page("more", [])]), Look(), 46))
    assert drawn.splitlines()[:2] == ["2.0 KiB, of attempt 2; others: 1  o opens it in the browser", "tabs: main, more"]
    assert "nothing in it is text" in text(report_lines(Written(1, [1], 2_000, []), Look(), 46))


# --- values

LONG = "a long text of many words " * 20
TREE = (
    "dict",
    [
        (("str", "lr"), ("float", 0.1)),
        (("str", "[bold]"), ("list", [("int", each) for each in range(300)])),
        (("int", 3), ("tuple", [])),
    ],
)


def both() -> Both:
    return Both(
        Side(
            [
                Value("name", "str", 5, "Ada"),
                Value("text", "str", 500, LONG),
                Value("lines", "str", 20, "one\ntwo\x1b[31m"),
                Value("cfg", *("dict", 90, TREE[1])),
                Value("data", "bytes", 600, bytes(range(256)) * 3),
                Large("big", b"x" * 5_000_000),
            ]
        ),
        Side([Value("o0", "file", 90, "/data/files/ab/out.txt"), Value("o1", "pickle", 50, 48)]),
    )


@pytest.mark.parametrize("width", [46, 100])
def test_values_as_they_are_first_seen(width: int, snapshot: SnapshotAssertion) -> None:
    assert text(row.line for row in value_rows(both(), Opened(), Look(), width)) == snapshot


def test_values_that_were_opened(snapshot: SnapshotAssertion) -> None:
    opened = Opened()
    for path in (("inputs", 1), ("inputs", 2), ("inputs", 3, 1), ("inputs", 4), ("inputs", 5), ("outputs", 0)):
        opened.chosen[path] = True
    opened.shown[("inputs", 3, 1)] = 3
    opened.found[("outputs", 0)] = Preview("12 B, text", ["first", "[bold]"], more="9 more lines")
    assert text(row.line for row in value_rows(both(), opened, Look(), 46)) == snapshot


def test_a_side_that_is_gone_does_not_hide_the_other() -> None:
    found = Both(Side(why="the inputs are gone: no such file"), Side([Value("o0", "int", 2, 7)]))
    drawn = text(row.line for row in value_rows(found, Opened(), Look(), 60))
    assert "the inputs are gone" in drawn
    assert "o0  int  7" in drawn


def test_what_differs_between_two_actions(snapshot: SnapshotAssertion) -> None:
    other = Both(Side([Value("name", "str", 5, "Bob"), Value("new", "int", 2, 1)]), both().outputs)
    diff = Diff("r1 flaky.0", "r2 flaky.0", leaves(other), leaves(Both(Side(both().inputs.values[:2]), other.outputs)))
    assert text(diff_lines(diff, Look(), 60)) == snapshot
    same = Diff("a", "b", diff.left, diff.left)
    assert "the same values" in text(diff_lines(same, Look(), 60))


def test_the_first_of_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\x1b[31mtwo\n" + "more\n" * 100)
    (tmp_path / "b.bin").write_bytes(bytes(range(256)) * 2)
    (tmp_path / "c").mkdir()
    (tmp_path / "empty").touch()
    seen = {each: text(preview_lines(preview_of("file", str(tmp_path / each)), Look(), 60)) for each in
            ("a.txt", "b.bin", "empty")}  # fmt: skip
    assert seen["a.txt"].splitlines()[:3] == ["513 B, text", "one", "two"]
    assert seen["a.txt"].splitlines()[-1] == "… 62 more lines"
    assert "0010  10 11 12" in seen["b.bin"]
    assert seen["empty"] == "empty"
    folder = preview_of("folder", tmp_path.as_uri())
    assert list(folder.texts) == ["a.txt  513 B", "b.bin  512 B", "c/", "empty  0 B"]
    with pytest.raises(ValueError, match="is gone"):
        preview_of("file", str(tmp_path / "nothing"))
    assert "kept at s3://b/x" in preview_of("elsewhere", "s3://b/x").facts


def test_the_first_rows_of_a_data_frame(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"n": list(range(50)), "text": ["x" * 200] * 50})
    parquet.write_table(table, tmp_path / "part.parquet")
    found = preview_of("frame", str(tmp_path))
    assert found.facts.startswith("50 rows, 2 columns, ")
    assert isinstance(found.table, Table)
    assert list(found.table.rows[0]) == ["n int64", "text string"]
    assert found.more == "45 more rows"
    (tmp_path / "part.parquet").write_bytes(b"PAR1 damaged")
    with pytest.raises(ValueError, match=r"\w"):
        preview_of("frame", str(tmp_path))


# --- the pane


@pytest.mark.parametrize("width", [80, 52, 46, 34, 28, 16, 5])
def test_names_of_tabs_shorten_before_they_vanish(width: int, snapshot: SnapshotAssertion) -> None:
    assert "".join(span.text for _, span in tab_names(4, frozenset(), width)).rstrip() == snapshot


def test_tabs_without_anything_are_dim() -> None:
    tree = run()
    assert empty_tabs(looked_at(tree, Place(2))) == {4, 6}
    assert empty_tabs(looked_at(tree, Place(4))) == {6}
    assert empty_tabs(looked_at(tree, ROOT)) == {6}
    assert empty_tabs(looked_at(tree, Place(0, "fan-out", True))) == {6}
    assert empty_tabs(looked_at(TreeMade(), ROOT)) == set(range(1, 8))


def test_titles_say_what_makes_it_different() -> None:
    tree = run()
    assert titles(looked_at(tree, Place(4))) == ("flaky.2  i=2 seed=7", "attempt ‹3/3›")
    assert titles(looked_at(tree, Place(4), attempt=1)) == ("flaky.2  i=2 seed=7", "attempt ‹1/3›")
    assert titles(looked_at(tree, Place(2))) == ("flaky.0  i=0 seed=7", "")
    assert titles(looked_at(tree, Place(0, "fan-out", True, "✗"))) == ("✗ fan-out", "")


def without_clocks(said: str) -> str:
    """The page without times of day, which depend on where one is."""
    import re

    return re.sub(
        r"\d{4}-\d\d-\d\d |\d\d:\d\d:(\d\d\.\d{3})", lambda match: f"--:--:{match[1]}" if match[1] else "", said
    )
