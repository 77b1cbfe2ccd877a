"""What a run looks like: live, at its end, on its page, in a list. Trees in, text out."""

from pathlib import Path

import pytest

from flyte_cli.ops.looking import ActionListing
from flyte_cli.ops.runs import Listing
from flyte_cli.output.actions_table import actions_table
from flyte_cli.output.ending import ending, following
from flyte_cli.output.failure import chain, report
from flyte_cli.output.look import Look
from flyte_cli.output.region import region, time_left
from flyte_cli.output.run_page import run_page
from flyte_cli.output.runs_table import runs_lines, runs_table
from flyte_cli.sources import source_around
from tests.cli.drawing import marked, text
from tests.cli.fakes import START, Action, Error, Fold, Row, Tree
from tests.cli.runs_made_up import ended, failed, fan_out

WIDE = Look(width=100, height=36)
NOW = START + 8.4


def test_the_region_folds_siblings_and_shows_what_runs() -> None:
    assert (
        text(region(fan_out(), WIDE, NOW, {24: "batch 120/400", 19: "step=9"}))
        == """\
● main  r7k2m9q  8.4s   17✓ 4● 1↻ 1◌
  ✓ prepare          1.0s
  ● flaky ×20        7.4s  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━──  16/20  about 2s left
    ↻ .16 i=16       7.2s  attempt 3 of 3
    ● .17 i=17       7.2s  step=9
    ● .18 i=18       7.2s
  ● train lr=0.1     2.4s
    ● epoch          1.9s
  ctrl-c abort · flyte get run r7k2m9q in another terminal to look"""
    )


def test_the_last_printed_line_of_a_running_action_is_shown() -> None:
    assert "batch 120/400" in text(region(fan_out(), WIDE, NOW, {23: "batch 120/400"}))


