"""Containers beside the built-in ones come back as they were, with elements of their own types."""

# ruff: noqa: UP006  (both spellings must work)

import typing
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flyte._core import read_literal
from flyte.types.interface_schema import input_schema
from flyte.types.plan import Pickled, signature_of
from flyte.types.single import decode, encode, literal_type
from tests.values.records import Inner

A, B = Inner(1, "a"), Inner(2, "b")


class Ordered(OrderedDict[str, int]):
    pass


@dataclass
class Holder:
    queue: deque[Inner]
    tables: OrderedDict[str, defaultdict[int, list[Inner]]]
    names: Sequence[str]
    any_of: deque[int] | list[int] | Counter[str] | dict[str, int] | Sequence[bool] | None = None


ROUND_TRIPS = [
    (OrderedDict(b=1, a=2), OrderedDict[str, int]),
    (OrderedDict(b=A, a=B), typing.OrderedDict[str, Inner]),
    (OrderedDict({1: [A]}), OrderedDict[int, list[Inner]]),
    (OrderedDict(a="x"), OrderedDict),
    (Ordered(b=1, a=2), OrderedDict[str, int]),
    (defaultdict(list, {"a": [A]}), defaultdict[str, list[Inner]]),
    (defaultdict(int, {"a": 1}), typing.DefaultDict[str, int]),
    (defaultdict(None, {"a": 1}), defaultdict[str, int]),
    (Counter("aab"), Counter[str]),
    (Counter({2: -1}), Counter),
    (deque([A, B]), deque[Inner]),
    (deque([1, 2], maxlen=3), deque[int]),
    (deque(maxlen=0), deque[int]),
    ([A, B], Sequence[Inner]),
    ((A, B), Sequence[Inner]),
    (deque([1]), Sequence[int]),
    (range(3), Sequence[int]),
    ("abc", Sequence[str]),
    (b"abc", Sequence[int]),
    ({1, 2}, Iterable[int]),
    (frozenset({1}), Collection[int]),
    ({1: 2}, Iterable[int]),
    ({"a": A}, Mapping[str, Inner]),
    (OrderedDict(b=1, a=2), MutableMapping[str, int]),
    ({1}, AbstractSet[int]),
    (frozenset({1}), AbstractSet[int]),
    (deque([1]), deque[int] | None),
    ([deque([1]), [2]], list[list[int] | deque[int]]),
    ((deque([A]), 1), tuple[deque[Inner], int]),
    (Holder(deque([A]), OrderedDict(a=defaultdict(list, {1: [B]})), ("x",), deque([1])), Holder),
    (Holder(deque(), OrderedDict(), ["x"], [1]), Holder),
    (Holder(deque(), OrderedDict(), [], Counter("a")), Holder),
    (Holder(deque(), OrderedDict(), [], {"a": 1}), Holder),
    (Holder(deque(), OrderedDict(), [], (True,)), Holder),
]


@pytest.mark.parametrize(("value", "annotation"), ROUND_TRIPS, ids=lambda part: str(part)[:60])
def test_a_container_comes_back_as_the_same_class(value: Any, annotation: Any) -> None:
    back = decode(encode(value, annotation), annotation)
    assert (type(back), back) == (type(value), value)
    assert str(back) == str(value)  # the order, the maximum length, the factory


@pytest.mark.parametrize(("value", "annotation"), ROUND_TRIPS[:4] + ROUND_TRIPS[5:15], ids=lambda part: str(part)[:60])
def test_what_has_elements_of_a_known_type_is_packed_and_not_pickled(value: Any, annotation: Any) -> None:
    assert read_literal(encode(value, annotation))["binary"]["tag"] == "msgpack"
    assert Inner.__module__.encode() not in encode(value, annotation)


def test_other_clients_know_such_a_variable_as_a_pickle() -> None:
    assert b"collections.deque[int]" in literal_type(deque[int])
    assert b"PythonPickle" in literal_type(deque[int])


def test_nobody_is_warned_of_pickles() -> None:
    def task(a: deque[int], b: Sequence[Inner], c: Mapping[str, int] | None) -> Counter[str]: ...  # type: ignore[empty-body]

    signature_of(task, "env.task", pickled := Pickled("env.task"))
    pickled.warn(lambda name: pytest.fail("there is something to warn of"))


class Later:
    """A factory, and not a built-in one."""


@pytest.mark.parametrize(
    ("value", "annotation", "message"),
    [
        (deque([1, "x"]), deque[int], "`x[1]`: expected int, got str 'x'"),
        ([1], deque[int], "`x`: expected deque[int], got list [1]"),
        ({"a": 1}, OrderedDict[str, int], "`x`: expected OrderedDict[str, int], got dict {'a': 1}"),
        (OrderedDict(a="x"), OrderedDict[str, int], "`x['a']`: expected int, got str 'x'"),
        (Counter({"a": 0.5}), Counter[str], "`x['a']`: expected int, got float 0.5"),
        ("abc", Sequence[int], "`x`: expected Sequence[int], got str 'abc'"),
        (b"abc", Sequence[str], "`x`: expected Sequence[str], got bytes b'abc'"),
        ([1, "x"], Sequence[int], "`x[1]`: expected int, got str 'x'"),
        ({1: 1}, Mapping[str, int], "`x`: expected str keys, got int 1"),
        (
            None,
            Sequence[int],
            "`x`: expected Sequence[int], got None; annotate `Sequence[int] | None` if None is meant",
        ),
        (
            defaultdict(Later),
            defaultdict[str, Any],
            "`x`: its default_factory Later cannot be recorded: only a built-in type can, such as int, list or dict",
        ),
        ((each for each in "ab"), Iterable[str], "`x`: a generator cannot travel between tasks"),
    ],
    ids=str,
)
def test_a_container_that_does_not_fit_is_refused_by_name(value: Any, annotation: Any, message: str) -> None:
    with pytest.raises(TypeError) as refusal:
        encode(value, annotation)
    assert str(refusal.value).startswith(f"value: {message}")


@given(st.recursive(st.integers(0, 9), lambda inner: st.lists(inner) | st.lists(inner).map(deque), max_leaves=5))
def test_lists_and_deques_in_each_other_stay_apart(value: Any) -> None:
    kind = deque[deque[int] | list[int] | int] | list[deque[int] | list[int] | int] | int
    try:
        encoded = encode(value, kind)
    except TypeError:  # nested deeper than the annotation goes
        return
    assert repr(decode(encoded, kind)) == repr(value)


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (deque[int], {"type": "array", "items": {"type": "integer"}}),
        (Sequence[str], {"type": "array", "items": {"type": "string"}}),
        (
            Counter[str],
            {"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": {"type": "string"}},
        ),
    ],
    ids=str,
)
def test_people_write_a_container_as_its_plain_form(annotation: Any, expected: Any) -> None:
    import inspect

    assert input_schema({"x": (annotation, inspect.Parameter.empty)})["properties"]["x"] == expected
