"""JSON documents fit their schemas, whatever the run."""

import enum
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pydantic
import pytest

from flyte.io import Dir, File
from flyte_cli.output.documents import plain_value, row_document, run_document
from flyte_cli.output.results import bare, result_lines
from tests.cli.fakes import Action, Error, Row, Tree
from tests.cli.runs_made_up import ended, failed, fan_out
from tests.cli.schema import problems


@pytest.mark.parametrize(
    ("tree", "outputs"),
    [
        (fan_out(), None),
        (ended(fan_out()), {"o0": 2470, "o1": [1.5, None, {"a": b"x"}]}),
        (failed(), None),
        (Tree(Action("main", "aborted", end=1.0)), None),
        (Tree(Action("main", "failed", end=1.0, error=Error("E", "m", causes=[("KeyError", "k")]))), None),
    ],
    ids=["running", "succeeded", "failed", "aborted", "with a cause"],
)
def test_a_run_fits_its_schema(tree: Tree, outputs: dict[str, object] | None) -> None:
    document = json.loads(json.dumps(run_document(tree, outputs), allow_nan=False))
    assert problems("run", document) == []


def test_a_list_of_runs_fits_its_schema() -> None:
    rows = [row_document(Row("r7k2m9q")), row_document(Row("r5c2vwd", ended_at=None, phase="running"))]
    assert problems("runs", {"schema": "runs/1", "runs": rows, "more": True}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "run/2"},
        {"phase": "odd"},
        {"started_at": "now"},
        {"retries": "1"},
        {"extra": 1},
        {"counts": {"a": "b"}},
    ],
    ids=repr,
)
def test_a_wrong_document_does_not_fit(change: dict[str, object]) -> None:
    assert len(problems("run", run_document(fan_out()) | change)) == 1


@dataclass
class Best:
    k: int
    score: float


class Colour(enum.Enum):
    RED = "r"


class Point(NamedTuple):
    x: int
    colour: Colour


class Model(pydantic.BaseModel):
    when: date


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Best(3, 0.5), {"k": 3, "score": 0.5}),
        ((1, {2}), [1, [2]]),
        ({1: None}, {"1": None}),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (b"\x00\xff", "AP8="),
        (Colour.RED, "r"),
        (True, True),
        (range(2), "range(0, 2)"),
        (datetime(2025, 1, 31, 9, tzinfo=timezone.utc), "2025-01-31T09:00:00+00:00"),
        ([date(2025, 1, 31), time(9, 30)], ["2025-01-31", "09:30:00"]),
        (timedelta(hours=1), "1:00:00"),
        ({"a": Decimal("1.50")}, {"a": "1.50"}),
        (Path("a/b"), "a/b"),
        (Point(1, Colour.RED), {"x": 1, "colour": "r"}),
        (Model(when=date(2025, 1, 31)), {"when": "2025-01-31"}),
    ],
    ids=repr,
)
def test_every_value_has_a_plain_form(value: object, plain: object) -> None:
    assert plain_value(value) == plain


def test_one_result_is_bare_and_several_are_named() -> None:
    assert result_lines({"o0": "hello\nyou"}, 80, "…") == ["hello", "you"]
    assert result_lines({"o0": 3, "o1": ["a"]}, 80, "…") == ["o0 = 3", "o1 = ['a']"]


def test_a_long_result_is_cut() -> None:
    assert result_lines({"o0": "\n".join("abcdefgh")}, 80, "more")[4:] == ["e", "more"]


def test_scripts_get_text_as_it_is_and_json_for_the_rest() -> None:
    assert bare({"o0": "a b"}) == ["a b"]
    assert bare({"o0": True, "o1": {"a": [1]}, "o2": None}) == ["true", '{"a": [1]}', "null"]


def test_a_file_and_a_folder_show_kind_size_and_path(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(b"x" * 1536)
    found = result_lines({"o0": File(path=tmp_path / "in" / "a.csv"), "o1": Dir(path=tmp_path / "in")}, 80, "…")
    assert found == [f"o0 = File  1.5 KiB  {tmp_path}/in/a.csv", f"o1 = Dir  1.5 KiB  {tmp_path}/in"]


def test_what_is_stored_elsewhere_shows_kind_and_address() -> None:
    assert result_lines({"o0": File(path="s3://bucket/a.csv")}, 80, "…") == ["File  s3://bucket/a.csv"]
