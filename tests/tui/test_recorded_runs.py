"""The runs that the tests of the screens watch are what they say."""

from tests.tui.runs import LiveRun, Recorded


def test_the_failed_run_has_everything_that_makes_a_tree_hard_to_draw(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    counts = tree.counts()
    assert tree.phase == "failed"
    assert (counts["failed"], counts["cached"], tree.retries) == (2, 1, 5)
    assert any(fold.is_group for fold in tree.folds(0))
    assert {tree.action(ordinal).short_name for ordinal in range(len(tree))} >= {"look_up", "branch", "leaf", "epoch"}


def test_the_other_runs_are_of_their_kind(
    empty_run: Recorded, small_run: Recorded, hostile_run: Recorded, big_run: Recorded
) -> None:
    assert [len(run.tree()) for run in (empty_run, small_run, hostile_run, big_run)] == [1, 6, 2, 10_001]
    assert big_run.tree().counts()["failed"] == 4


def test_a_live_run_goes_on_until_it_is_told_to_end(own_live_run: LiveRun) -> None:
    assert own_live_run.tree().phase == "running"
    own_live_run.end()
    assert own_live_run.tree().phase == "succeeded"
