"""Whatever goes in comes out: any value of any type that plans are made for."""

# ruff: noqa: UP007, UP045  (both spellings of unions must work)

import functools
import math
import pathlib
import uuid
from collections import OrderedDict
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Optional, Union, get_origin, is_typeddict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flyte._core import Signature
from flyte.types.plan import spec_of
from tests.values.families import Crate, Families, Linked, Node, Odd, Pair, Permission, Permitted
from tests.values.peer_table import Cat, Color, Dog, Draft, Movie, Zoo
from tests.values.peer_table import Point as Model
from tests.values.records import Chain, Choice, Computed, Inner, Line, Longer, Named, Nested, Point, Tree, Twin, Wide


class Colour(Enum):
    RED = 1


LOOKALIKES = ["a", "A", "B", "PT1S", "1.5", "2026-01-02"]

integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False)
scalars = st.none() | st.booleans() | st.integers() | floats | st.text() | st.binary()
naive = st.datetimes().map(lambda moment: moment.replace(fold=0))
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Far from the ends of the calendar, which a zone would move them over.
aware = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones).map(
    lambda moment: moment.replace(fold=0)
)
moments = st.datetimes(timezones=st.just(timezone.utc)).map(lambda moment: moment.replace(fold=0))
clocks = st.times(timezones=st.none() | zones)
odds = st.sampled_from(Odd)
permissions = st.builds(Permission, st.integers(0, 3))
finite = st.decimals(allow_nan=False)
paths = st.lists(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1), max_size=3).map(
    lambda parts: pathlib.Path(*parts)
)
complexes = st.complex_numbers(allow_nan=False)
ranges = st.builds(range, integers, integers, integers.filter(bool))
pairs = st.builds(Pair, integers, st.text())
movies = st.fixed_dictionaries({"title": st.text(), "year": integers})
drafts = st.fixed_dictionaries({"title": st.text()}, optional={"year": integers, "color": st.sampled_from(Color)})
models = st.builds(
    Zoo,
    pets=st.lists(st.builds(Cat, lives=integers) | st.builds(Dog, name=st.text()), max_size=2),
    home=st.builds(Model, x=integers, label=st.text(), when=st.none() | naive),
    color=st.sampled_from(Color),
    tags=st.sets(integers, max_size=3),
    span=st.timedeltas(timedelta(days=-1000), timedelta(days=1000)),
)
choices = st.sampled_from(["a", 1, None, b"a", True])
crates = st.builds(Crate, integers, st.lists(integers, max_size=2))
linked = st.recursive(
    st.builds(Linked, integers, st.none()), lambda inner: st.builds(Linked, integers, inner), max_leaves=3
)
nodes = st.recursive(
    st.builds(dict, value=integers), lambda inner: st.builds(dict, value=integers, rest=inner), max_leaves=3
)
# Among them what looks like a value of another type.
texts = st.one_of(
    [st.text(), st.binary(), integers, floats, st.dates().map(str), st.uuids().map(str), st.sampled_from(LOOKALIKES)]
)
families = st.builds(
    Families,
    when=naive | aware,
    day=st.dates(),
    span=st.timedeltas(),
    clock=clocks,
    odd=odds,
    flags=permissions,
    price=finite,
    key=st.uuids(),
    place=paths,
    number=complexes,
    steps=ranges,
    numbers=st.sets(integers),
    names=st.frozensets(st.text()),
    pair=pairs,
    movie=movies,
    model=models,
    choice=choices,
    maybe=st.one_of(st.none(), naive, aware, st.dates(), odds, st.timedeltas(), paths, st.uuids(), finite, texts),
)
things = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(scalars, inner)
        | st.tuples(inner, inner)
        | st.frozensets(scalars)
        | st.sets(scalars)
        | st.builds(Inner, inner, inner)
    ),
    max_leaves=10,
)
inners = st.builds(Inner, integers, st.text())
points = st.builds(
    Point, floats, floats, st.dictionaries(st.text(), st.lists(st.none() | floats, max_size=3), max_size=3)
)
trees = st.recursive(st.builds(Tree, integers), lambda inner: st.builds(Tree, integers, st.lists(inner, max_size=3)))
chains = st.recursive(st.builds(Chain, v=integers), lambda inner: st.builds(Chain, st.none() | inner, inner, integers))

