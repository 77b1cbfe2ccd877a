"""Rows as lines: columns, bars on one axis, text that a terminal would obey."""

from dataclasses import replace

import pytest

from flyte._core import RowView, RunTree
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, columns
from flyte_cli.tui.row_lines import (
    TIME,
    Around,
    Axis,
    Drawing,
    Measures,
    Window,
    action_line,
    bucket_line,
    differing,
    fold_line,
    histogram_line,
    ruler_line,
)
from tests.tui.runs import LiveRun, Recorded


def text(spans: Line) -> str:
    return "".join(span.text for span in spans)


def drawing(tree: RunTree, width: int = 80, ascii: bool = False) -> Drawing:
    end = tree.ended_at or tree.started_at + 10
    measures = Measures.of(width)
    axis = Axis(Window(tree.started_at, end), measures.bar)
    return Drawing(Look(ascii=ascii), measures, axis, end)


def row_of(tree: RunTree, label: str) -> RowView:
    return next(row for row in tree.rows(range(len(tree))) if row.label == label)


def bar(line: Line, drawn: Drawing) -> str:
    return text(line)[-drawn.measures.bar :]


@pytest.mark.parametrize("width", [20, 43, 44, 55, 56, 70, 78, 118, 198])
def test_every_row_is_as_wide_as_its_place(failed_run: Recorded, hostile_run: Recorded, width: int) -> None:
    for tree in (failed_run.tree(), hostile_run.tree()):
        drawn = drawing(tree, width)
        lines = [action_line(drawn, row, 3, None, Around(["i", "text"])) for row in tree.rows(range(len(tree)))]
        lines += [fold_line(drawn, fold, 40, True) for fold in tree.folds(0)]
        assert {columns(line) for line in lines} == {width}


def test_bars_narrow_to_ten_columns_and_then_vanish() -> None:
    assert [Measures.of(width).bar for width in (120, 70, 56, 50, 44, 43, 20)] == [48, 18, 10, 10, 10, 0, 0]
    assert Measures.of(200, is_timeline=True).bar > 120


