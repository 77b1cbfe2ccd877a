"""Which rows a tree has: folding, chains, groups, buckets, filters. The same live as from the journal."""

import asyncio
import os
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import flyte
from flyte._core import RunTree
from flyte.runtime.session import RunRequest, execute
from flyte_cli.tui.matching import matched, misspelt, parsed
from flyte_cli.tui.place import ROOT, Place
from flyte_cli.tui.rows import (
    HISTOGRAM,
    Folding,
    Rows,
    Rule,
    first_failed,
    in_order,
    kept,
    layout,
    members,
    newest_running,
    origins,
)
from tests.tui.runs import LiveRun, Recorded


def shown(tree: RunTree, rows: Sequence[Any]) -> list[str]:
    """The rows in words: indent, fold sign, names."""
    lines = []
    for row in rows:
        sign = {None: " ", True: "v", False: ">"}[row.is_open]
        if row.place.is_action:
            name = "/".join(each.label for each in tree.rows([*row.chain, row.place.ordinal]))
        else:
            name = f"{row.place.mark}{'@' if row.place.is_group else ''}{row.place.key} x{row.fold.total}"
        lines.append("  " * row.depth + f"{sign} {name}")
    return lines


def test_a_run_unfolds_as_far_as_somebody_wants_to_see_at_first(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    assert shown(tree, layout(tree, Folding())) == [
        "v main",
        "    load.0",
        "  > prepare.0",
        "    branch.0/branch.0/branch.0/leaf.0",
        "  v @sweep x2",
        "    v train.0",
        "        epoch.0",
        "        epoch.1",
        "        epoch.2",
        "    v train.1",
        "        epoch.0",
        "        epoch.1",
        "  v flaky x9",
        *[f"      flaky.{i}" for i in range(9)],
    ]


def test_all_but_failures_fold(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    assert shown(tree, layout(tree, Folding(rule="failures"))) == [
        "v main",
        "    load.0",
        "  > prepare.0",
        "    branch.0/branch.0/branch.0/leaf.0",
        "  > @sweep x2",
        "  v flaky x9",
        *[f"      flaky.{i}" for i in range(9)],
    ]


def test_unfolding_everything_takes_chains_apart_and_shows_steps(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    lines = [line.strip() for line in shown(tree, layout(tree, Folding(rule="all")))]
    assert len(lines) == len(tree) + 2, "every action, the group and the fan-out"
    assert lines[2:9] == ["v prepare.0", "look_up.0", "look_up.1", "v branch.0", "v branch.0", "v branch.0", "leaf.0"]


def test_what_somebody_folded_stays_folded(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    folding = Folding({ROOT: False})
    assert shown(tree, layout(tree, folding)) == ["> main"]


def test_very_many_siblings_stand_in_buckets_with_what_needs_a_look_first(big_run: Recorded) -> None:
    tree = big_run.tree()
    rows = layout(tree, Folding())
    assert shown(tree, rows) == [
        "v main",
        "  v leaf x10000",
        f"      {HISTOGRAM}leaf x10000",
        "    > ✗leaf x10000",
        "    > ✓leaf x10000",
    ]
    assert members(tree, rows[3].place) == [8, 2508, 5008, 7508]
    assert len(members(tree, rows[2].place)) == 10_000


def test_a_bucket_opens_without_making_its_rows(big_run: Recorded) -> None:
    tree = big_run.tree()
    succeeded = layout(tree, Folding())[4].place
    rows = layout(tree, Folding({succeeded: True}))
    assert len(rows) == 5 + 9996
    assert rows[5].place == Place(1)
    assert rows.index_of(Place(10_000)) == len(rows) - 1
    assert rows.index_of(Place(8)) is None, "it failed: it is in the other bucket"
    assert rows[rows.covering(tree, Place(8))].place.mark == "✗"


def test_a_place_that_is_folded_away_is_covered_by_what_holds_it(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    rows = layout(tree, Folding(rule="failures"))
    epoch = next(row.ordinal for row in tree.rows(range(len(tree))) if row.short_name == "epoch")
    assert rows[rows.covering(tree, Place(epoch))].place == Place(0, "sweep", True)


def test_a_filter_leaves_what_fits_and_what_it_is_below(failed_run: Recorded) -> None:
    tree = failed_run.tree()
    fitting = matched(tree, parsed("task:epoch number:>=1 !number:2"), 0.0)
    assert shown(tree, layout(tree, Folding(), kept(tree, fitting))) == [
        "v main",
        "  v @sweep x2",
        "    v train.0",
        "        epoch.1",
        "    v train.1",
        "        epoch.1",
    ]


@pytest.mark.parametrize(
    ("filter", "labels"),
    [
        ("state:failed", ["main", "flaky.7"]),
        ("attempt:>2", ["flaky.7"]),
        ("attempt:>1 !state:failed", ["flaky.0", "flaky.4", "flaky.8"]),
        ("i:>6 flaky", ["flaky.7", "flaky.8"]),
        ("group:sweep", ["train.0", "train.1"]),
        ("state:cached", ["load.0"]),
        ("poisoned !main", ["flaky.7"]),
        ("error:valueerror task:flaky", ["flaky.7"]),
        ("uri:*x.csv", ["load.0"]),
        ("took:>1h", []),
    ],
)
def test_a_filter_reads_the_language_of_where(failed_run: Recorded, filter: str, labels: list[str]) -> None:
    tree = failed_run.tree()
    assert [row.label for row in tree.rows(matched(tree, parsed(filter), 0.0))] == labels


@pytest.mark.parametrize(
    ("filter", "told"),
    [
        ("stat:failed", "no input `stat`: did you mean `state`?"),
        ("sed:7", "no input `sed`: did you mean `seed`?"),
        ("task:flakey", "no task `flakey`: did you mean `flaky`?"),
        ("state:aborted", None),
    ],
)
def test_a_filter_that_nothing_can_fit_names_the_near_miss(failed_run: Recorded, filter: str, told: str | None) -> None:
    assert misspelt(failed_run.tree(), parsed(filter)) == told


def test_a_failure_is_where_it_began_not_where_it_was_passed_on(failed_run: Recorded, big_run: Recorded) -> None:
    tree = failed_run.tree()
    assert [tree.rows([each])[0].label for each in origins(tree)] == ["flaky.7"]
    assert first_failed(tree) == origins(tree)[0]
    assert origins(big_run.tree()) == [8, 2508, 5008, 7508]


def test_the_newest_running_action_is_the_deepest(live_run: LiveRun) -> None:
    tree = live_run.tree()
    newest = newest_running(tree)
    assert newest is not None
    assert tree.rows([newest])[0].label in ("long.0", "ask.0")


def test_a_run_that_is_over_has_no_newest_action(small_run: Recorded) -> None:
    assert newest_running(small_run.tree()) is None


# --- laws, of random runs

env = flyte.TaskEnvironment("laws", cache="disable")
AT_ONCE = flyte.RetryStrategy(1, backoff=flyte.Backoff(base=timedelta(milliseconds=1), factor=1))


@flyte.trace
async def step(number: int) -> int:
    return number


@env.task(retries=AT_ONCE)
async def node(spec: dict[str, Any]) -> int:
    """Does what the spec says: steps, children, some of them in groups, and then perhaps fails."""
    for number in range(spec["steps"]):
        await step(number)
    for name, children in spec["children"]:
        if name:
            with flyte.group(name):
                await _all(children)
        else:
            await _all(children)
    if spec["fails"] > flyte.ctx().attempt_number:  # type: ignore[union-attr]
        raise ValueError("as planned")
    return 0


@env.task
async def leaf(number: int) -> int:
    return number


async def _all(children: list[dict[str, Any]]) -> None:
    calls = [node(child) if child else leaf(number) for number, child in enumerate(children)]
    await asyncio.gather(*calls, return_exceptions=True)


def specs(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    child = st.just({}) if not depth else st.one_of(st.just({}), st.deferred(lambda: specs(depth - 1)))
    sizes = st.lists(child, min_size=1, max_size=6)
    return st.fixed_dictionaries(
        {
            "steps": st.integers(0, 2),
            "children": st.lists(st.tuples(st.sampled_from(["", "", "g", "h"]), sizes), max_size=3),
            "fails": st.integers(0, 2),
        }
    )


@pytest.fixture(scope="module")
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    before = os.environ.get("FLYTE_HOME")
    home = tmp_path_factory.mktemp("laws")
    os.environ["FLYTE_HOME"] = str(home)
    yield home
    if before is None:
        del os.environ["FLYTE_HOME"]
    else:
        os.environ["FLYTE_HOME"] = before


def facts(tree: RunTree, rows: Rows) -> list[tuple[object, ...]]:
    """All that is drawn of the rows."""

    def members_of(view: object) -> dict[str, object]:
        return {name: getattr(view, name) for name in dir(view) if not name.startswith("_")}

    return [
        (
            row.place,
            row.depth,
            row.is_open,
            row.chain,
            members_of(row.fold) if row.fold else None,
            [members_of(view) for view in tree.rows([*row.chain, row.place.ordinal])],
            tree.attempt_starts(row.place.ordinal),
        )
        for row in rows
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(spec=specs(3), choice=st.randoms(use_true_random=False))
def test_a_reopened_run_has_the_rows_that_it_had_live(
    state_folder: Path, spec: dict[str, Any], choice: random.Random
) -> None:
    live = execute(RunRequest(node, node.signature.bind((spec,), {}), executor="inline")).tree
    again = RunTree.open(live.folder)
    rules: list[Rule] = ["some", "failures", "all"]
    for rule in rules:
        folding = Folding({row.place: choice.random() < 0.5 for row in layout(live, Folding(rule="all"))}, rule)
        assert facts(live, layout(live, folding)) == facts(again, layout(again, folding))
    everything = layout(again, Folding(rule="all"))
    actions = [row.place.ordinal for row in everything if row.place.is_action]
    assert sorted(actions) == list(range(len(again))), "every action has one row"
    assert in_order(again, sorted(actions)) == actions, "what comes next is what stands below"
