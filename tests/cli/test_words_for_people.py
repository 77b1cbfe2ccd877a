"""Small words: durations, ages, marks, near misses, names of runs, exit statuses."""

import pytest

from flyte_cli import exits, marks
from flyte_cli.near_miss import listed, nearest
from flyte_cli.quantities import age, duration, moment, number, stopwatch
from flyte_cli.run_names import Latest, Named, parse, unique_lengths


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00s"),
        (0.0212, "0.02s"),
        (0.99, "0.99s"),
        (0.996, "1.0s"),
        (9.8, "9.8s"),
        (9.96, "10s"),
        (31, "31s"),
        (59.4, "59s"),
        (59.7, "1m 00s"),
        (124, "2m 04s"),
        (3599.6, "1h 00m"),
        (4320, "1h 12m"),
        (90_000, "25h 00m"),
        (-3, "0.00s"),
    ],
)
def test_a_duration_has_the_precision_people_want(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_stopwatch_keeps_its_tenths_for_a_minute() -> None:
    assert [stopwatch(each) for each in (0.04, 13.44, 61)] == ["0.0s", "13.4s", "1m 01s"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (10, "just now"),
        (50, "1 min ago"),
        (480, "8 min ago"),
        (3580, "1 h ago"),
        (3 * 3600, "3 h ago"),
        (23 * 3600, "yesterday"),
        (5 * 86400, "5 days ago"),
    ],
)
def test_an_age_is_told_roughly(seconds: float, text: str) -> None:
    assert age(1000.0, 1000.0 + seconds) == text


def test_a_moment_carries_its_zone() -> None:
    assert moment(0.5) == "1970-01-01T00:00:00.500Z"


def test_big_numbers_have_commas() -> None:
    assert number(9443) == "9,443"


def test_counts_are_shown_per_mark_and_only_what_occurs() -> None:
    counts = {"failed": 1, "waiting": 1, "running": 2, "succeeded": 5, "aborted": 0}
    assert marks.by_mark(counts) == [(marks.SUCCEEDED, 5), (marks.RUNNING, 3), (marks.FAILED, 1)]


def test_every_mark_is_one_character_and_none_is_used_twice() -> None:
    different = set(marks.BY_PHASE.values())
    assert len({mark.glyph for mark in different}) == len({mark.ascii for mark in different}) == len(different)
    with pytest.raises(ValueError, match="one character"):
        marks.Mark("ok", "+", "green")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gret", "greet"),
        ("GREET", "greet"),
        ("main_loop", "main-loop"),
        ("mian", "main"),
        ("farew", "farewell"),
        ("zzz", None),
    ],
)
def test_the_near_miss_is_guessed(typed: str, meant: str | None) -> None:
    assert nearest(typed, ["greet", "farewell", "main", "main-loop"]) == meant


def test_a_prefix_of_several_names_is_no_guess() -> None:
    assert nearest("ta", ["table-of-contents", "tales-of-woe"]) is None


def test_long_lists_are_cut_with_a_count() -> None:
    assert listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("@", Latest(1)),
        ("last", Latest(1)),
        ("@2", Latest(2)),
        ("@0", Named("@0")),
        ("r7k", Named("r7k")),
        ("my-run", Named("my-run")),
    ],
)
def test_runs_are_named_in_short_ways(typed: str, meaning: Latest | Named) -> None:
    assert parse(typed) == meaning


def test_the_unique_part_of_a_name_is_as_short_as_it_can_be() -> None:
    assert unique_lengths(["r7k2m9q", "r7kzzzz", "r52abcd"]) == {"r7k2m9q": 4, "r7kzzzz": 4, "r52abcd": 2}


@pytest.mark.parametrize(
    ("phase", "interrupted", "status"),
    [
        ("succeeded", False, 0),
        ("failed", False, 1),
        ("aborted", False, 1),
        ("aborted", True, 130),
        ("succeeded", True, 0),
    ],
)
def test_the_phase_decides_the_exit_status(phase: str, interrupted: bool, status: int) -> None:
    assert exits.of_phase(phase, interrupted) == status


def test_nothing_of_an_interrupted_run_goes_on() -> None:
    counts = {"succeeded": 3, "running": 2, "queued": 4, "paused": 1}
    assert marks.counts_at_rest(counts, "interrupted") == {"succeeded": 3, "interrupted": 6, "paused": 1}
    assert marks.counts_at_rest(counts, "running") == counts
    assert marks.at_rest("succeeded", "interrupted") == "succeeded"
