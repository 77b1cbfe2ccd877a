"""`decimal.Decimal`, by its text: every digit, and the specials."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flyte.types.extension import Extension
from flyte.types.families.textual import textual


def extension_for(annotation: Any) -> Extension | None:
    """The conversions of decimals."""
    if annotation is not Decimal:
        return None
    schema = {"type": "string", "format": "decimal"}
    return textual(Decimal, "decimal", str, Decimal, schema, lambda value: type(value) is Decimal)
