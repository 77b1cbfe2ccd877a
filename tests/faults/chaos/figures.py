"""What a campaign has done, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.faults.chaos.campaign import Story


def table(stories: Sequence[Story], seconds: float) -> str:
    """The figures of a campaign."""
    struck: Counter[str] = sum((story.struck for story in stories), Counter())
    ends: Counter[str] = sum((story.ends for story in stories), Counter())
    programs = Counter(story.program.name for story in stories)
    lines = [
        *section("runs", {"all": len(stories), "with a problem": sum(story.problem is not None for story in stories)}),
        *section("programs", programs),
        *section("misfortunes that struck", struck),
        *section("drivers by their end", ends),
        *section(
            "in all",
            {
                "drivers": sum(ends.values()),
                "recoveries": sum(story.recoveries for story in stories),
                "most recoveries of one run": max((story.recoveries for story in stories), default=0),
                "bodies that began": sum(story.bodies for story in stories),
                "seconds": round(seconds),
                "seconds of the longest run": round(max((story.seconds for story in stories), default=0)),
            },
        ),
    ]
    return "\n".join(lines)


def section(title: str, counts: dict[str, int] | Counter[str]) -> list[str]:
    rows = sorted(counts.items(), key=lambda row: -row[1]) if isinstance(counts, Counter) else counts.items()
    return [title, *(f"  {name:<28}{count:>8,}" for name, count in rows)]
