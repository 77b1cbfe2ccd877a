"""Which actions a word such as `flaky.*` or `train/epoch` stands for. Pure: paths in, yes or no out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate

_NUMBERED = re.compile(r"\.(\d+|[*?\[].*)$")


@dataclass(frozen=True)
class ActionPattern:
    """`flaky.3`, `flaky` (all of that name), `flaky.*`, `train.0/epoch.?`, `train.0/**` (everything below)."""

    text: str

    @property
    def parts(self) -> list[str]:
        """The names from the outermost in."""
        return [part for part in self.text.split("/") if part]

    def matches(self, path: str) -> bool:
        """Whether the path ends so; with `**` at the end, whether something above it does."""
        parts = self.parts
        if not parts:
            return False
        names = path.split("/")
        if parts[-1] == "**":
            ends = range(len(parts) - 1, len(names))
            return any(_fit(parts[:-1], names[:end]) for end in ends)
        return _fit(parts, names)


def _fit(parts: list[str], names: list[str]) -> bool:
    if len(parts) > len(names):
        return False
    return all(_is(part, name) for part, name in zip(reversed(parts), reversed(names), strict=False))


def _is(part: str, name: str) -> bool:
    wanted = [part] if _NUMBERED.search(part) else [part, f"{part}.*"]
    return any(re.match(translate(each), name) for each in wanted)
