"""How serious a printed line is, told from its words. Pure; it knows the common forms and guesses no further."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flyte_cli.output.visible import visible

LEVELS = ("debug", "info", "warning", "error", "critical")
_WORDS = {"warn": "warning", "fatal": "critical", "trace": "debug", "err": "error"}
_WORD = re.compile(r"\b(DEBUG|TRACE|INFO|WARN(?:ING)?|ERROR|ERR|CRITICAL|FATAL)\b")
_FIELD = re.compile(r"""["']?(?:level|levelname|severity|lvl)["']?\s*[:=]\s*["']?(\w+)""", re.IGNORECASE)
LOOKED_AT = 120
"""Characters of a line in which its level is looked for."""


@dataclass
class Levels:
    """Levels of lines, one after the other; tracebacks and indented lines go with what is above them."""

    last: dict[tuple[int, str], str] = field(default_factory=dict)
    in_traceback: set[tuple[int, str]] = field(default_factory=set)

    def of(self, ordinal: int, stream: str, text: str) -> str:
        """The level of the next line that an action prints."""
        whose = (ordinal, stream)
        level = self._level(whose, visible(text))  # colours hide where words begin
        self.last[whose] = level
        return level

    def _level(self, whose: tuple[int, str], text: str) -> str:
        if text.startswith("Traceback (most recent call last)"):
            self.in_traceback.add(whose)
            return "error"
        if text[:1] in (" ", "\t") and whose in self.last:
            return self.last[whose]
        if whose in self.in_traceback:
            self.in_traceback.discard(whose)  # the line with the exception ends it
            return "error"
        return _said(text[:LOOKED_AT]) or "info"


def _said(text: str) -> str | None:
    found = _FIELD.search(text) or _WORD.search(text)
    if found is None:
        return None
    word = found[1].lower()
    word = _WORDS.get(word, word)
    return word if word in LEVELS else None
