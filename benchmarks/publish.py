"""Puts the table of one measured run into the project's README, and says how it was made. It measures nothing."""

import json
from typing import Any

import sides
import table

SAVED = sides.ROOT / "benchmarks" / "published.json"
README = sides.ROOT / "README.md"
BEGIN, END = "<!-- the table of `make bench`, put here by --publish -->", "<!-- end of the table -->"


def publish(document: dict[str, Any]) -> None:
    """Keep the document, and replace what the README shows of it."""
    SAVED.write_text(json.dumps(document, indent=1) + "\n")
    README.write_text(with_section(README.read_text(), document))


def section(document: dict[str, Any]) -> str:
    """How it was made, then the table with its notes."""
    machine = document["machine"]
    made = (
        f"Made by `make bench` on {machine['when'][:10]}: {machine['cores']} cores of {machine['cpu']}, load "
        f"{machine['load']:.1f} when it began, {machine['versions']['ours'].partition(' on ')[2]}; medians of "
        f"{_rounds(document)}, the two sides taking turns. Ours is durable and in processes, as always; the peer, PyPI "
        f"`flyte` {machine['versions']['peer'].split()[0]}, is in memory and in one process, as it comes."
    )
    return f"{BEGIN}\n\n{made}\n\n{table.draw(document)}\n\n{END}"


def _rounds(document: dict[str, Any]) -> str:
    """How often was measured: most of it, and what was not as often."""
    counts = {each["name"]: max(map(len, each["figures"][0]["rounds"].values())) for each in document["measures"]}
    most = max(counts.values())
    fewer = [f"{name}: {count}" for name, count in counts.items() if count < most]
    return f"{most} rounds" + (f" ({', '.join(fewer)})" if fewer else "")


def with_section(readme: str, document: dict[str, Any]) -> str:
    """The README with the part between the two marks replaced."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{README.name} has no place for the table: the lines `{BEGIN}` and `{END}`")
    return before + section(document) + after
