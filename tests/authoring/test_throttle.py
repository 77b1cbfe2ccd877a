"""What a throttle may say, and what it means."""

from __future__ import annotations

import pickle
from datetime import timedelta

import pytest

import flyte


@pytest.mark.parametrize(
    ("rate", "count", "seconds"),
    [
        ("10/min", 10, 60.0),
        ("5/s", 5, 1.0),
        ("5 per second", 5, 1.0),
        ("100/2h", 100, 7200.0),
        ("3/500ms", 3, 0.5),
        ((10, timedelta(minutes=1)), 10, 60.0),
        ((2, 0.25), 2, 0.25),
    ],
)
def test_a_rate_is_a_count_and_a_length_of_time(rate: str, count: int, seconds: float) -> None:
    assert flyte.Throttle("api", rate=rate).rule() == ("api", 0, count, seconds)


@pytest.mark.parametrize("rate", ["often", "10", "0/min", "10/", "x/min", (10,), (True, 1.0), (1.5, 1.0), (1, 0)])
def test_a_rate_that_says_nothing_is_refused(rate: object) -> None:
    with pytest.raises((ValueError, TypeError), match=r"Throttle\.rate"):
        flyte.Throttle("api", rate=rate)  # type: ignore[arg-type]


def test_a_throttle_must_limit_something_by_name() -> None:
    with pytest.raises(ValueError, match="limits nothing"):
        flyte.Throttle("api")
    with pytest.raises(ValueError, match=r"Throttle\.key"):
        flyte.Throttle("", concurrency=1)
    with pytest.raises(ValueError, match=r"Throttle\.concurrency"):
        flyte.Throttle("api", concurrency=-1)


def test_a_throttle_travels() -> None:
    throttle = flyte.Throttle("api", rate="10/min", concurrency=2)
    assert pickle.loads(pickle.dumps(throttle)) == throttle


def test_outside_a_run_it_lets_everything_through() -> None:
    with flyte.Throttle("api", concurrency=1), flyte.Throttle("api", concurrency=1):
        pass


@pytest.mark.parametrize(
    "settings", [{"max_concurrency": -1}, {"max_concurrency": 1.5}, {"priority": "high"}, {"throttle": "10/min"}]
)
def test_limits_of_the_wrong_kind_are_refused_where_they_are_declared(settings: dict[str, object]) -> None:
    env = flyte.TaskEnvironment("throttled")
    with pytest.raises((TypeError, ValueError), match=next(iter(settings))):

        @env.task(**settings)  # type: ignore[call-overload]
        def work() -> None: ...
