"""Bytes are never trusted: whatever they hold, reading them gives a value or a ValueError."""

# ruff: noqa: UP007, UP045  (both spellings of unions must work)

import contextlib
import pickle
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Optional, Union
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flyte._core import Signature, inputs_hash
from flyte.types.plan import spec_of
from tests.values.families import FAMILIES, Crate, Families, Linked, Odd, Pair, Permission
from tests.values.peer_table import Draft, Movie, Zoo
from tests.values.records import Chain, Choice, Choosy, Fork, Inner, Longer, Named, Point, Tree, Wide

VALUES = [
    (1, int),
    (1.5, float),
    ("text", str),
    (b"raw", bytes),
    ([1, [2]], list),
    ({"a": {1: (2, {3})}}, dict),
    ([Inner(1)], list[Inner]),
    ({"a": Inner(1)}, dict[str, Inner]),
    ((1, "a"), tuple[int, str]),
    (Tree(1, [Tree(2)]), Tree),
    (Chain(Chain()), Chain),
    (Choice(Inner(1)), Choice),
    (Choice({"a": 1}), Choice),
    (Wide(1.0), Wide),
    (Point(1.0, 2.0, {"a": [None, 1.0]}), Point),
    (Longer(1, "b", [(1,)]), Longer),
    (Named(a=1), Named),
    ([1, None, "a"], list[Union[int, str, None]]),
    (FAMILIES, Families),
    (FAMILIES.when, datetime),
    (FAMILIES.day, date),
    (FAMILIES.span, timedelta),
    (FAMILIES.clock, time),
    (FAMILIES.odd, Odd),
    (FAMILIES.flags, Permission),
    (FAMILIES.price, Decimal),
    (FAMILIES.key, UUID),
    (FAMILIES.place, Path),
    (FAMILIES.number, complex),
    (FAMILIES.steps, range),
    (FAMILIES.numbers, set[int]),
    ({1, "a"}, set),
    (FAMILIES.names, frozenset[str]),
    (FAMILIES.pair, Pair),
    (FAMILIES.movie, Movie),
    ({"title": "Up"}, Draft),
    (FAMILIES.model, Zoo),
    (FAMILIES.choice, Literal["a", 1]),
    ((Odd.A, FAMILIES.span, FAMILIES.when), tuple[Odd, timedelta, datetime]),
    ([FAMILIES.key, None, FAMILIES.when], list[Union[UUID, datetime, None]]),
    (Crate(1, [2], Crate(3, [])), Crate[int]),
    (Linked(1, Linked(2)), Linked),
    ({1: {"a": None}}, Optional[dict[int, dict[str, Optional[int]]]]),
]
SIGNATURES = [Signature([("x", spec_of(kind))], [("o0", spec_of(kind))], {}, "env.task") for _, kind in VALUES]
MESSAGES = [signature.bind((value,), {}) for signature, (value, _) in zip(SIGNATURES, VALUES, strict=True)]


def read_everywhere(signature: Signature, message: bytes) -> None:
    for read in (signature.decode_inputs, signature.decode_outputs, signature.decode_output_tuple, inputs_hash):
        with contextlib.suppress(ValueError):
            read(message)
    signature.preview_inputs(message)


@given(st.sampled_from(SIGNATURES), st.binary())
def test_arbitrary_bytes(signature: Signature, message: bytes) -> None:
    read_everywhere(signature, message)


@given(st.sampled_from(SIGNATURES), st.sampled_from(MESSAGES), st.data())
def test_messages_with_bytes_changed_inserted_and_cut(
    signature: Signature, message: bytes, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(start, min(len(message), start + 3)))
    read_everywhere(signature, message[:start] + data.draw(st.binary(max_size=3)) + message[end:])


@given(st.sampled_from(SIGNATURES), st.sampled_from(MESSAGES))
def test_messages_of_another_type(signature: Signature, message: bytes) -> None:
    read_everywhere(signature, message)


def packed_input(packed: bytes, tag: bytes = b"msgpack") -> bytes:
    def field(number: int, content: bytes) -> bytes:
        size, length = len(content), b""
        while size >= 0x80:
            length += bytes([size & 0x7F | 0x80])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    literal = field(1, field(3, field(1, packed) + field(2, tag)))
    return field(1, field(1, b"x") + field(2, literal))


@pytest.mark.parametrize("annotation", [dict, list, Tree, Any, Choice], ids=str)
@pytest.mark.parametrize("marker", [b"\x91", b"\x81\xa1a", b"\x81\x91", b"\xc7\xff\x55\x00"], ids=bytes.hex)
def test_nesting_without_end(annotation: Any, marker: bytes) -> None:
    signature = Signature([("x", spec_of(annotation))], [], {}, "env.task")
    for tail in (b"", b"\xc0"):
        with pytest.raises(ValueError, match="cannot be read"):
            signature.decode_inputs(packed_input(marker * 100_000 + tail))


def test_a_size_that_is_a_lie_takes_no_memory() -> None:
    signature = Signature([("x", spec_of(list))], [], {}, "env.task")
    with pytest.raises(ValueError, match="ends too early"):
        signature.decode_inputs(packed_input(b"\xdd\xff\xff\xff\xff"))


def test_a_union_that_never_fits_gives_up() -> None:
    signature = Signature([("x", spec_of(Fork))], [], {}, "env.task")
    packed = b"\xc0"
    for _ in range(60):
        packed = b"\x81\xa4next" + packed
    with pytest.raises(ValueError, match="too many members of unions that do not fit"):
        signature.decode_inputs(packed_input(packed))


def test_a_pickle_that_cannot_be_read_tells_why() -> None:
    signature = Signature([("x", spec_of(Any))], [], {}, "env.task")
    with pytest.raises(ValueError, match="ModuleNotFoundError") as raised:
        signature.decode_inputs(packed_input(b"cnowhere\nthing\n.", tag=b""))
    assert isinstance(raised.value.__cause__, ModuleNotFoundError)


def test_pickles_of_other_clients_are_read_for_types_that_we_pack() -> None:
    for value, annotation in [(b"raw", bytes), ([1, "a"], list), ((1, 2), tuple[int, ...])]:
        signature = Signature([("x", spec_of(annotation))], [], {}, "env.task")
        assert signature.decode_inputs(packed_input(pickle.dumps(value), tag=b"")) == {"x": value}


def test_fields_of_other_clients_are_found_and_unknown_ones_passed_over() -> None:
    signature = Signature([("x", spec_of(Inner))], [], {}, "env.task")
    assert signature.decode_inputs(packed_input(b"\x83\xa1b\xa1q\xa1c\x91\x01\xa1a\x05")) == {"x": Inner(5, "q")}
    assert signature.decode_inputs(packed_input(b"\x81\xa1a\x05")) == {"x": Inner(5)}
    with pytest.raises(ValueError, match="Inner without its `a`"):
        signature.decode_inputs(packed_input(b"\x80"))


def test_an_exception_of_the_users_class_is_passed_on() -> None:
    signature = Signature([("x", spec_of(Choosy))], [], {}, "env.task")
    with pytest.raises(LookupError, match="not my number"):
        signature.decode_inputs(signature.bind(({"number": 1},), {}))
