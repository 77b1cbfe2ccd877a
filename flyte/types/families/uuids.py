"""`uuid.UUID`, by its text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flyte.types.extension import Extension
from flyte.types.families.textual import textual


def extension_for(annotation: Any) -> Extension | None:
    """The conversions of UUIDs."""
    if annotation is not UUID:
        return None
    schema = {"type": "string", "format": "uuid"}
    return textual(UUID, "uuid", str, UUID, schema, lambda value: type(value) is UUID)
