"""The first line of a run's screen."""

from flyte_cli.output.look import Look
from flyte_cli.output.spans import columns
from flyte_cli.tui.run_header import Standing, header_line
from tests.tui.runs import LiveRun, Recorded


def header(run: Recorded, width: int = 120, **standing: float) -> str:
    now = run.tree().ended_at or run.tree().started_at + 14.2
    drawn = header_line(run.tree(), Standing(now, **standing), Look(), str(run.home), width)  # type: ignore[arg-type]
    assert columns(drawn) <= width
    return "".join(span.text for span in drawn).rstrip()


def test_a_run_that_goes_on_counts(live_run: LiveRun) -> None:
    assert header(live_run).startswith(" main live.py  live   ● running 14.2s     3✓ 3● 1⏸ 1✗")


def test_a_run_that_is_over_says_what_it_took_and_used(small_run: Recorded) -> None:
    shown = header(small_run)
    assert shown.startswith(" main small.py  small   ✓ succeeded in ")
    assert "6✓" in shown
    assert "cpu " in shown
    assert "peak " in shown


def test_what_matters_less_gives_way_in_a_narrow_place(small_run: Recorded) -> None:
    assert "cpu" not in header(small_run, 70)
    assert "small.py" not in header(small_run, 50)
    assert "6✓" not in header(small_run, 34)
    assert header(small_run, 34).startswith(" main  small   ✓ succeeded in")


def test_failures_that_nobody_saw_are_a_badge(failed_run: Recorded) -> None:
    assert header(failed_run, unseen_failures=3).endswith("✗ 3  e")
    assert header(failed_run, 40, unseen_failures=3).endswith("✗ 3  e")


def test_a_moment_of_the_past_says_which(failed_run: Recorded) -> None:
    start = failed_run.tree().started_at
    assert header(failed_run, moment=start + 1.5, until=start + 4.0).endswith("at 1.5s of 4.0s  Esc now")
