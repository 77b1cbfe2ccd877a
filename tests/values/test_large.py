"""Messages whose large bytes are kept apart mean what the message in one piece means."""

from typing import Any

import pytest

from flyte._core import LargeMessage, Signature
from flyte.types.plan import spec_of

LARGE = 64 * 1024
"""From here on bytes are kept apart; rs_controller/src/io/offloaded.rs."""


def signature_of(*annotations: Any) -> Signature:
    variables = [(f"v{number}", spec_of(annotation)) for number, annotation in enumerate(annotations)]
    outputs = [(f"o{number}", spec_of(annotation)) for number, annotation in enumerate(annotations)]
    return Signature(variables, outputs, {}, "env.task")


@pytest.mark.parametrize("size", [LARGE, LARGE + 1, 200_000, 3_000_000])
@pytest.mark.parametrize(
    ("annotations", "values"),
    [((bytes,), [None]), ((int, bytes, str), [5, None, "x" * 200]), ((bytes, bytes), [b"small", None])],
)
def test_bytes_from_64_kib_on_are_apart(annotations: tuple[Any, ...], values: list[Any], size: int) -> None:
    signature = signature_of(*annotations)
    large = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    values = [large if value is None else value for value in values]
    inputs, outputs = signature.bind_apart(tuple(values), {}), signature.encode_outputs_apart(one_or_all(values))
    assert isinstance(inputs, LargeMessage)
    assert isinstance(outputs, LargeMessage)
    assert bytes(inputs) == signature.bind(tuple(values), {})
    assert bytes(outputs) == signature.encode_outputs(one_or_all(values))
    assert list(signature.decode_inputs(inputs).values()) == values
    assert signature.decode_outputs(outputs) == one_or_all(values)
    assert signature.decode_output_tuple(outputs) == tuple(values)


def one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else tuple(values)


@pytest.mark.parametrize(
    ("annotations", "values"),
    [
        ((bytes,), (b"x" * (LARGE - 1),)),
        ((str,), ("x" * LARGE,)),
        ((bytes | None,), (b"x" * LARGE,)),
        ((list[bytes],), ([b"x" * LARGE],)),
        ((bytes, bytes), (b"x" * LARGE, b"y" * LARGE)),
    ],
    ids=["small", "text", "optional", "in a list", "several"],
)
def test_anything_else_stays_in_one_piece(annotations: tuple[Any, ...], values: tuple[Any, ...]) -> None:
    signature = signature_of(*annotations)
    assert signature.bind_apart(values, {}) == signature.bind(values, {})
    assert signature.encode_outputs_apart(one_or_all([*values])) == signature.encode_outputs(one_or_all([*values]))


@pytest.mark.parametrize("annotation", [bytes | None, int | bytes, object, Any])
def test_a_reader_with_another_annotation_gets_the_same_bytes(annotation: Any) -> None:
    large = b"x" * LARGE
    message = signature_of(bytes).bind_apart((large,), {})
    assert signature_of(annotation).decode_inputs(message) == {"v0": large}


def test_a_reader_that_wants_something_else_is_told() -> None:
    message = signature_of(bytes).bind_apart((b"x" * LARGE,), {})
    with pytest.raises(ValueError, match="`v0` cannot be read: expected int, found binary value"):
        signature_of(int).decode_inputs(message)


def test_wrong_arguments_beside_large_bytes_are_named() -> None:
    with pytest.raises(TypeError, match="`v1`: expected int, got str 'a'"):
        signature_of(bytes, int).bind_apart((b"x" * LARGE, "a"), {})
