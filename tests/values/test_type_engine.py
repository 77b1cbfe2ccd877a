"""`TypeEngine` and its kin do single values, without protobuf: for plugins, tools and tests."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from flyte._core import write_literal
from flyte.errors import RestrictedTypeError
from flyte.types import TypeEngine, TypeTransformer, TypeTransformerFailedError, literal_string_repr
from flyte.types.plan import spec_of
from tests.values.test_peer_values import sized


@dataclass
class Cfg:
    x: int = 1


class Secret:
    pass


@pytest.mark.parametrize(
    ("value", "annotation", "shown"),
    [
        (1, int, 1),
        (None, int | None, None),
        (3, int | None, 3),
        ([1.5, None], list[float | None], [1.5, None]),
        ({"k": [True]}, dict[str, list[bool]], {"k": [True]}),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=1))), datetime, "2026-01-01T23:00:00"),
        (timedelta(seconds=90), timedelta, 90),
        (timedelta(seconds=1.5), timedelta, 1.5),
        (Cfg(), Cfg, '{"x": 1}'),
        (b"x", bytes, "eA=="),
    ],
)
async def test_literals_are_shown_as_plain_values(value: Any, annotation: Any, shown: Any) -> None:
    literal = await TypeEngine.to_literal(value, annotation)
    assert literal_string_repr(literal) == shown
    assert literal_string_repr({"map": literal, "a": literal}) == {"map": shown, "a": shown}


async def test_values_by_name_become_literals_by_name_and_values_again() -> None:
    values = {"n": 1, "c": Cfg(2), "many": [1, None]}
    types = {"n": int, "c": Cfg, "many": list[int | None]}
    literals = await TypeEngine.dict_to_literal_map(values, types)
    assert literals["n"] == {"primitive": 1}
    assert await TypeEngine.literal_map_to_kwargs(literals, types) == values
    assert await TypeEngine.literal_map_to_kwargs({"n": literals["n"]}) == {"n": 1}
    with pytest.raises(ValueError, match="no type for `c`, `many`; there is one for 'n'"):
        await TypeEngine.literal_map_to_kwargs(literals, {"n": int})
    with pytest.raises(ValueError, match="expected literals by name, got int 5"):
        await TypeEngine.literal_map_to_kwargs(5)


def test_a_value_is_checked_against_a_type() -> None:
    TypeEngine.to_literal_checks([1], list[int])
    with pytest.raises(TypeTransformerFailedError, match=r"`x\[0\]`: expected int, got str 'a'"):
        TypeEngine.to_literal_checks(["a"], list[int])


async def test_a_literal_that_is_stored_elsewhere_is_fetched(tmp_path: Path) -> None:
    place = tmp_path / "literal"
    place.write_bytes(write_literal({"primitive": 7}))
    offloaded = sized(8, sized(1, str(place).encode()))
    assert await TypeEngine.unwrap_offloaded_literal(offloaded) == {"primitive": 7}
    assert literal_string_repr(offloaded) == str(place)
    assert await TypeEngine.unwrap_offloaded_literal({"primitive": 1}) == {"primitive": 1}


def test_a_restricted_type_is_refused_wherever_it_would_travel() -> None:
    TypeEngine.register_restricted_type("Secret", Secret)
    with pytest.raises(RestrictedTypeError, match=r"^Secret .* may not be a task's input or output"):
        spec_of(list[Secret])


def test_an_object_is_told_from_others_by_the_class_of_a_generic() -> None:
    assert TypeTransformer.isinstance_generic([1], list[str])
    assert not TypeTransformer.isinstance_generic((1,), list[int])
