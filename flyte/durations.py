"""Lengths of time as people write them: seconds, timedeltas, `1h30m`. It knows nothing of clocks."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TypeAlias

Duration: TypeAlias = timedelta | int | float | str

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")


def duration(value: Duration, what: str) -> timedelta:
    """Read a length of time; a bare number is seconds."""
    length = _read(value, what)
    if length < timedelta(0):
        raise ValueError(f"{what} must not be negative, got {value!r}")
    return length


def _read(value: object, what: str) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _seconds(value, value, what)
    if isinstance(value, str):
        return _seconds(_written(value.replace(" ", ""), what), value, what)
    raise TypeError(f"{what} must be seconds, a timedelta or a string like '1h30m', got {value!r}")


def _written(text: str, what: str) -> float:
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{what} is not a length of time: {text!r} (write seconds, or '90s', '30m', '1h30m', '2d')")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def _seconds(seconds: float, value: object, what: str) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{what} is not a length of time: {value!r}") from error
