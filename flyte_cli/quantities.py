"""Durations, ages and counts as people read them. Pure: the clock is always an argument."""

from __future__ import annotations

from datetime import datetime, timezone


def duration(seconds: float) -> str:
    """`0.02s`, `9.8s`, `31s`, `2m 04s`, `1h 12m`."""
    seconds = max(seconds, 0.0)
    if seconds < 0.995:
        return f"{seconds:.2f}s"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"


def stopwatch(seconds: float) -> str:
    """Like a duration, with a steady tenth while it runs: `13.4s`."""
    return f"{max(seconds, 0.0):.1f}s" if seconds < 59.95 else duration(seconds)


def age(then: float, now: float) -> str:
    """`just now`, `8 min ago`, `3 h ago`, `yesterday`, `5 days ago`."""
    seconds = max(now - then, 0.0)
    if seconds < 45:
        return "just now"
    if seconds < 3570:
        return f"{max(round(seconds / 60), 1)} min ago"
    if seconds < 22 * 3600:
        return f"{max(round(seconds / 3600), 1)} h ago"
    days = max(round(seconds / 86400), 1)
    return "yesterday" if days == 1 else f"{days} days ago"


def moment(at: float) -> str:
    """The time in ISO form with its zone, for pipes and JSON."""
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def size(bytes: int) -> str:
    """`512 B`, `1.4 KiB`, `23 MiB`."""
    amount, units = float(bytes), ("B", "KiB", "MiB", "GiB", "TiB")
    place = 0
    while amount >= 999.5 and place < len(units) - 1:
        amount, place = amount / 1024, place + 1
    return f"{amount:.1f} {units[place]}" if place and amount < 9.95 else f"{amount:.0f} {units[place]}"


def number(count: int) -> str:
    """The count with commas: `9,443`."""
    return f"{count:,}"
