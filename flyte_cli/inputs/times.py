"""Moments and lengths of time as people write them. Pure: what `now` is, is handed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from fractions import Fraction
from typing import Any

from flyte_cli.inputs.problem import BadValue

Clock = Callable[[], datetime]

_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?"
_ZONE = r"\s*(Z|UTC|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?|[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)?"
_MOMENT = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?:(?:[Tt]|\s+){_CLOCK}{_ZONE})?")
_TIME = re.compile(_CLOCK + _ZONE)
_TERM = re.compile(r"(.*\S)\s*([+-])\s*([^+-]+)", re.DOTALL)
MOST_TERMS = 8

_MICROSECONDS = {"us": 1, "ms": 1000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}
_SPELLINGS = {
    "us": ("us", "µs", "μs", "microsecond", "microseconds"),
    "ms": ("ms", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
}
_UNITS = {spelling: _MICROSECONDS[unit] for unit, spellings in _SPELLINGS.items() for spelling in spellings}
_UNITS |= dict.fromkeys(("w", "week", "weeks"), 7 * _UNITS["d"])
_NUMBER = r"(\d+(?:\.\d+)?)"
_PART = re.compile(rf"{_NUMBER}\s*([a-zµμ]+)(?:\s*,\s*|\s+and\s+|\s*)")
_COLONS = re.compile(rf"(?:(-?\d+) days?, )?(?:(?:(\d+):)?(\d+))?:{_NUMBER}")
_ISO = re.compile(rf"P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?", re.IGNORECASE)


def moment(text: str, now: Clock) -> datetime:
    """`2025-01-31T09:00+01:00`, `2025-01-31 09:00 Europe/Oslo`, `today`, `now - 1 day`, and the like."""
    rest, change = text.strip(), timedelta()
    for _ in range(MOST_TERMS):
        plain = _plain(rest, now)
        if plain is not None:
            try:
                return plain + change
            except OverflowError as error:
                raise BadValue(f"`{text}` is before the year 1 or after 9999") from error
        term = _TERM.fullmatch(rest)
        length = _length(term[3].strip(), bare=False) if term else None
        if term is None or length is None:
            break
        rest, change = term[1].strip(), change + (length if term[2] == "+" else -length)
    raise BadValue(f"no date or time: `{_short(text)}`; write it like 2025-01-31T09:00, now, or now - 1 day")


def day(text: str, now: Clock) -> date:
    """A date, or the date of a moment."""
    return moment(text, now).date()


def time_of_day(text: str) -> time:
    """`9:30`, `09:30:15.5`, `09:30+02:00`."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadValue(f"no time of day: `{_short(text)}`; write it like 09:30 or 09:30:15")
    *clock, zone = found.groups()
    try:
        return time(*_clock(clock), tzinfo=_zone(zone))
    except ValueError as error:
        raise BadValue(f"no time of day: `{_short(text)}`: {error}") from error


def length(text: str) -> timedelta:
    """`90s`, `1h30m`, `1 day 2 hours`, `1:24` (minutes and seconds), `2:00:00`, `P1DT2H`; a bare number is seconds."""
    found = _length(text.strip(), bare=True)
    if found is None:
        hint = "; months and years have no fixed length" if re.match(r"-?P\d+[YM]", text, re.IGNORECASE) else ""
        raise BadValue(f"no length of time: `{_short(text)}`; write it like 90s, 1h30m, 1:24 or P1DT2H{hint}")
    return found


def _plain(text: str, now: Clock) -> datetime | None:
    word = text.lower()
    if word == "now":
        return now()
    if word in _DAYS:
        return datetime.combine(now().date(), time()) + timedelta(days=_DAYS[word])
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            # the compact forms of ISO 8601, in the versions of Python that read them
            return datetime.fromisoformat(text) if re.match(r"\d{8}", text) else None
        year, month, number, *clock, zone = found.groups()
        return datetime(int(year), int(month), int(number), *_clock(clock), tzinfo=_zone(zone))
    except ValueError as error:
        raise BadValue(f"no date or time: `{_short(text)}`: {error}") from error


_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}


def _clock(parts: list[Any]) -> tuple[int, int, int, int]:
    hour, minute, second, fraction = parts
    return int(hour or 0), int(minute or 0), int(second or 0), int((fraction or "").ljust(6, "0") or 0)


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text in ("Z", "UTC"):
        return timezone.utc
    if text[0] in "+-":
        digits = text[1:].replace(":", "").ljust(6, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:]))
        return timezone(offset if text[0] == "+" else -offset)
    from zoneinfo import ZoneInfo  # deferred: few moments name a place

    try:
        return ZoneInfo(text)
    except (KeyError, OSError) as error:
        raise ValueError(f"no time zone `{text}`") from error


def _length(text: str, bare: bool) -> timedelta | None:
    sign = -1 if text.startswith("-") and "day" not in text.partition(",")[0] else 1
    unsigned = text[1:].strip() if sign < 0 else text
    for read in (_in_units, _with_colons, _iso):
        try:
            seconds = read(unsigned)
            if seconds is None and bare and re.fullmatch(_NUMBER, unsigned):
                seconds = Fraction(unsigned)
            if seconds is not None:
                return sign * timedelta(microseconds=round(seconds * 10**6))
        except (OverflowError, ValueError) as error:  # ValueError: more digits than Python reads
            raise BadValue(f"too long a time: `{_short(text)}`") from error
    return None


def _in_units(text: str) -> Fraction | None:
    total, at = Fraction(0), 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part[2] not in _UNITS:
            return None
        total += Fraction(part[1]) * _UNITS[part[2]]
        at = part.end()
    return total / 10**6 if text else None


def _with_colons(text: str) -> Fraction | None:
    found = _COLONS.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = found.groups()
    return int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes or 0) * 60 + Fraction(seconds)


def _iso(text: str) -> Fraction | None:
    found = _ISO.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    scales = (604800, 86400, 3600, 60, 1)
    return sum(
        (Fraction(each) * scale for each, scale in zip(found.groups(), scales, strict=True) if each), Fraction(0)
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
