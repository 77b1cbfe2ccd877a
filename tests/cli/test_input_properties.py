"""Properties of the input parser: what is spelled out is read back, and nothing that is typed breaks it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from flyte_cli.errors import WrongInputs
from flyte_cli.inputs.bind import Before
from flyte_cli.inputs.samples import sample
from tests.cli.input_types import Cfg, Colour, Level, Model, Movie, Nested, Optimizer, Point, around, given, of

Spell = Callable[[Any], list[str]]


def plain(value: Any) -> list[str]:
    return [f"--x={value}"]


def iso(value: Any) -> list[str]:
    return [f"--x={value.isoformat()}"]


def as_json(value: Any) -> list[str]:
    return [f"--x={json.dumps(value)}"]


def repeated(value: list[Any]) -> list[str]:
    return [f"--x={each}" for each in value] if len(value) > 1 else as_json(value)


def length(value: timedelta) -> list[str]:
    return [f"--x={value}"]


texts = st.text().filter(lambda text: text != "-")
zones = st.none() | st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
years = {"min_value": datetime(1000, 1, 1), "max_value": datetime(9998, 1, 1)}
optimizers = st.builds(Optimizer, texts, st.floats(allow_nan=False))
cfgs = st.builds(
    Cfg, st.floats(allow_nan=False), st.integers(), st.booleans(), st.lists(st.integers()), st.none() | optimizers
)

SPELLED: list[tuple[Any, st.SearchStrategy[Any], Spell]] = [
    (int, st.integers(), plain),
    (float, st.floats(allow_nan=False), plain),
    (str, texts, plain),
    (bool, st.booleans(), plain),
    (bytes, st.binary(), lambda value: [f"--x=base64:{__import__('base64').b64encode(value).decode()}"]),
    (complex, st.complex_numbers(allow_nan=False), plain),
    (Decimal, st.decimals(allow_nan=False), plain),
    (UUID, st.uuids(), plain),
    (range, st.tuples(*[st.integers(-99, 99)] * 2, st.integers(1, 9)).map(lambda parts: range(*parts)), plain),
    (datetime, st.datetimes(**years, timezones=zones), iso),
    (date, st.dates(date(1000, 1, 1)), iso),
    (time, st.times(timezones=zones), iso),
    (timedelta, st.timedeltas(), length),
    (Colour, st.sampled_from(Colour), lambda value: [f"--x={value.name}"]),
    (Level, st.sampled_from(Level), lambda value: [f"--x={value.value}"]),
    (Literal["a", "A", 3], st.sampled_from(["a", "A", 3]), plain),
    (int | None, st.none() | st.integers(), plain),
    (list[int], st.lists(st.integers()), repeated),
    (list[str], st.lists(texts), as_json),
    (set[int], st.sets(st.integers()), lambda value: as_json(list(value))),
    (tuple[int, str], st.tuples(st.integers(), texts), as_json),
    (dict[str, float], st.dictionaries(texts, st.floats(allow_nan=False)), as_json),
    (dict[int, list[str]], st.dictionaries(st.integers(), st.lists(texts)), as_json),
    (Cfg, cfgs, lambda value: as_json(asdict(value) | {"since": None})),
    (Cfg, cfgs, lambda value: [f"--x.lr={value.lr}", f"--x.epochs={value.epochs}", f"--x.debug={value.debug}",
                               f"--x.layers={json.dumps(value.layers)}",
                               f"--x.optimizer={json.dumps(value.optimizer and asdict(value.optimizer))}"]),
    (Point, st.builds(Point, st.integers(), st.integers()), as_json),
    (Movie, st.fixed_dictionaries({"title": texts, "year": st.integers()}), as_json),
    (Model, st.builds(Model, name=texts, size=st.integers(0), inner=st.none(), when=st.none()),
     lambda value: [f"--x={value.model_dump_json()}"]),
]  # fmt: skip


@pytest.mark.parametrize(("hint", "values", "spell"), SPELLED, ids=lambda each: getattr(each, "__name__", None))
@settings(max_examples=60, deadline=None)
@for_all(data=st.data())
def test_a_value_that_is_spelled_out_is_read_back(
    hint: Any, values: st.SearchStrategy[Any], spell: Spell, data: st.DataObject
) -> None:
    value = data.draw(values)
    words = spell(value)
    if hint is Cfg and any(word.endswith("=null") for word in words):
        words = [word.replace("=null", "=none") for word in words]
    assert given(of(hint), *words) == {"x": value}


TYPES = [hint for hint, _, _ in SPELLED] + [
    Nested, int | list[int] | Cfg | None, dict[str, Cfg], list[list[datetime]], tuple[int, ...], frozenset[bytes],
    dict[date, timedelta],
]  # fmt: skip
PIECES = ["--x", "--no-x", "--x.lr", "--x.optimizer.kind", "--x.", "--x..a", "--", "-", "--x=", "=", "none", "@",
          "@/", "{}", "[]", "{", "[1,", "null", "now", "now - ", "1:", "P", "base64:", "1e999", "-1", "--local", "-q",
          "x.json", "\x00", "\udc80", "٣", "--x={\"a\": [1, {\"b\": null}]}"]  # fmt: skip
words = st.lists(st.sampled_from(PIECES) | st.text(max_size=12) | st.tuples(
    st.sampled_from(["--x=", "--x.lr=", "--x.kind=", "@", ""]), st.sampled_from(PIECES) | st.text(max_size=12)
).map("".join), max_size=6)  # fmt: skip
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["lr", "x", "kind", "1"]), inner),
)


def outcome(hint: Any, *words: str, **settings: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The inputs, or the problems: any other exception is a failure."""
    try:
        return given(of(hint), *words, **settings), {}
    except WrongInputs as wrong:
        return {}, dict(wrong.details)


@settings(max_examples=1500, deadline=None)
@for_all(hint=st.sampled_from(TYPES), typed=words, stdin=st.binary(max_size=9))
def test_whatever_is_typed_becomes_inputs_or_problems(hint: Any, typed: list[str], stdin: bytes) -> None:
    inputs, problems = outcome(hint, *typed, where=around(stdin=stdin))
    assert set(inputs) <= {"x"}
    assert all(problems.values())


@settings(max_examples=800, deadline=None)
@for_all(hint=st.sampled_from(TYPES), value=documents)
def test_whatever_a_document_says_becomes_inputs_or_problems(hint: Any, value: Any) -> None:
    inputs, problems = outcome(hint, before=Before((json.dumps({"x": value}),)))
    assert bool(inputs) is not bool(problems)
    assert all(problems.values())


@pytest.mark.parametrize("hint", [each for each in TYPES if each is not bool], ids=str)
def test_the_example_of_each_type_can_be_typed(hint: Any) -> None:
    import shlex

    assert set(given(of(hint), *shlex.split(sample("--x", hint)))) == {"x"}
