"""Values have the bytes that any Flyte backend and client knows."""

# ruff: noqa: UP007, UP045  (both spellings of unions must work)

import math
from typing import Any, Optional, Union

import pytest

from flyte._core import Signature, action_name, cache_key, identity, inputs_hash
from flyte.types.plan import spec_of
from tests.values.records import Chain, Inner, Named, Point, Tree

VECTORS = [
    (5, int, "0a040a020805", "27IB+d+yCJUl70D2mD7FjNdoHCamhrx/HJKrdwhDtRk="),
    (-1, int, "0a0d0a0b08ffffffffffffffffff01", "h+u8H174ySI1t8MKteZMieVy0OT31TpaWXD6qlFwTD0="),
    (1.5, float, "0a0b0a0911000000000000f83f", "NbLSXx942r+UBmhHxYDQlx3yYv+bUbSwU/C3AuwQiZg="),
    ("bob", str, "0a070a051a03626f62", "8No5nd8Cyid7S6dac6ptX8eP0HwJNBGkLyHX52lXXTE="),
    (True, bool, "0a040a022001", "ZaL7VElM958Ioi46VLbhU4qKSPtvMqoahRd/qMkHnMU="),
    (False, bool, "0a040a022000", "t8UgiX7zkPuHpW8OI+HuZxE7vKeFUnzRZnjtKhWPfxY="),
    (None, type(None), "0a022a00", "TF1hZKMa6Du0LUvzU0Ir2Uevd5x+GXfFKD+xoDqHavg="),
    ([1, 2], list[int], "12100a060a040a0208010a060a040a020802", "NIPCwly+vsDMLWlmBHMnu5+3iAmztSCwBMLOrnFcfpE="),
    (
        {"a": 1, "b": 2},
        dict[str, int],
        "1a1a0a0b0a016112060a040a0208010a0b0a016212060a040a020802",
        "gCmwFYwXpEZXh1TjhK7nz6t0glwfzs+e1PhWl6LJFKs=",
    ),
    (
        {"b": 2, "a": 1},
        dict,
        "0a141a120a0782a16202a1610112076d73677061636b",
        "mkSENhdSMpAsWJUqpK333IAQ3e8N3CvspHsNcMhfhnU=",
    ),
    (
        Inner(1),
        Inner,
        "0a151a130a0882a16101a162a17a12076d73677061636b",
        "KCX5Db1dpSvMOa+sXaX2bqWlVqhz3/MmKL1bdoEM2j8=",
    ),
    (
        7,
        Optional[int],
        "0a154a130a060a040a020807120908015a050a03696e74",
        "vKF8a63++Hvha9l+bZbx5YXf7TJdi/8FwRSQ/GZw9AI=",
    ),
]

# What PyPI flyte 2.12.1 writes for the same values.
KNOWN = [
    (0, int, "0a040a020800"),
    ("", str, "0a040a021a00"),
    (math.nan, float, "0a0b0a0911000000000000f87f"),
    (2**63 - 1, int, "0a0c0a0a08ffffffffffffffff7f"),
    ([], list[int], "1200"),
    ({}, dict[str, int], "1a00"),
    (None, Optional[int], "0a144a120a040a022a00120a08005a060a046e6f6e65"),
    ("s", Union[int, str], "0a164a140a070a050a031a0173120908035a050a03737472"),
    (1, Union[float, int], "0a154a130a060a040a020801120908015a050a03696e74"),
    (True, Union[int, bool], "0a164a140a060a040a022001120a08045a060a04626f6f6c"),
    ([1], Optional[list[int]], "0a224a200a0a12080a060a040a02080112121a0208015a0c0a0a5479706564204c697374"),
    ({"a": None}, dict[str, Optional[int]], "1a1d0a1b0a016112160a144a120a040a022a00120a08005a060a046e6f6e65"),
    ((1, "x"), tuple[int, str], "0a1f1a1d0a1282a66974656d5f3001a66974656d5f31a17812076d73677061636b"),
    (
        (1, (2, "a")),
        tuple[int, tuple[int, str]],
        "0a211a1f0a1482a66974656d5f3001a66974656d5f319202a16112076d73677061636b",
    ),
    ([(1, "a")], list[tuple[int, str]], "12230a210a1f1a1d0a1282a66974656d5f3001a66974656d5f31a16112076d73677061636b"),
    ({1: 2}, dict[int, int], "0a101a0e0a0381010212076d73677061636b"),
    ({1.5: 2}, dict[float, int], "0a181a160a0b81cb3ff80000000000000212076d73677061636b"),
    ({1: Inner(2)}, dict[int, Inner], "0a171a150a0a810182a16102a162a17a12076d73677061636b"),
    ({"b": [1, 2.5, None, True, b"z"]}, dict, "0a201a1e0a1381a1629501cb4004000000000000c0c3c4017a12076d73677061636b"),
    (Tree(1, [Tree(2)]), Tree, "0a211a1f0a1482a17601a46b6964739182a17602a46b6964739012076d73677061636b"),
    ({"x": 1}, Any, "0a191a170a158005950a000000000000007d948c0178944b01732e"),
    ([1, "a"], list[Any], "12250a0b0a091a070a0580054b012e0a160a141a120a1080059505000000000000008c0161942e"),
]


