"""`complex` and `range`, by their texts."""

from __future__ import annotations

from typing import Any

from flyte.types.extension import Extension, Misfit
from flyte.types.families.textual import textual


def extension_for(annotation: Any) -> Extension | None:
    """The conversions of complex numbers and of ranges."""
    if annotation is range:
        return textual(range, "range", _range_text, _range, {"type": "string"})
    if annotation is complex:
        return _widened(textual(complex, "complex", _complex_text, _complex, {"type": "string"}))
    return None


def _range_text(value: range) -> str:
    return f"{value.start}:{value.stop}:{value.step}"


def _range(text: str) -> range:
    start, stop, step = map(int, text.split(":"))
    return range(start, stop, step)


def _complex_text(value: complex) -> str:
    # Not `str`, whose text loses the sign of a zero.
    return f"{value.real!r} {value.imag!r}"


def _complex(text: str) -> complex:
    real, _, imaginary = text.partition(" ")
    return complex(float(real), float(imaginary)) if imaginary else complex(text)


def _widened(exact: Extension) -> Extension:
    """The numeric tower of PEP 484: where complex is asked for, the smaller numbers will do."""

    def wide(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                return complex(value)
            except OverflowError as error:
                raise Misfit(f"{value!r} does not fit into a complex") from error
        return value

    return Extension(
        exact.name,
        exact.literal_type,
        lambda value: exact.encode(wide(value)),
        exact.decode,
        lambda value: exact.pack(wide(value)),
        exact.unpack,
        instances=complex,
        member_tag=exact.member_tag,
        json_schema=exact.json_schema,
    )