def test_the_region_takes_a_third_of_the_screen_at_most() -> None:
    for height in range(1, 60):
        lines = region(fan_out(), Look(width=80, height=height), NOW, {})
        assert len(lines) <= max(height // 3, 3)


def test_no_line_of_the_region_is_wider_than_the_screen() -> None:
    for width in (1, 10, 40, 80):
        for spans in region(fan_out(), Look(width=width, height=60), NOW, {19: "日本" * 50}):
            assert sum(len(span.text) for span in spans) < max(width, 2)


def test_a_small_screen_keeps_what_runs() -> None:
    assert (
        text(region(fan_out(), Look(width=70, height=12, ascii=True), NOW, {}))
        == """\
* main  r7k2m9q  8.4s   17+ 4* 1r 1.
  * flaky x20        7.4s  ==============-  16/20  about 2s left
  * train lr=0.1     2.4s
  ctrl-c abort - flyte get run r7k2m9q in another terminal to look"""
    )


def test_many_rows_under_the_root_end_in_a_count() -> None:
    tree = Tree(Action("main", "waiting"), *(Action(f"t{n}", "running") for n in range(30)))
    assert "  … 25 more" in text(region(tree, Look(height=24), NOW, {}))


def test_the_bar_is_red_for_what_failed() -> None:
    fold = [Action("f", "failed", end=1.0), Action("f", end=1.0), Action("f", "running"), Action("f", "queued")]
    lines = region(Tree(Action("main", "waiting"), *fold), Look(height=60), NOW, {})
    assert "<green>━━━━━━━━━</><red>━━━━━━━━━</><blue>━━━━━━━━</><dim>─────────</>" in marked(lines[1])


def test_the_time_left_is_guessed_only_when_enough_is_done() -> None:
    def fold(done: int, total: int) -> Fold:
        actions = [Action("f", "succeeded" if n < done else "running") for n in range(total)]
        return Fold("f", False, actions)

    assert time_left(fold(1, 8), 60.0) is None
    assert time_left(fold(2, 8), 0.5) is None
    assert time_left(fold(2, 8), 60.0) == "3m 00s"
    assert time_left(fold(8, 8), 60.0) is None


def test_a_run_that_went_well_ends_in_one_line_and_the_slowest() -> None:
    assert (
        text(ending(ended(fan_out()), WIDE, NOW, "/here"))
        == """\
✓ main  9.8s  r7k2m9q   24 actions · 1 retried
  slowest  flaky.16 7.8s · flaky.17 7.8s · flaky.18 7.8s"""
    )


def test_a_run_of_one_action_ends_in_one_line() -> None:
    assert text(ending(Tree(Action("greet", end=0.02)), WIDE, NOW, "/here")) == "✓ greet  0.02s  r7k2m9q"


def test_failures_that_were_caught_are_told_at_the_end() -> None:
    tree = Tree(Action("main", end=1.0), Action("f", "failed", end=0.5, error=Error("KeyError", "'b'")))
    assert text(ending(tree, WIDE, NOW, "/here")).splitlines()[-1] == "  ✗ KeyError: 'b'  (f.0)"


def test_a_failed_run_ends_in_one_report() -> None:
    drawn = text(ending(failed(), WIDE, NOW, "/here"))
    assert (
        drawn
        == """\
✗ main failed in 9.8s  r7k2m9q   20✓ 3✗

  flaky.3  i=3 · 3 of 3 attempts
  ValueError: item 3 is poisoned: expected a positive number, got -3

    fan.py:18 in flaky
    ❱ 18 │ raise ValueError(i)
    fan.py:26 in main
      26 │ rs = await asyncio.gather(*calls)
    1 library frame hidden (-v shows them)

  ✗ 2 × TimeoutError: took longer than 1s  (flaky.5, flaky.6)

  next  flyte rerun r7k2m9q --recover                     redo only what did not finish
        flyte rerun r7k2m9q --action-name flaky.3 --pdb   step into it with these inputs
        flyte tui r7k2m9q                                 look around"""
    )
    assert drawn.count("item 3 is poisoned") == 1


def test_verbose_shows_the_frames_of_libraries() -> None:
    drawn = text(report(failed(), WIDE, "/here", verbose=True))
    assert "/usr/lib/python3.11/asyncio/runners.py:7 in run" in drawn
    assert "hidden" not in drawn


def test_an_error_is_followed_down_to_the_action_it_came_from() -> None:
    same = [Error("ValueError", "x") for _ in range(3)]
    tree = Tree(
        Action("main", "failed", error=same[0]),
        Action("other", "failed", error=Error("KeyError", "x")),
        Action("branch", "failed", error=same[1]),
        Action("leaf", "failed", parent=2, error=same[2]),
    )
    found = chain(tree)
    assert found is not None
    assert (found.origin.label, [each.label for each in found.passed]) == ("leaf.0", ["branch.0", "main"])


def test_an_error_raised_by_the_root_itself_blames_nobody_else() -> None:
    tree = Tree(Action("main", "failed", error=Error("A", "x")), Action("f", "failed", error=Error("B", "x")))
    found = chain(tree)
    assert found is not None
    assert found.origin.ordinal == 0


def test_the_source_around_a_line_is_shown_only_while_it_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("one\n    two\nthree\nfour\nfive\n")
    assert source_around(str(file), 3, "three") == ((1, "one"), (2, "    two"), (3, "three"), (4, "four"))
    assert source_around(str(file), 3, "was something else") == ((3, "was something else"),)
    assert source_around(str(tmp_path / "gone.py"), 3, "three") == ((3, "three"),)


def test_markup_in_a_message_is_text() -> None:
    tree = Tree(Action("main", "failed", end=1.0, error=Error("E", "gather(*[x]) \x1b[2J {y}\nsecond [line]")))
    drawn = text(ending(tree, WIDE, NOW, "/here"))
    assert "E: gather(*[x]) \\x1b[2J {y}\n    second [line]" in drawn


def test_an_aborted_run_says_how_to_go_on() -> None:
    tree = Tree(Action("main", "aborted", end=3.2), Action("f", end=1.0), Action("g", "aborted"))
    assert (
        text(ending(tree, WIDE, NOW, "/here"))
        == """\
⊘ main aborted after 3.2s  r7k2m9q   1✓ 1⊘

  next  flyte rerun r7k2m9q --recover   redo only what did not finish
        flyte tui r7k2m9q               look around"""
    )


def test_the_page_of_a_run_shows_when_things_ran() -> None:
    tree = ended(fan_out())
    tree.actions[0].outputs = [("o0", "2470")]
    assert (
        text(run_page(tree, WIDE, START + 1000, "/here"))
        == """\
✓ main  r7k2m9q  succeeded  9.8s   24✓
  env.main · fan.py · started 17 min ago · 1 retried
  inputs  n=20

  ✓ prepare          1.0s  ━━━━
  ✓ flaky ×20        8.0s      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━     20✓
  ✓ train lr=0.1     3.0s                          ━━━━━━━━━━━━━
    ✓ epoch          2.5s                            ━━━━━━━━━━━

  result  2470"""
    )


def test_the_page_of_a_failed_run_ends_in_the_report() -> None:
    drawn = text(run_page(failed(), WIDE, START + 1000, "/here"))
    assert drawn.splitlines()[-3].split()[:5] == ["next", "flyte", "rerun", "r7k2m9q", "--recover"]
    assert "ValueError: item 3 is poisoned" in drawn


ROWS = [
    Row("r7k2m9q", phase="running", ended_at=None, counts={"succeeded": 21, "running": 4, "failed": 1}),
    Row("r5c2vwd", task="train.fit", phase="failed", note="ValueError: item 3 is poisoned", counts={"failed": 1}),
    Row("r52abcd", phase="aborted", note="you aborted it", started_at=START - 90_000, ended_at=START - 89_000),
]


def test_runs_are_listed_in_columns() -> None:
    assert (
        text(runs_table(Listing(ROWS, True, 3, False), WIDE, START + 14))
        == """\
     RUN      TASK       STARTED       TOOK  ACTIONS    NOTE
  ●  r7k2m9q  env.main   just now       14s  21✓ 4● 1✗  n=20
  ✗  r5c2vwd  train.fit  just now      9.8s  1✗         ValueError: item 3 is poisoned
  ⊘  r52abcd  env.main   yesterday  16m 40s  23✓        you aborted it
the latest 3; --limit 6 shows more"""
    )


def test_the_part_of_a_name_to_type_is_bold() -> None:
    lines = list(runs_table(Listing(ROWS, False, 3, False), WIDE, START + 14))
    assert "<bold>r5c</><dim>2vwd</>" in marked(lines[2])


def test_a_narrow_terminal_drops_columns_and_says_so() -> None:
    drawn = text(runs_table(Listing(ROWS, False, 3, False), Look(width=50), START + 14)).splitlines()
    assert drawn[0].split() == ["RUN", "TASK", "STARTED", "NOTE"]
    assert drawn[-1] == "+2 columns, a wider terminal shows more"
    assert max(map(len, drawn[:-1])) < 50


def test_runs_in_a_pipe_are_tab_separated_and_whole() -> None:
    row = Row("r7k2m9q", note="a\tb\nc" + "x" * 200)
    assert text(runs_lines(Listing([row], False, 3, False))) == (
        "r7k2m9q\tsucceeded\tenv.main\t2025-10-09T08:53:20.000Z\t9.800\ta b"
    )


def test_actions_are_a_table_with_their_errors_or_inputs() -> None:
    tree = failed()
    listing = ActionListing(tree, [tree.action(ordinal) for ordinal in (0, 1, 2, 5)], 24, 4)  # type: ignore[arg-type]
    assert (
        text(actions_table(listing, Look(width=70), START + 14))
        == """\
     ACTION        START     TOOK  TRIES  NOTE
  ✗  main           8.0s     1.8s      1  ValueError: item 3 is pois…
  ✓  prepare.0     0.10s     1.0s      1
  ✓  flaky.0        1.0s     2.0s      1  i=0
  ✗  flaky.3        1.0s     2.3s      3  ValueError: item 3 is pois…
4 of 24; --limit 8 shows more"""
    )


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_next_commands_are_whole_and_their_reasons_fit(width: int) -> None:
    drawn = [text([each]) for each in following(failed(), Look(width=width))]
    assert [each[8:].startswith("flyte ") for each in drawn] == [True, True, True]
    assert drawn[1].startswith("        flyte rerun r7k2m9q --action-name flaky.3 --pdb")
    assert all(len(each) < width or "   " not in each[8:].rstrip() for each in drawn)


def test_what_an_interrupted_run_left_behind_is_interrupted_too() -> None:
    tree = fan_out()
    tree.actions[0].phase = "interrupted"
    drawn = text(run_page(tree, WIDE, START + 1000, "/here"))
    assert "●" not in drawn
    assert "╸" not in drawn
    assert "17✓ 7⊘" in drawn
