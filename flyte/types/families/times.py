"""`datetime.time`, by its ISO 8601 text. Moments, days and spans are not here: the core carries those."""

from __future__ import annotations

from datetime import time, timezone
from typing import Any

from flyte.types.extension import Extension
from flyte.types.families.textual import textual


def extension_for(annotation: Any) -> Extension | None:
    """The conversions of times of day."""
    if annotation is not time:
        return None
    return textual(time, "time", time.isoformat, _read, {"type": "string", "format": "time"}, _is_whole)


def _read(text: str) -> time:
    # Python 3.10 does not know the Z that others write.
    return time.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)


def _is_whole(value: time) -> bool:
    """A zone with a name, and which of two hours is meant when clocks go back, are not in the text."""
    zone = value.tzinfo
    is_plain = zone is None or (isinstance(zone, timezone) and zone == timezone(zone.utcoffset(None)))
    return type(value) is time and is_plain and not value.fold
