"""What a cache cannot mean is refused where it is declared."""

from datetime import timedelta

import pytest

import flyte

env = flyte.TaskEnvironment("declared", cache=flyte.Cache("auto", ignored_inputs="label"))


async def work(rows: int, label: str = "") -> int:
    return rows


def test_an_ignored_input_that_is_none_is_refused_with_the_near_miss_and_the_line() -> None:
    with pytest.raises(
        ValueError, match=r"`declared.work` \(.*test_declarations.py:\d+\).* `rowz`.*did you mean `rows`"
    ):
        env.task(cache=flyte.Cache("auto", ignored_inputs=("rowz",)))(work)


def test_an_ignored_input_that_is_none_is_refused_by_an_override_too() -> None:
    task = env.task(cache="auto")(work)
    with pytest.raises(ValueError, match="it has rows, label"):
        task.override(cache=flyte.Cache("auto", ignored_inputs="zzz"))
    assert task.override(cache=flyte.Cache("auto", ignored_inputs="rows")).cache.ignored_inputs == ("rows",)


def test_a_cache_of_an_environment_may_ignore_inputs_that_only_some_tasks_have() -> None:
    async def other(x: int) -> int:
        return x

    assert env.task(other).cache.get_ignored_inputs() == ("label",)


@pytest.mark.parametrize("age", [0, timedelta(0)])
def test_results_that_are_good_for_no_time_at_all_are_refused(age: object) -> None:
    with pytest.raises(ValueError, match="max_age must be more than zero"):
        flyte.Cache("auto", max_age=age)  # type: ignore[arg-type]
