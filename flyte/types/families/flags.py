"""`enum.Flag`, by its bits: combinations of members have no name of their own, so they cannot travel as enums do."""

from __future__ import annotations

import enum
from typing import Any

from flyte._core import read_literal, write_literal, write_literal_type
from flyte.types.extension import Extension, Misfit


def extension_for(annotation: Any) -> Extension | None:
    """The conversions of flags."""
    if not isinstance(annotation, type) or not issubclass(annotation, enum.Flag):
        return None
    flag = annotation

    def bits(value: Any) -> int:
        if not isinstance(value, flag):
            raise Misfit(f"expected {flag.__name__}, got {value!r}")
        return int(value.value)

    def decode(literal: bytes) -> enum.Flag:
        tree = read_literal(literal)
        return flag_of(tree.get("primitive"))

    def flag_of(value: Any) -> enum.Flag:
        if not isinstance(value, int):
            raise ValueError(f"expected the bits of a {flag.__name__}, found {value!r}")
        return flag(value)

    return Extension(
        flag.__name__,
        write_literal_type({"simple": "INTEGER"}),
        lambda value: write_literal({"primitive": bits(value)}),
        decode,
        bits,
        flag_of,
        instances=flag,
        json_schema={"type": "integer"},
    )
