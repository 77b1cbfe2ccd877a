"""The reasons for a miss, from what was recorded: one row per cause."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from flyte_cli.ops.cache_reasons import Question, Reason, Rules, reason_for_miss, rules_of

NOW = 1_000_000.0


def details(**changes: Any) -> str:
    said = {"version": "v", "interface": "i", "ignored": [], "explicit": False, "max_age": None}
    parts = changes.pop("parts", [["task load", "1"], ["function fix", "2"]])
    return json.dumps({"cache": said | changes, "version_parts": parts})


@dataclass
class Entry:
    key: bytes = b"other"
    run: str = "rold"
    ordinal: int = 1
    created: float = NOW - 100
    details: str = field(default_factory=details)
    inputs: str = '{"rows": "5", "tag": "a"}'
    gone: str = ""
    earlier: tuple[str, float, str] | None = None


def asked(inputs: dict[str, str] | None = None, **changes: Any) -> Question:
    rules = rules_of(details(**changes))
    assert rules is not None
    return Question(b"mine", "load", rules, inputs or {"rows": "5", "tag": "a"}, NOW, "rnew", 1)


@pytest.mark.parametrize(
    ("question", "entries", "kind", "text"),
    [
        (asked(), [], "first", "nothing was kept of load yet"),
        (asked({"rows": "6", "tag": "a"}), [Entry()], "input", "input rows changed since rold"),
        (asked({"rows": "6", "tag": "b"}), [Entry()], "input", "input rows, input tag changed since rold"),
        (asked({"rows": "5"}), [Entry()], "input", "input tag changed since rold"),
        (
            asked({"rows": "6", "tag": "a"}),
            [Entry(inputs='{"rows": "7", "tag": "b"}', created=NOW - 1, run="rnear"), Entry()],
            "input",
            "input rows changed since rold",
        ),
        (
            asked({"rows": "6", "tag": "a"}),
            [Entry(inputs='{"rows": "7", "tag": "a"}', created=NOW - 1, run="rnear"), Entry()],
            "input",
            "input rows changed since rnear",
        ),
        (
            asked(version="w", parts=[["task load", "1"], ["function fix", "3"]]),
            [Entry()],
            "function",
            "function fix changed since rold",
        ),
        (asked(version="w", parts=[["task load", "1"]]), [Entry()], "function", "function fix changed since rold"),
        (
            asked(version="w", parts=[["task load", "9"], ["function fix", "2"]]),
            [Entry()],
            "function",
            "code of load changed since rold",
        ),
        (asked(version="w", parts=[]), [Entry()], "function", "code of load changed since rold"),
        (
            asked(version="2", explicit=True),
            [Entry(details=details(version="1", explicit=True))],
            "version",
            "the version, `1` then and `2` now, changed since rold",
        ),
        (
            asked(version="2", explicit=True),
            [Entry()],
            "version",
            "the version, that of its code then and `2` now, changed since rold",
        ),
        (asked(interface="j"), [Entry()], "interface", "the inputs or outputs of load changed since rold"),
        (asked(ignored=["tag"]), [Entry()], "ignored", "the ignored inputs changed since rold"),
        (asked(inputs={"rows": "6", "tag": "b"}, ignored=["tag"]), [Entry(details=details(ignored=["tag"]))], "input",
         "input rows changed since rold"),
        (asked(), [Entry(inputs="{}")], "input", "an input changed since rold"),
        (asked(), [Entry(b"mine", gone="/d/x.csv")], "gone", "the data of rold is gone: /d/x.csv"),
        (asked(max_age=60.0), [Entry(b"mine")], "expired", "the result of rold is older than max_age"),
        (
            asked(),
            [Entry(b"mine", run="rnew", created=NOW + 1, earlier=("rold", NOW - 9, "/d/x.csv"))],
            "gone",
            "the data of rold is gone: /d/x.csv",
        ),
        (
            asked(max_age=60.0),
            [Entry(b"mine", run="rnew", created=NOW + 1, earlier=("rold", NOW - 99, ""))],
            "expired",
            "the result of rold is older than max_age",
        ),
        (
            asked({"rows": "6", "tag": "a"}),
            [Entry(b"mine", run="rnew", created=NOW + 1), Entry()],
            "input",
            "input rows changed since rold",
        ),
        (
            asked(),
            [Entry(b"mine", run="rbeside", created=NOW + 1)],
            "concurrent",
            "rbeside computed the same at the same time; Cache(serialize=True) would wait",
        ),
        (asked(), [Entry(created=NOW + 5)], "first", "nothing was kept of load yet"),
    ],
)  # fmt: skip
def test_the_nearest_earlier_entry_says_why(question: Question, entries: list[Any], kind: str, text: str) -> None:
    found: Reason = reason_for_miss(question, entries)
    assert (found.kind, found.text) == (kind, text)


def test_a_task_without_a_cache_has_no_rules() -> None:
    assert rules_of("") is None
    assert rules_of('{"other": 1}') is None
    assert rules_of(details(max_age=5)) == Rules("v", "i", (), False, 5, (("task load", "1"), ("function fix", "2")))
