"""The same type in every spelling of an annotation, and what its values may be."""

# ruff: noqa: UP006, UP007, UP045  (older spellings must work)

import collections
import typing
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, NewType, Optional, Union

import pytest

from flyte.types.plan import spec_of
from flyte.types.single import decode, encode
from tests.values.families import Crate
from tests.values.peer_table import Color, Level, Mode, Pair, Point, Zoo

T = typing.TypeVar("T")
Moment = NewType("Moment", datetime)


@dataclass
class Holder:
    crate: Crate[Moment]
    point: Point


@dataclass
class Endless(typing.Generic[T]):
    content: T
    inner: "Optional[Endless[list[T]]]" = None


@pytest.mark.parametrize(
    ("annotation", "plain"),
    [
        (typing.Set[int], set[int]),
        (typing.FrozenSet[int], frozenset[int]),
        (typing.Dict[str, date], dict[str, date]),
        (typing.List[Color], list[Color]),
        (typing.Tuple[int, Color], tuple[int, Color]),
        (Optional[Color], Color | None),
        (Moment, datetime),
        (Annotated[timedelta, "long"], timedelta),
        (typing.OrderedDict[str, int], collections.OrderedDict[str, int]),
        (typing.Deque[int], collections.deque[int]),
    ],
    ids=str,
)
def test_every_spelling_is_the_same_type(annotation: Any, plain: Any) -> None:
    kinds = [
        spec_of(each)[:-1] if spec_of(each)[0] in ("set", "frozenset", "tuple", "shaped") else spec_of(each)
        for each in (annotation, plain)
    ]
    if kinds[0][0] != "pickle":
        assert kinds[0] == kinds[1]


@pytest.mark.parametrize(
    ("given", "annotation", "expected"),
    [
        (datetime(2026, 1, 2), datetime, datetime(2026, 1, 2, tzinfo=timezone.utc)),
        (datetime(2026, 1, 2, 3), date, date(2026, 1, 2)),
        ("RED", Color, Color.RED),
        (["RED"], list[Color], [Color.RED]),
        ((1, "x"), Pair, Pair(1, "x")),
        ({"count": 1}, Pair, Pair(1)),
        ({"x": 1}, Point, Point(x=1)),
        ({"pets": [], "home": {"x": 1}, "color": "BLUE"}, Zoo, Zoo(pets=[], home=Point(x=1), color=Color.BLUE)),
        (
            {"crate": {"content": datetime(2026, 1, 2), "others": []}, "point": {"x": 2}},
            Holder,
            Holder(Crate(datetime(2026, 1, 2), []), Point(x=2)),
        ),
        (OrderedDict(b=1, a=2), dict[str, int], {"b": 1, "a": 2}),
        (defaultdict(int, a=2), dict[str, int], {"a": 2}),
        (1, complex, 1 + 0j),
        (Level.LOW, Union[int, Level], Level.LOW),
        (Mode.FAST, Union[str, Mode], Mode.FAST),
        ("fast", Union[str, Mode], "fast"),
        (True, Union[int, bool], True),
    ],
    ids=repr,
)
def test_what_is_near_enough_becomes_the_type(given: Any, annotation: Any, expected: Any) -> None:
    back = decode(encode(given, annotation), annotation)
    assert back == expected
    assert type(back) is type(expected)


def test_an_aware_moment_keeps_its_instant_and_inside_a_dataclass_its_zone() -> None:
    east = datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert decode(encode(east, datetime), datetime) == east
    back = decode(encode(Crate(east, []), Crate[datetime]), Crate[datetime]).content
    assert (back, back.utcoffset()) == (east, timedelta(hours=2))


def test_the_arguments_of_a_generic_class_count() -> None:
    with pytest.raises(TypeError, match=r"`x.content`: expected int, got str 'a'"):
        encode(Crate("a", []), Crate[int])
    both = dict[str, Union[Crate[int], Crate[str]]]
    value = {"a": Crate("a", []), "b": Crate(1, [2])}
    assert decode(encode(value, both), both) == value


@pytest.mark.parametrize("kind", [Endless[int], tuple[Endless[int], int], list[Endless[int]]], ids=str)
def test_a_class_that_holds_itself_with_other_arguments_each_time_is_refused(kind: Any) -> None:
    with pytest.raises(TypeError, match="holds itself with other arguments each time"):
        spec_of(kind)
