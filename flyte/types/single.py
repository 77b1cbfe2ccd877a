"""Single values to literals and back, through a signature of one input. For plugins, tools and tests."""

from __future__ import annotations

from typing import Any

from flyte._core import Signature
from flyte.types.plan import spec_of


def signature(annotation: Any) -> Signature:
    """The signature of one input `x`."""
    return Signature([("x", spec_of(annotation))], [], {}, "value")


def literal_type(annotation: Any) -> bytes:
    """The encoded core.LiteralType of an annotation."""
    # TypedInterface.inputs, its entry, the Variable in it, and that one's type.
    return _last(_last(_last(_last(signature(annotation).interface, 1), 1), 2), 1)


def encode(value: Any, annotation: Any) -> bytes:
    """A value as an encoded core.Literal."""
    return _last(_last(signature(annotation).bind((value,), {}), 1), 2)


def decode(literal: bytes, annotation: Any) -> Any:
    """The value of an encoded core.Literal."""
    return signature(annotation).decode_inputs(_field(1, _field(1, b"x") + _field(2, literal)))["x"]


def _field(number: int, content: bytes) -> bytes:
    size, digits = len(content), bytearray()
    while size >= 0x80:
        digits.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *digits, size]) + content


def _last(message: bytes, number: int) -> bytes:
    """The last field of that number; all fields of these messages are length-delimited."""
    found, at = b"", 0
    while at < len(message):
        tag, at = message[at], at + 1
        size = shift = 0
        while message[at] & 0x80:
            size |= (message[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
        size |= message[at] << shift
        start, at = at + 1, at + 1 + size
        if tag >> 3 == number:
            found = message[start:at]
    return found