# An annotation and its values; the cases below combine them.
LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, integers),
    (float, floats),
    (str, st.text()),
    (bool, st.booleans()),
    (bytes, st.binary()),
    (None, st.none()),
    (Any, things),
    (list, st.lists(things, max_size=4)),
    (dict, st.dictionaries(scalars, things, max_size=4)),
    (tuple, st.lists(things, max_size=4).map(tuple)),
    (Inner, inners),
    (Point, points),
    (Line, st.builds(Line, points)),
    (Tree, trees),
    (Chain, chains),
    (Named, st.builds(Named, a=integers, b=st.none() | st.text())),
    (Computed, st.builds(Computed, st.integers(0, 10**9))),
    (datetime, moments),
    (date, st.dates()),
    (timedelta, st.timedeltas()),
    (time, clocks),
    (Odd, odds),
    (Permission, permissions),
    (Permitted, st.builds(Permitted, st.integers(0, 3))),
    (Decimal, finite),
    (uuid.UUID, st.uuids()),
    (pathlib.Path, paths),
    (pathlib.PureWindowsPath, st.just(pathlib.PureWindowsPath("c:/a"))),
    (complex, complexes),
    (range, ranges),
    (set[int], st.sets(integers)),
    (set, st.sets(scalars)),
    (frozenset[str], st.frozensets(st.text())),
    (Pair, pairs),
    (Movie, movies),
    (Draft, drafts),
    (Zoo, models),
    (Literal["a", 1, None, b"a", True], choices),
    (Crate[int], crates),
    (Linked, linked),
    (Node, nodes),
    (Families, families),
    (Longer, st.builds(Longer, integers, st.text(), st.lists(st.lists(integers, max_size=3).map(tuple), max_size=3))),
]
MEMBERS = [
    None,
    int,
    float,
    str,
    bytes,
    bool,
    list[int],
    tuple[int, str],
    dict[str, float],
    dict[int, str],
    Inner,
    Twin,
    datetime,
    date,
    timedelta,
    Odd,
    Decimal,
    uuid.UUID,
    set[int],
    Pair,
    Movie,
    Cat,
    Dog,
    Literal["a", "2026-01-02"],
]


def wrapped(case: tuple[Any, Any]) -> st.SearchStrategy[tuple[Any, Any]]:
    annotation, values = case
    lists = st.lists(values, max_size=3)
    cases = [
        (list[annotation], lists),
        (tuple[annotation, ...], lists.map(tuple)),
        (tuple[annotation, int], st.tuples(values, integers)),
        (tuple[annotation], values.map(lambda value: (value,))),
        (dict[str, annotation], st.dictionaries(st.text(), values, max_size=3)),
        (dict[int, annotation], st.dictionaries(integers, values, max_size=3)),
        (dict[tuple[int, str], annotation], st.dictionaries(st.tuples(integers, st.text()), values, max_size=3)),
    ]
    if annotation not in (Any, None):
        cases.append((Optional[annotation], st.none() | values))
    return st.sampled_from(cases)


cases = st.recursive(st.sampled_from(LEAVES), lambda inner: inner.flatmap(wrapped), max_leaves=3)
cases_and_values = cases.flatmap(lambda case: st.tuples(st.just(case[0]), case[1]))
member_values = st.one_of(
    st.none(),
    integers,
    floats,
    st.text(),
    st.binary(),
    st.booleans(),
    st.lists(integers, max_size=3),
    st.tuples(integers, st.text()),
    st.dictionaries(st.text(), floats, max_size=3),
    st.dictionaries(integers, st.text(), max_size=3),
    inners,
    st.builds(Twin, integers, st.text()),
    moments,
    st.dates(),
    st.dates().map(str),
    st.timedeltas(),
    odds,
    finite,
    st.uuids(),
    st.uuids().map(str),
    st.sets(integers, max_size=2),
    pairs,
    movies,
    st.builds(Cat, lives=integers),
    st.builds(Dog, name=st.text()),
    st.sampled_from(LOOKALIKES),
)


def class_of(annotation: Any) -> Any:
    if annotation is None or is_typeddict(annotation):
        return dict if annotation else type(None)
    return str if get_origin(annotation) is Literal else get_origin(annotation) or annotation


@functools.cache
def signature_for(annotation: Any) -> Signature:
    return Signature([("x", spec_of(annotation))], [("o0", spec_of(annotation))], {}, "env.task")


def accepts(annotation: Any, value: Any) -> bool:
    """Whether this alone takes the value; with `class_of`, without any lenience."""
    try:
        signature_for(annotation).bind((value,), {})
    except TypeError:
        return False
    return True


def there_and_back(value: Any, annotation: Any) -> Any:
    signature = signature_for(annotation)
    inputs, outputs = signature.bind((), {"x": value}), signature.encode_outputs(value)
    result = signature.decode_outputs(outputs)
    assert repr(signature.decode_inputs(inputs)) == repr({"x": result})
    assert repr(signature.decode_output_tuple(outputs)) == repr((result,))
    return result


def assert_same(one: Any, other: Any) -> None:
    """Equal and of the same type, also inside, where `1 == 1.0 == True`."""
    assert one == other
    if not isinstance(one, (set, frozenset)):  # whose order may differ
        assert type(one) is type(other)
        assert "{" in repr(one) or repr(one) == repr(other)


