"""Cron expressions, as people write them: five fields, or a name such as `@daily`. It checks, and computes no times."""

from __future__ import annotations

from typing import TypeAlias

from flyte.near_miss import hint_for

MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, in the years that have most."""

_Field: TypeAlias = tuple[str, int, int, dict[str, int]]
_FIELDS: tuple[_Field, ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(_DAYS)}),
)
"""Name, smallest and largest number, and names of numbers; 7 is Sunday as well as 0."""


def check_cron(expression: str) -> None:
    """Raise ValueError that names the field that cannot be read, or for what never fires; TypeError if not a string."""
    if not isinstance(expression, str):
        raise TypeError(f"a cron expression is a string such as '0 9 * * MON', got {expression!r}")
    if expression.startswith("@"):
        if expression not in MACROS:
            hint = hint_for(expression, MACROS) or f"known: {', '.join(MACROS)}"
            raise ValueError(f"cron expression {expression!r}: there is no such name ({hint})")
        return
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(
            f"cron expression {expression!r}: it takes five fields, minute, hour, day, month and day of the week, "
            f"and {len(parts)} were given"
        )
    for part, (name, low, high, names) in zip(parts, _FIELDS, strict=True):
        for item in part.split(","):
            problem = _problem(item, low, high, names)
            if problem:
                raise ValueError(f"cron expression {expression!r}: {name} {part!r}: {problem}")
    _check_that_it_fires(expression, *parts[2:])


def _check_that_it_fires(expression: str, days: str, months: str, weekdays: str) -> None:
    # A day of the week that is said fires beside the days of the month (crontab(5)), and every month has all of them.
    if weekdays[0] not in "*?":
        return
    first = min(_numbers(days, _FIELDS[2]))
    if first > max(_LENGTHS[month - 1] for month in _numbers(months, _FIELDS[3])):
        raise ValueError(f"cron expression {expression!r} never fires: no month of {months!r} has a day {first}")


def _numbers(part: str, field: _Field) -> set[int]:
    """What a field stands for, once it was found to be in order."""
    _, low, high, names = field
    found: set[int] = set()
    for item in part.split(","):
        span, _, step = item.partition("/")
        ends = [low, high] if span in ("*", "?") else [names.get(end.upper()) or int(end) for end in span.split("-")]
        last = high if step and len(ends) == 1 else ends[-1]
        found.update(range(ends[0], last + 1, int(step or 1)))
    return found


def _problem(item: str, low: int, high: int, names: dict[str, int]) -> str:
    span, slash, step = item.partition("/")
    if slash and not (step.isdecimal() and int(step) > 0):
        return f"the step {step!r} must be a number from 1 up"
    if span in ("*", "?"):
        return ""
    ends = [names.get(end.upper(), int(end) if end.isdecimal() else -1) for end in span.split("-")]
    if len(ends) > 2 or not all(low <= end <= high for end in ends):
        return f"write * or numbers from {low} to {high}, e.g. '{low}-{high}' or '*/{max(low, 2)}'"
    return f"{span!r} runs backwards" if ends != sorted(ends) else ""
