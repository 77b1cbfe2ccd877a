"""`flyte logs`: which lines, in which form, and what is said when there are none."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte_cli.action_patterns import ActionPattern
from flyte_cli.log_levels import Levels
from flyte_cli.output.log_lines import LogStyle, log_line
from flyte_cli.output.look import Look
from flyte_cli.output.spans import painted
from tests.cli.conftest import Recorded, Said
from tests.cli.fakes import START, Action, Happening, Row, Tree
from tests.cli.schema import problems

Cli = Callable[..., Said]
SECOND = 1_000_000


@pytest.fixture
def run(engine: Recorded, scripts: Path) -> Tree:
    """A run that is over: `flaky.1` was tried twice, `parse` was called by `flaky.0`."""
    tree = Tree(
        Action("main", end=9.0),
        Action("flaky", start=1.0, end=3.0),
        Action("flaky", start=1.0, end=5.0, attempts=2, max_attempts=3),
        Action("parse", parent=1, start=2.0, end=2.5),
        Action("quiet", start=2.0, end=3.0),
    )
    engine.rows = [Row("r7k2m9q", project=str(scripts))]
    engine.trees = {"r7k2m9q": tree}
    engine.happenings = [
        Happening("started", START, 0, 1),
        Happening("started", START + 1, 1, 1),
        Happening("started", START + 1, 2, 1),
        Happening("failed", START + 2, 2, 0, "RuntimeError: transient", 0.5),
        Happening("started", START + 2.5, 2, 2),
    ]
    engine.printed = [
        (0, "stdout", 0, b"loading \x1b[31mred\x1b[0m [bold]"),
        (1, "stdout", 1_200_000, b"step=1 loss=0.5"),
        (2, "stderr", 1_300_000, b"WARNING: odd"),
        (2, "stderr", 1_400_000, b"Traceback (most recent call last):"),
        (2, "stderr", 1_400_001, b"  File x"),
        (2, "stderr", 1_400_002, b"RuntimeError: transient"),
        (3, "stdout", 2_100_000, b"parsed \xff"),
        (2, "stdout", 2_600_000, b"step=2 loss=0.25"),
        (0, "stdout", 8_000_000, b"10%\r50%\r100%"),
    ]
    return tree


@pytest.mark.parametrize("words", ["logs -h", "get logs -h"])
def test_help(cli: Cli, snapshot: SnapshotAssertion, words: str) -> None:
    assert str(cli(*words.split())) == snapshot


@pytest.mark.parametrize(
    "words",
    ["logs @", "get logs r7", "logs @ flaky", "logs @ flaky.1", "logs @ flaky.* --grep loss", "logs @ flaky.0/**",
     "logs @ main", "logs @ wire3", "logs @ --grep loss --invert", "logs @ --grep LOSS -i", "logs @ --tail 3",
     "logs @ flaky --tail 1", "logs @ --tail 0", "logs @ --level error", "logs @ --level warning --tail 2",
     "logs @ --attempt 2", "logs @ flaky.1 -a 1", "logs @ --stderr-only", "logs @ --since 598s", "logs @ --until 598s",
     "logs @ --raw --stderr-only", "logs @ --tail 2 -of jsonl", "logs @ --tail 1 --json", "logs @ -of value --tail 2",
     "logs @ -of id"],
)  # fmt: skip
def test_lines_are_shown(cli: Cli, run: Tree, snapshot: SnapshotAssertion, words: str) -> None:
    said = cli(*words.split())
    assert said.status == 0
    assert str(said) == snapshot


@pytest.mark.parametrize(
    "words",
    ["logs", "logs @ flakky", "logs @ flaky.9", "logs @ flaky.? par*s", "logs @ --grep (", "logs @ --tail -1",
     "logs @ --level warn", "logs @ --attempt 0", "logs @ --invert", "logs @ --since soon", "logs @ --folow",
     "logs r9", "logs @ -of text --highlight ["],
)  # fmt: skip
def test_misuse_says_what_to_do(cli: Cli, run: Tree, snapshot: SnapshotAssertion, words: str) -> None:
    said = cli(*words.split())
    assert (said.status, said.stdout) == (2, "")
    assert str(said) == snapshot


@pytest.mark.parametrize(
    "words", ["logs @ quiet", "logs @ --grep zzz", "logs @ --since 1s", "logs @ parse --stderr-only"]
)
def test_nothing_is_told_with_its_reason(cli: Cli, run: Tree, snapshot: SnapshotAssertion, words: str) -> None:
    said = cli(*words.split())
    assert said.status == 0
    assert str(said) == snapshot
    assert cli(*words.split(), "-q").stderr == ""


def test_of_an_action_that_was_taken_over_the_run_with_its_lines_is_named(cli: Cli, run: Tree) -> None:
    run.recovered_from = "r3k9a2e"
    run.actions[4].phase = "recovered"
    said = cli("logs", "@", "quiet")
    assert said.stderr == (
        "`quiet.0` was taken over from `r3k9a2e`, which has what it printed\nflyte logs r3k9a2e quiet\n"
    )
    run.actions[4].phase, run.actions[4].cached_from = "cached", "r2222ab"
    assert cli("logs", "@", "quiet").stderr == (
        "`quiet.0` was taken from the cache: `r2222ab` computed it\nflyte logs r2222ab\n"
    )


def test_every_document_fits_its_schema(cli: Cli, run: Tree) -> None:
    lines = [json.loads(line) for line in cli("logs", "@", "-of", "jsonl").stdout.splitlines()]
    assert [problems("log", each) for each in lines] == [[]] * 9
    assert problems("logs", json.loads(cli("logs", "@", "--json").stdout)) == []


def test_raw_lines_are_the_bytes_that_were_printed(cli: Cli, run: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    with open("out", "w+b", buffering=0) as file:
        with open(file.fileno(), "w", closefd=False) as text:
            monkeypatch.setattr(sys, "stdout", text)
            cli("logs", "@", "--raw")
        file.seek(0)
        assert file.read().splitlines()[0] == b"loading \x1b[31mred\x1b[0m [bold]"


def test_timestamps_have_a_date_and_a_zone(cli: Cli, run: Tree) -> None:
    first = cli("logs", "@", "--timestamps").stdout.splitlines()[0]
    assert re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d loading", first)


def test_hits_are_lit_where_there_is_colour(cli: Cli, run: Tree) -> None:
    assert "\x1b[1;31mloss\x1b[0m" in cli("logs", "@", "--grep", "loss", "--color", "always").stdout
    assert "\x1b[1;31mstep\x1b[0m" in cli("logs", "@", "--highlight", "st.p", "--color", "always").stdout
    assert "\x1b" not in cli("logs", "@", "--highlight", "st.p").stdout


def test_following_shows_what_comes_until_the_run_is_over(cli: Cli, run: Tree, engine: Recorded) -> None:
    run.actions[0].phase, run.actions[0].end = "running", None

    def more() -> None:
        engine.printed.append((1, "stdout", 9 * SECOND, b"more"))

    def over() -> None:
        run.actions[0].phase, run.actions[0].end = "succeeded", 10.0
        engine.printed.append((0, "stdout", 10 * SECOND, b"last words"))

    engine.meanwhile = [more, over]
    said = cli("logs", "@", "-f", "--tail", "1")
    assert [line.split()[-1] for line in said.stdout.splitlines()] == ["100%", "more", "words"]


def test_pretty_is_the_end_of_it_and_what_comes(cli: Cli, run: Tree, engine: Recorded) -> None:
    run.actions[0].phase, run.actions[0].end = "running", None

    def over() -> None:
        run.actions[0].phase, run.actions[0].end = "succeeded", 10.0
        engine.printed.append((0, "stdout", 10 * SECOND, b"last words"))

    engine.meanwhile = [over]
    said = cli("get", "logs", "@", "--pretty", "--lines", "1")
    assert [line.split()[-1] for line in said.stdout.splitlines()] == ["100%", "words"]
    assert len(cli("get", "logs", "@", "--pretty").stdout.splitlines()) == 11  # one says that there was another attempt


def test_what_flyte_itself_logs_is_left_out_when_asked(cli: Cli, run: Tree, engine: Recorded) -> None:
    engine.printed = [
        (0, "stdout", SECOND, b"mine"),
        (0, "stderr", SECOND, b"12:00:00 WARNING flyte  a condition waits"),
        (
            0,
            "stderr",
            SECOND,
            b'{"time": "2026-01-01", "level": "INFO", "logger": "flyte", "message": "x"}',
        ),
        (0, "stderr", SECOND, b"12:00:00 WARNING flyte.user  mine, too"),
        (
            0,
            "stderr",
            SECOND,
            b'{"time": "2026-01-01", "level": "INFO", "logger": "flyte.user", "message": ""}',
        ),
    ]
    assert len(cli("logs", "@").stdout.splitlines()) == 6
    said = cli("logs", "@", "--filter-system").stdout.splitlines()
    assert [line.split()[1] for line in said] == ["mine", "12:00:00", '{"time":']


def test_a_pattern_takes_actions_that_come_later_and_attempts_are_told(cli: Cli, run: Tree, engine: Recorded) -> None:
    run.actions[0].phase, run.actions[0].end = "running", None
    engine.printed = []

    def later() -> None:
        ordinal = run.add(Action("late", "running", start=4.0, max_attempts=2)).ordinal
        engine.happenings.append(Happening("started", START + 4, ordinal, 1))
        engine.printed.append((ordinal, "stdout", 5 * SECOND, b"here I am"))

    def again() -> None:
        run.actions[-1].attempts = 2
        engine.happenings.append(Happening("started", START + 6, run.actions[-1].ordinal, 2))
        engine.printed.append((run.actions[-1].ordinal, "stdout", 7 * SECOND, b"and again"))

    def over() -> None:
        run.actions[0].phase = "succeeded"

    engine.meanwhile = [later, again, over]
    assert cli("logs", "@", "late.*", "-f").stdout.splitlines() == [
        "   5.0s late.0 │ here I am",
        "   6.0s late.0 ↻ attempt 2",
        "   7.0s late.0 │ and again",
    ]


def test_a_line_at_the_moment_of_the_next_attempt_is_of_the_one_before(cli: Cli, run: Tree, engine: Recorded) -> None:
    engine.printed = [(2, "stdout", 2_500_000, b"last"), (2, "stdout", 2_500_001, b"first")]
    lines = [json.loads(line) for line in cli("logs", "@", "-of", "jsonl").stdout.splitlines()]
    assert [(each["text"], each["attempt"]) for each in lines] == [("last", 1), ("first", 2)]


def test_a_narrow_ascii_screen_shows_the_same(run: Tree) -> None:
    from flyte_cli.ops.logs import LogEntry

    entry = LogEntry(2, "flaky.1", 2, "", START + 3725, "", b"")
    assert painted(log_line(entry, START, LogStyle(), Look(20, ascii=True)), False) == " 1h 02m flaky.1 r attempt 2"


@pytest.mark.parametrize(
    ("text", "path", "fits"),
    [
        ("flaky", "flaky.0", True),
        ("flaky", "flaky.12", True),
        ("flaky", "flaky_too.0", False),
        ("flaky.1", "flaky.1", True),
        ("flaky.1", "flaky.12", False),
        ("flaky.*", "train.0/flaky.3", True),
        ("flaky.?", "flaky.12", False),
        ("flaky.[12]", "flaky.2", True),
        ("train/flaky", "train.4/flaky.1", True),
        ("train.0/flaky", "train.4/flaky.1", False),
        ("train.0/**", "train.0/flaky.1/parse.0", True),
        ("train.0/**", "train.0", False),
        ("main", "main", True),
        ("*", "anything.4", True),
        ("/", "main", False),
    ],
)
def test_patterns_of_actions(text: str, path: str, fits: bool) -> None:
    assert ActionPattern(text).matches(path) is fits


@pytest.mark.parametrize(
    ("lines", "levels"),
    [
        (["2025-01-01 INFO x", "DEBUG y", "WARN z", "FATAL q"], ["info", "debug", "warning", "critical"]),
        (['{"level": "error", "m": 1}', "level=warn msg=x", "severity: notice"], ["error", "warning", "info"]),
        (["errors are fine", "no ERRORS", "an ERROR"], ["info", "info", "error"]),
        (["ERROR x", "  because", "\tof", "plain"], ["error", "error", "error", "info"]),
        (
            ["Traceback (most recent call last):", "  File", "ValueError: x", "next"],
            ["error", "error", "error", "info"],
        ),
        (["x" * 200 + " ERROR"], ["info"]),
        (["\x1b[31mERROR\x1b[0m x", "\x1b[1m  because"], ["error", "error"]),
    ],
)
def test_levels_of_lines(lines: list[str], levels: list[str]) -> None:
    of = Levels()
    assert [of.of(0, "stderr", line) for line in lines] == levels
