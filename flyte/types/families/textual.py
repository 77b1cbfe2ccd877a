"""Types that a text says all about: what the families of such types share.

As a variable the text travels under a tag that names the type, and inside packed values as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flyte._core import read_literal, write_literal, write_literal_type
from flyte.types.extension import Extension, Misfit

_BLOB = {"format": "PythonPickle", "multipart": False}
_PICKLE = [{"blob": _BLOB, "structure_tag": "FlytePickle"}, {"simple": "BINARY", "structure_tag": "FlytePickle"}]


def opaque_type(cls: type) -> bytes:
    """The literal type of what only Python reads; clients know such a variable as a pickle."""
    return write_literal_type({"union": _PICKLE, "metadata": {"python_class_name": str(cls)}})


def textual(
    cls: type,
    tag: str,
    to_text: Callable[[Any], str],
    from_text: Callable[[str], Any],
    schema: Mapping[str, Any],
    is_whole: Callable[[Any], bool] = lambda value: True,
) -> Extension:
    """Carry a class by its text; a value that its text does not say all about (`is_whole`) is pickled."""

    def check(value: Any) -> None:
        if not isinstance(value, cls):
            raise Misfit(f"expected {cls.__name__}, got {_described(value)}{_hint(cls, value, from_text)}")

    def encode(value: Any) -> bytes:
        check(value)
        if not is_whole(value):
            from flyte.types.pickles import dump

            return write_literal({"binary": {"value": dump(value), "tag": ""}})
        return write_literal({"binary": {"value": to_text(value).encode(errors="surrogateescape"), "tag": tag}})

    def decode(literal: bytes) -> Any:
        tree = read_literal(literal)
        binary = tree.get("binary")
        if binary is None or binary["tag"] not in (tag, "msgpack"):
            raise ValueError(f"expected {cls.__name__}, found a {next(iter(tree))}")
        return read(binary["value"].decode(errors="surrogateescape"))

    def read(text: str) -> Any:
        try:
            return from_text(text)
        except Exception as error:  # parsers of the standard library raise what they like
            raise ValueError(f"expected {cls.__name__}, found {text!r}") from error

    def pack(value: Any) -> Any:
        check(value)
        return to_text(value) if is_whole(value) else value

    def unpack(packed: Any) -> Any:
        if isinstance(packed, cls):
            return packed
        if not isinstance(packed, str):
            raise ValueError(f"expected {cls.__name__}, found {_described(packed)}")
        return read(packed)

    return Extension(
        cls.__name__,
        opaque_type(cls),
        encode,
        decode,
        pack,
        unpack,
        instances=cls,
        json_schema=schema,
        member_tag="FlytePickle",
    )


def _described(value: Any) -> str:
    if value is None:
        return "None"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 80 else text[:79] + '…'}"


def _hint(cls: type, value: Any, from_text: Callable[[str], Any]) -> str:
    """What to write instead, where a text was meant to be the value."""
    if not isinstance(value, str):
        return ""
    try:
        from_text(value)
    except Exception:  # as above: then there is nothing to suggest
        return ""
    return f"; write {cls.__name__}({value!r})" if len(value) <= 80 else f"; make it a {cls.__name__}"
