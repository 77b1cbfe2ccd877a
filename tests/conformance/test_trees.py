"""What a screen asks of a run's tree: the same live and from the journal, at its end and as it stood before."""

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from flyte._core import RunTree
from tests.conformance.program import HEAD, Programs, Ran

FLOW = """
@flyte.trace
async def look(n: int) -> int:
    return n

@env.task(retries=2)
async def flaky(n: int) -> int:
    if flyte.ctx().attempt_number < n % 3:
        raise ValueError(f"not yet, {n}\\nsecond line")
    return await look(n)

@env.task
async def broken(text: str) -> int:
    raise KeyError("Zürich")

@env.task
async def branch(n: int) -> int:
    return sum(await asyncio.gather(*(flaky(n + i) for i in range(3))))

@env.task
async def main() -> int:
    with flyte.group("branches"):
        total = sum(await asyncio.gather(branch(1), branch(2)))
    with flyte.group("outer"), flyte.group("inner"):
        total += await flaky(6)
    try:
        await broken("x" * 1000)
    except KeyError:
        pass
    return total
"""

FOOT = """

if __name__ == "__main__":
    from flyte.runtime.session import RunRequest, execute

    outcome = execute(RunRequest(main, main.signature.bind((), {}), executor=os.environ["EXECUTOR"]))
    with open("result", "w", encoding="utf-8") as result:
        result.write(repr(facts(outcome.tree)))
"""


def facts(tree: Any) -> dict[str, Any]:
    """All that a tree tells; also part of the program, which asks the live one."""

    def members(view: Any) -> dict[str, Any]:
        return {name: getattr(view, name) for name in dir(view) if not name.startswith("_")}

    ordinals = range(len(tree))
    folds = [(ordinal, fold) for ordinal in ordinals for fold in tree.folds(ordinal)]
    return {
        "run": (tree.phase, tree.started_at, tree.ended_at, tree.counts(), tree.retries, tree.cpu_time),
        "rows": [members(row) for row in tree.rows(ordinals)],
        "folds": [members(fold) for _, fold in folds],
        "members": [tree.members(ordinal, fold.key, fold.is_group) for ordinal, fold in folds],
        "durations": [tree.durations(ordinal, fold.key, fold.is_group, 4) for ordinal, fold in folds],
        "gathered": [members(tree.gathered(ordinal, fold.key, fold.is_group)) for ordinal, fold in folds],
        "subtrees": [members(tree.subtree(ordinal)) for ordinal in ordinals],
        "starts": [tree.attempt_starts(ordinal) for ordinal in ordinals],
        "path": tree.critical_path(),
    }


def ran(program: Programs) -> Ran:
    return program.start(HEAD + FLOW + inspect.getsource(facts).replace("Any", "object") + FOOT)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> RunTree:
    """A run that is over; nobody changes it."""
    return ran(Programs(tmp_path_factory.mktemp("finished"), "process")).tree


def labelled(tree: RunTree, label: str) -> int:
    (ordinal,) = (ordinal for ordinal in range(len(tree)) if tree.action(ordinal).path == label)
    return ordinal


def labels(tree: RunTree, ordinals: list[int]) -> list[str]:
    return [row.label for row in tree.rows(ordinals)]


def test_a_finished_run_is_told_from_its_journal_as_it_was_live(program: Programs) -> None:
    done = ran(program)
    assert done.status == 0, done.stderr
    live = ast.literal_eval((done.folder / "result").read_text(encoding="utf-8"))
    assert facts(done.tree) == live


def test_a_row_says_of_an_action_what_its_view_says(finished: RunTree) -> None:
    for row in finished.rows(range(len(finished))):
        view = finished.action(row.ordinal)
        shared = [name for name in dir(row) if not name.startswith("_") and hasattr(view, name) and name != "inputs"]
        assert {name: getattr(row, name) for name in shared} == {name: getattr(view, name) for name in shared}
        assert row.error_head == (view.error and f"{view.error.type}: {view.error.message.splitlines()[0]}")


def test_a_row_has_short_inputs_and_leaves_long_ones_out(finished: RunTree) -> None:
    flaky, broken = finished.rows([labelled(finished, "branch.0/flaky.0"), labelled(finished, "broken.0")])
    assert (flaky.inputs, broken.inputs) == ([("n", "1")], [])
    assert (flaky.is_step, broken.error_head) == (False, "KeyError: 'Zürich'")


def test_steps_inside_actions_are_told_as_such(finished: RunTree) -> None:
    steps = [row.label for row in finished.rows(range(len(finished))) if row.is_step]
    assert steps == ["look.0"] * 7


def test_of_nested_groups_the_inner_one_counts(finished: RunTree) -> None:
    rows = [(fold.key, fold.is_group, fold.total) for fold in finished.folds(0)]
    assert rows == [("branches", True, 2), ("inner", True, 1), ("broken", False, 1)]


def test_siblings_of_a_row_can_be_asked_for_by_phase(finished: RunTree) -> None:
    assert labels(finished, finished.members(0, "branches", True)) == ["branch.0", "branch.1"]
    assert finished.members(0, "branches", True, ["failed", "running"]) == []
    assert labels(finished, finished.members(0, "broken", False, ["failed"])) == ["broken.0"]
    assert finished.members(0, "branch", False) == [], "they are in a group"