def bound(value: Any, annotation: Any) -> bytes:
    return Signature([("x", spec_of(annotation))], [], {}, "env.task").bind((value,), {})


def literal(value: Any, annotation: Any) -> str:
    """The literal of an input `x`, without what says that it is one."""
    message = bound(value, annotation)
    return message.partition(b"\n\x01x\x12")[2][1:].hex()


@pytest.mark.parametrize(("value", "annotation", "expected", "hashed"), VECTORS)
def test_the_test_vectors_hold(value: Any, annotation: Any, expected: str, hashed: str) -> None:
    assert literal(value, annotation) == expected
    assert inputs_hash(bound(value, annotation)) == hashed


@pytest.mark.parametrize(("value", "annotation", "expected"), KNOWN)
def test_values_have_the_bytes_known_elsewhere(value: Any, annotation: Any, expected: str) -> None:
    assert literal(value, annotation) == expected


def test_a_dict_for_a_dataclass_is_the_dataclass() -> None:
    assert bound({"a": 1}, Inner) == bound(Inner(1), Inner)
    assert bound({"b": None, "a": 2}, Named) == bound(Named(a=2, b=None), Named)
    assert bound({"left": {"v": 1}}, Chain) == bound(Chain(Chain(v=1)), Chain)


def test_an_int_for_a_float_is_the_float() -> None:
    assert bound(1, float) == bound(1.0, float)
    assert bound({"x": 1}, Point) == bound(Point(1.0), Point)
    assert bound([1, None], list[Optional[float]]) == bound([1.0, None], list[Optional[float]])


def test_equal_values_hash_equal_whatever_their_order() -> None:
    for annotation in (dict, dict[str, int], Optional[dict[str, int]], list[dict[str, int]], Any):
        values: list[Any] = [{"b": 1, "a": 2}, {"a": 2, "b": 1}]
        if annotation == list[dict[str, int]]:
            values = [[each] for each in values]
        if annotation is Any:
            values = [set("abc"), set("cab")]
        one, other = (inputs_hash(bound(value, annotation)) for value in values)
        assert one == other, annotation


def test_the_order_of_a_dict_survives() -> None:
    for annotation in (dict, dict[str, int], Optional[dict[str, int]]):
        signature = Signature([("x", spec_of(annotation))], [], {}, "env.task")
        assert list(signature.decode_inputs(signature.bind(({"b": 1, "a": 2},), {}))["x"]) == ["b", "a"]


def test_names_and_keys_are_those_of_the_test_vectors() -> None:
    interface = "3onIQaY9FwDhPvqxRrx1M51xiDVLG23rnr7tExWcx5U="
    five = inputs_hash(bound(5, int))
    square = identity("env.square", interface, "v1")
    assert square == "mU6CgGoor6N31ykM2gCm7V6vRs1s8OAhkL80Y9mZ5xQ="
    assert action_name("a0", five, square, 1) == "6r2i08avgjhwss58q5o4i0u3z"
    assert action_name("a0", five, square, 2, "fan") == "3889canoxwaam6bnp1odgvpwr"
    assert action_name("a0", inputs_hash(b""), square, 1) == "dilds3lj3cfegdbmmjkjamo9r"
    assert cache_key(five, "env.square", interface, "v1") == "StzQbdV7Eh/xqYAfPR3SK6UgbOzS+TySrgmesL/nWh4="


def test_ignored_inputs_do_not_count() -> None:
    signature = Signature([("x", ("int",)), ("seed", ("int",))], [], {}, "env.task")
    hashes = {inputs_hash(signature.bind((5, seed), {}), ["seed"]) for seed in range(3)}
    assert hashes == {"27IB+d+yCJUl70D2mD7FjNdoHCamhrx/HJKrdwhDtRk="}