@given(cases_and_values)
def test_any_value_of_any_type_comes_back(case: tuple[Any, Any]) -> None:
    annotation, value = case
    assert_same(there_and_back(value, annotation), value)


@given(st.lists(st.sampled_from(MEMBERS), min_size=2, max_size=5, unique=True), st.data())
def test_a_member_of_a_union_comes_back_as_that_member(members: list[Any], data: st.DataObject) -> None:
    annotation = Union[tuple(members)]

    def fits(value: Any) -> bool:
        return any(class_of(member) is type(value) and accepts(member, value) for member in members)

    value = data.draw(member_values.filter(fits))
    assert_same(there_and_back(value, annotation), value)
    assert_same(there_and_back([value], list[annotation]), [value])
    assert_same(there_and_back((value,), tuple[annotation]), (value,))


@pytest.mark.parametrize(
    "value",
    [Inner(1), Twin(1), {"a": 1}, {"a": 1, "b": 2}, {}, [1], (1, 2), {1, 2}, set(), 3 + 2j, None],
    ids=repr,
)
def test_members_of_the_same_shape_are_told_apart_inside_a_dataclass(value: Any) -> None:
    assert_same(there_and_back(Choice(value), Choice), Choice(value))


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (2**80, Any),
        (2**64 - 1, dict),
        ({"n": 2**64 - 1, "m": -(2**70)}, dict),
        ("\ud800", Any),
        (Colour.RED, Colour),
        (Pair(1), Pair),
        (pathlib.Path("/x"), pathlib.Path),
        (pathlib.Path("/x"), Optional[pathlib.Path]),
        (Decimal("1.5"), Decimal),
        (uuid.UUID(int=5), uuid.UUID),
        (datetime(2026, 1, 2, tzinfo=timezone.utc), Union[datetime, timedelta]),
        (timedelta(3), Union[datetime, timedelta]),
        (3 + 2j, complex),
        (range(3), range),
        ({"a", "b"}, set[str]),
        (frozenset({1, "a"}), frozenset),
        ("b", Literal["a", "b", 1]),
        (1, Literal["a", "b", 1]),
        (OrderedDict(b=1, a=2), OrderedDict),
        (int, type),
        (object, Any),
        (Nested((1, ("x", Inner(2))), [[Inner(3)]]), Nested),
        (Wide(1.0), Wide),
        (replace(Wide(1.0), anything={"a": (1, {2})}, maybe_inner=Inner(9), either="s", by_number={1: Inner(2)}), Wide),
    ],
    ids=repr,
)
def test_other_values_come_back_too(value: Any, annotation: Any) -> None:
    if annotation is dict and not isinstance(value, dict):
        value = {"value": value}
    assert_same(there_and_back(value, annotation), value)


def test_a_subclass_instance_keeps_what_the_subclass_adds() -> None:
    value = Longer(1, "b", [(1, 2)])
    for annotation, given_value in [(Inner, value), (list[Inner], [value]), (Optional[Inner], value)]:
        assert_same(there_and_back(given_value, annotation), given_value)
    assert_same(there_and_back(Choice(value), Choice), Choice(value))


def test_not_a_number_comes_back() -> None:
    assert math.isnan(there_and_back(math.nan, float))
    assert math.isnan(there_and_back({"a": [math.nan]}, dict)["a"][0])


def test_a_dataclass_checks_itself_when_it_arrives() -> None:
    computed = there_and_back(Computed(3), Computed)
    assert computed.area == 9
    computed.area = 10
    assert there_and_back(computed, Computed).area == 10


def test_data_may_nest_deeply() -> None:
    tree = Tree(0)
    for depth in range(240):
        tree = Tree(depth, [tree])
    signature = Signature([("x", spec_of(Tree))], [], {}, "env.task")
    back = signature.decode_inputs(signature.bind((tree,), {}))["x"]
    for depth in reversed(range(240)):
        assert back.v == depth
        back = back.kids[0]


@pytest.mark.parametrize("annotation", [dict, Any, dict[str, Any], "recursive"], ids=str)
def test_data_that_holds_itself_is_refused_or_pickled(annotation: Any) -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    tree = Tree(0)
    tree.kids.append(tree)
    if annotation is dict:
        with pytest.raises(ValueError, match="nested more than 500 levels deep, or holds itself"):
            there_and_back(loop, dict)
    elif annotation == "recursive":
        with pytest.raises(ValueError, match=r"`x\.kids\[0\]\.kids\[0\].*…"):
            Signature([("x", spec_of(Tree))], [], {}, "env.task").bind((tree,), {})
    else:
        signature = Signature([("x", spec_of(annotation))], [], {}, "env.task")
        back = signature.decode_inputs(signature.bind((loop,), {}))["x"]
        assert back["again"]["again"] is back["again"]["again"]["again"]