def test_a_branch_is_summed_up(finished: RunTree) -> None:
    branch = finished.subtree(labelled(finished, "branch.0"))
    assert (branch.total, branch.counts, branch.retries, branch.failed) == (6, {"succeeded": 6}, 3, [])
    assert len(branch.slowest) == 5
    assert branch.slowest[0][1] == branch.longest
    whole = finished.subtree(0)
    assert labels(finished, whole.failed) == ["broken.0"]
    assert whole.total == len(finished) - 1
    assert finished.subtree(labelled(finished, "broken.0")).mean is None


def test_every_attempt_tells_its_start(finished: RunTree) -> None:
    flaky = finished.action(labelled(finished, "branch.0/flaky.1"))
    starts = finished.attempt_starts(flaky.ordinal)
    assert (len(starts), starts[0]) == (flaky.attempts, flaky.started_at)
    assert starts == sorted(set(starts))


def test_the_way_up_and_down(finished: RunTree) -> None:
    step = labelled(finished, "branch.1/flaky.2/look.0")
    above = finished.ancestors(step)
    assert labels(finished, above) == ["flaky.2", "branch.1", "main"]
    assert all(step in finished.descendants(ordinal) for ordinal in [step, *above])
    assert finished.descendants(0) == list(range(len(finished)))


def test_actions_are_found_by_all_the_words(finished: RunTree) -> None:
    assert labels(finished, finished.matching(["ZÜRICH"])) == ["broken.0"]
    assert labels(finished, finished.matching(["branches", "N=2"])) == ["branch.1"]
    assert finished.matching(["branches", "n=7"]) == []


def test_a_tree_of_a_moment_holds_what_had_happened_by_then(finished: RunTree) -> None:
    branch = finished.action(labelled(finished, "branch.0"))
    assert branch.ended_at is not None
    then = RunTree.open(finished.folder, until=branch.ended_at)
    assert (then.phase, then.ended_at, then.refresh()) == ("running", None, False)
    assert (then.action(branch.ordinal).phase, then.action(0).phase) == ("succeeded", "running")
    assert (then.action(branch.ordinal).outputs, then.action(0).outputs) == ([("o0", "6")], [])
    assert then.matching(["broken"]) == []
    assert then.version() < finished.version()
    just_before = RunTree.open(finished.folder, branch.ended_at - 0.000_002)
    assert just_before.action(branch.ordinal).phase == "running"


def test_a_tree_of_the_end_is_the_whole_tree(finished: RunTree) -> None:
    assert facts(RunTree.open(finished.folder, finished.ended_at)) == facts(finished)


def test_before_a_run_there_is_nothing_of_it(finished: RunTree) -> None:
    before = RunTree.open(finished.folder, finished.started_at - 1)
    assert (len(before), before.phase, before.ended_at) == (0, "queued", None)
    assert (before.critical_path(), before.folds(0), before.name) == ([], [], finished.name)


def test_the_version_stays_while_nothing_is_new(finished: RunTree) -> None:
    version = finished.version()
    assert (finished.refresh(), finished.version()) == (False, version)


@pytest.mark.parametrize("ask", ["subtree", "descendants", "ancestors", "attempt_starts", "action"])
def test_an_unknown_action_is_named(finished: RunTree, ask: str) -> None:
    with pytest.raises(IndexError, match="the run has no action 999"):
        getattr(finished, ask)(999)
    with pytest.raises(IndexError, match="the run has no action 999"):
        finished.rows([0, 999])


def test_an_unknown_phase_names_those_there_are(finished: RunTree) -> None:
    with pytest.raises(ValueError, match="no phase `lost`: there are queued, running, "):
        finished.members(0, "branches", True, ["lost"])


def test_a_distribution_has_parts(finished: RunTree) -> None:
    times = finished.durations(labelled(finished, "branch.1"), "flaky", False, 7)
    assert times is not None
    assert (len(times[2]), sum(times[2])) == (7, 3)
    assert finished.durations(0, "broken", True, 1) is None
    with pytest.raises(ValueError, match="bins must be at least 1"):
        finished.durations(0, "broken", False, 0)


def test_a_damaged_journal_is_an_error_at_any_moment(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"not a database, certainly not one of ours at all")
    with pytest.raises(ValueError, match="not a database"):
        RunTree.open(str(tmp_path), until=1.0)


def test_one_name_in_two_environments_or_overridden_is_one_row(program: Programs) -> None:
    done = program("""
@env.task
async def main() -> int:
    return await load(1) + await load.override(retries=2)(2) + await elsewhere(3)

@env.task
async def load(n: int) -> int:
    return n

@flyte.TaskEnvironment("elsewhere").task(short_name="load")
async def elsewhere(n: int) -> int:
    return n
""")
    assert done.result == 6
    assert [(fold.key, fold.total) for fold in done.tree.folds(0)] == [("load", 3)]
    assert labels(done.tree, done.tree.children(0)) == ["load.0", "load.1", "load.2"]