def test_a_new_attempt_starts_with_a_sign(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    drawn, flaky = drawing(tree, 200), row_of(tree, "flaky.7")
    line = action_line(drawn, flaky, 2, None, Around(["i"], starts=tree.attempt_starts(flaky.ordinal)))
    assert bar(line, drawn).count("╋") == 2
    assert "✗ flaky.7  i=7  3×" in text(line)


def test_what_goes_on_has_an_open_end_and_counts(live_run: LiveRun) -> None:
    tree = live_run.tree()
    drawn = drawing(tree)
    line = action_line(drawn, row_of(tree, "long.0"), 1, None, Around(["minutes"], is_numbered=False))
    assert bar(line, drawn).endswith("━╸")
    assert text(line).startswith("    ● long  minutes=5")


def test_what_came_from_the_cache_is_a_tick_and_says_so(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    drawn = drawing(tree)
    line = action_line(drawn, row_of(tree, "load.0"), 1, None, Around(is_numbered=False))
    assert bar(line, drawn).strip() == "━"
    assert text(line).split() == ["≡", "load", "cached", "━"]


def test_time_in_the_queue_is_a_thin_lead_in(pictured_run: Recorded) -> None:
    tree = pictured_run.tree()
    drawn = drawing(tree, 120)
    assert bar(action_line(drawn, row_of(tree, "flaky.19"), 1, None, Around()), drawn).strip() == "────────━━━━━━━━━━━━"


def test_a_step_that_went_well_is_quiet(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    line = action_line(drawing(tree), row_of(tree, "look_up.1"), 2, None, Around(["word"]))
    assert text(line).startswith("      · look_up.1  word='beta'")
    assert {span.style for span in line if span.text.strip()} <= {"dim", "dim italic"}


def test_groups_are_grey_and_count(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    drawn = drawing(tree)
    (sweep,) = (fold for fold in tree.folds(0) if fold.is_group)
    line = fold_line(drawn, sweep, 1, True)
    assert text(line).startswith("  ▾ ✓ sweep ×2  2✓")
    assert next(span.style for span in line if "━" in span.text) == "dim"


def test_inputs_that_vary_are_told_and_of_one_alone_the_first_two(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    rows = tree.rows(range(len(tree)))
    assert differing([row for row in rows if row.short_name == "flaky"]) == ("i",)
    assert differing([row for row in rows if row.short_name == "train"]) == ("lr", "epochs")
    assert differing([row_of(tree, "prepare.0")]) == ("rows", "note")


def test_inputs_give_way_before_names_do(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    prepare = row_of(tree, "prepare.0")
    cut = [
        text(action_line(drawing(tree, width), prepare, 1, True, Around(["rows", "note"]))).split("…")[0].strip()
        for width in (76, 46, 27, 20)
    ]
    assert cut[0] == "▾ ✓ prepare.0  rows=1200 note='all of the"
    assert cut[1].startswith("▾ ✓ prepare.0  ro")
    assert "prepare.0" in cut[2]
    assert "rows" not in cut[2]
    assert cut[3].startswith("▾ ✓ pre")


def test_nothing_of_what_users_write_is_obeyed(hostile_run: Recorded) -> None:
    tree = hostile_run.tree()
    drawn = drawing(tree, 120)
    (group,) = (fold for fold in tree.folds(0) if fold.is_group)
    line = text(fold_line(drawn, group, 1, False))
    assert "[red]界" in line
    assert "\x1b" not in line


def test_only_ascii_where_only_that_shows(failed_run: Recorded, big_run: Recorded) -> None:
    for tree in (failed_run.tree(), big_run.tree()):
        drawn = drawing(tree, 120, ascii=True)
        lines = [
            action_line(drawn, row, 1, True, Around(["i"], starts=tree.attempt_starts(row.ordinal)))
            for row in tree.rows(range(min(len(tree), 50)))
        ]
        lines += [fold_line(drawn, fold, 1, False) for fold in tree.folds(0)]
        lines.append(histogram_line(drawn, tree.durations(0, tree.folds(0)[-1].key, False, 10), 1))
        lines.append(ruler_line(drawn.axis, tree.started_at, drawn.look))
        assert all(text(line).isascii() for line in lines)


def test_a_bucket_tells_its_share_which_is_never_nothing(big_run: Recorded) -> None:
    tree = big_run.tree()
    (leaf,) = tree.folds(0)
    drawn = drawing(tree)
    failed, succeeded = (text(bucket_line(drawn, leaf, mark, 2, False)) for mark in "✗✓")
    assert failed.split()[:5] == ["▸", "✗", "4", "failed", "<1%"]
    assert succeeded.split()[:5] == ["▸", "✓", "9,996", "succeeded", ">99%"]


def test_a_histogram_stands_between_the_shortest_and_the_longest(big_run: Recorded) -> None:
    line = text(histogram_line(drawing(big_run.tree()), (0.5, 12.0, [1, 0, 40, 80]), 1))
    assert line.strip() == "0.50s ▁ ▄█ 12s"


@pytest.mark.parametrize(
    ("seconds", "width", "labels"),
    [
        (10, 50, ["0s", "2s", "4s", "6s", "8s"]),
        (0.5, 50, ["0s", "0.1s", "0.2s", "0.3s", "0.4s"]),
        (90, 40, ["0s", "30s", "1m"]),
        (7200, 60, ["0s", "30m", "1h", "1h30m"]),
        (400_000, 40, ["0s", "48h", "96h"]),
    ],
)
def test_the_ruler_has_round_times(seconds: float, width: int, labels: list[str]) -> None:
    line = text(ruler_line(Axis(Window(1000.0, 1000.0 + seconds), width), 1000.0, Look()))
    assert [each.rstrip() for each in line.replace("│", "\n").split()] == labels


def test_the_ruler_shows_the_moment() -> None:
    line = text(ruler_line(Axis(Window(0.0, 10.0), 40, cursor=5.0), 0.0, Look()))
    assert line.index("▼") == 20


def test_zooming_keeps_a_moment_where_it_is_and_stays_within_the_run() -> None:
    whole = Window(100.0, 200.0)
    near = whole.scaled(0.5, 120.0, whole)
    assert (near.start, near.end) == (110.0, 160.0)
    assert near.scaled(4.0, 120.0, whole) == whole
    assert near.moved(-1.0, whole) == Window(100.0, 150.0)
    assert near.moved(9.0, whole) == Window(150.0, 200.0)


def test_the_time_has_its_column(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    drawn = drawing(tree)
    ends = set()
    for row in tree.rows(range(len(tree))):
        line = text(action_line(drawn, row, 2, None, Around(["i"])))
        ends.add(len(line[: drawn.measures.name + TIME].rstrip()))
    assert ends == {drawn.measures.name + TIME}


def test_rows_of_an_interrupted_run_stand_still(live_run: LiveRun) -> None:
    tree = live_run.tree()
    drawn = replace(drawing(tree), run_phase="interrupted")
    lines = [action_line(drawn, row, 0, None, Around()) for row in tree.rows(range(len(tree))) if row.ended_at is None]
    lines += [fold_line(drawn, fold, 0, None) for fold in tree.folds(0) if fold.ended_at is None]
    assert len(lines) > 1
    assert not [text(each) for each in lines if "●" in text(each) or "╸" in text(each)]
    assert all("⊘" in text(each) or "⏸" in text(each) for each in lines)
