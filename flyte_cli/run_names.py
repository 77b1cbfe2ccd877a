"""What people type for a run: a name, a unique prefix, `@`, `last`, `@2`. Pure: it never looks at the state folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

ALPHABET = "23456789abcdefghjkmnpqrstvwyz"


@dataclass(frozen=True)
class Latest:
    """A run counted back from the newest one of the project; 1 is the newest."""

    back: int

    def __post_init__(self) -> None:
        if self.back < 1:
            raise ValueError(f"runs are counted back from 1, got {self.back}")


@dataclass(frozen=True)
class Named:
    """A run whose name starts so."""

    prefix: str


def parse(text: str) -> Latest | Named:
    """Read what was typed for a run."""
    if text in ("@", "last"):
        return Latest(1)
    if match := re.fullmatch(r"@([1-9]\d*)", text):
        return Latest(int(match[1]))
    return Named(text)


def unique_lengths(names: Sequence[str]) -> dict[str, int]:
    """How many characters of each name tell it from the others."""
    ordered = sorted(set(names))
    lengths = {}
    for place, name in enumerate(ordered):
        neighbours = ordered[max(place - 1, 0) : place] + ordered[place + 1 : place + 2]
        shared = max((_shared(name, other) for other in neighbours), default=0)
        lengths[name] = min(max(shared + 1, 2), len(name))
    return lengths


def _shared(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
