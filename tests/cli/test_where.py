"""The filter language, and the list of runs that it narrows."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from flyte_cli.errors import Misuse
from flyte_cli.ops.runs import Listing
from flyte_cli.output.look import Look
from flyte_cli.output.runs_table import runs_table
from flyte_cli.output.spans import painted
from flyte_cli.where import parse
from tests.cli.conftest import Recorded, Said
from tests.cli.fakes import START, Action, Row, Tree

STATES = ("running", "failed", "succeeded")
THING: Mapping[str, Sequence[str | float | None]] = {
    "": ["r7k2m9q", "env.main", "n=20 name='Ada'"],
    "state": ["failed"],
    "task": ["env.main"],
    "took": [9.8],
    "n": ["20"],
    "name": ["Ada"],
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("state:failed", True),
        ("phase:FAILED", True),
        ("state:running,failed", True),
        ("!state:running,failed", False),
        ("task:main", True),
        ("task:MAI", True),
        ("task:=main", False),
        ("task:env.*", True),
        ("took:>5s", True),
        ("took:>=9800ms", True),
        ("took:<9s", False),
        ("took:>1m", False),
        ("n:20", True),
        ("n:20.0", True),
        ("n:2", False),
        ("n:>19 n:<=20", True),
        ("!n:20", False),
        ("name:Ada", True),
        ("name:A?a", True),
        ("name:Ad", False),
        ("name:>3", False),
        ("other:1", False),
        ("!other:1", True),
        ("ada", True),
        ("'n=20 name'", True),
        ("!ada", False),
        ("bob", False),
        ("a,b", False),
    ],
)
def test_what_a_filter_takes(text: str, holds: bool) -> None:
    assert parse(text, STATES, ("took",)).holds(lambda key: THING.get(key, [])) is holds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("state:faild", "no state `faild`"),
        ("took:>many", "compares `took` with a length of time"),
        ("n:>many", "compares `n` with a number, got `many`"),
        ("state:", "says nothing after `state:`"),
        ("n:>", "says nothing after `n:>`"),
        ("'open", "cannot be read: no closing quotation"),
    ],
)
def test_a_filter_that_cannot_be_read_says_where(text: str, message: str) -> None:
    with pytest.raises(Misuse) as caught:
        parse(text, STATES, ("took",))
    assert message in caught.value.message
    assert caught.value.help


def test_inputs_are_read_only_for_runs_that_are_asked_for_them(
    cli: Callable[..., Said], engine: Recorded, scripts: Path
) -> None:
    engine.rows = [Row(name, project=str(scripts)) for name in ("rone222", "rtwo222")]
    assert cli("get", "run", "--where", "took:>1s", "-of", "id").stdout == "rone222\nrtwo222\n"
    engine.trees = {"rtwo222": Tree(Action("main", inputs=[("n", "7"), ("who", "'Ada'")]))}
    assert cli("get", "run", "--where", "n:7 who:Ada", "-of", "id").stdout == "rtwo222\n"


def drawn(*rows: Row, limit: int = 20, count: int = 0) -> list[str]:
    listing = Listing(rows, count > len(rows), limit, False, count=count)  # type: ignore[arg-type]
    return [painted(line, False) for line in runs_table(listing, Look(120), START + 60)]


def test_a_note_says_which_inputs_differ_from_the_run_before_of_the_same_task() -> None:
    notes = [
        "n=30 name='a b=c' x=1",
        "n=30 name='a' x=1",
        "n=1",
        "ValueError: bad",
        "n=20 name='a' x=1",
        "n=20 name='a' x=1",
    ]
    rows = [Row(f"r{place}", note=note) for place, note in enumerate(notes)]
    rows[2].task, rows[3].phase = "env.other", "failed"
    expected = ["  name='a b=c'", "  n=30", "  n=1", "  ValueError: bad", "  n=20 name='a' x=1", "  n=20 name='a' x=1"]
    assert [line.endswith(end) for line, end in zip(drawn(*rows)[1:], expected, strict=True)] == [True] * 6


def test_what_a_list_leaves_out_is_counted() -> None:
    assert drawn(Row("rone222"), limit=1, count=12_345)[-1] == "1 of 12,345; --limit 2 shows more"
    assert "--limit" not in drawn(Row("rone222"), limit=1, count=1)[-1]
