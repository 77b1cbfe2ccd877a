"""How somebody's editor is told to open a file at a line. Pure: it starts nothing."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

WITH_GO_TO = frozenset({"code", "code-insiders", "codium", "cursor", "windsurf"})
WITH_COLON = frozenset({"subl", "zed", "hx", "helix"})
WITH_OPTION = frozenset({"idea", "pycharm", "charm"})
WITH_PLUS = frozenset(
    {"vi", "vim", "nvim", "view", "ed", "ex", "nano", "pico", "emacs", "emacsclient", "micro", "kak", "joe", "mg", "ne"}
)
OWN_WINDOW = WITH_GO_TO | WITH_OPTION | {"subl", "zed", "gvim", "gedit", "kate"}


@dataclass(frozen=True)
class Editing:
    """A command, and whether it needs the terminal that we draw on."""

    command: tuple[str, ...]
    needs_terminal: bool


def editing(environment: Mapping[str, str], file: str, line: int) -> Editing:
    """$VISUAL, $EDITOR or vi. Raises ValueError where what is set is no command."""
    said = environment.get("VISUAL") or environment.get("EDITOR") or "vi"
    try:
        words = shlex.split(said)
    except ValueError as error:
        raise ValueError(f"$EDITOR is no command: `{said}`: {error}") from error
    if not words:
        raise ValueError("$EDITOR is empty")
    name = PurePath(words[0]).stem
    return Editing((*words, *_at(name, file, max(line, 1))), name not in OWN_WINDOW)


def _at(name: str, file: str, line: int) -> tuple[str, ...]:
    if name in WITH_GO_TO:
        return ("-g", f"{file}:{line}")
    if name in WITH_COLON:
        return (f"{file}:{line}",)
    if name in WITH_OPTION:
        return ("--line", str(line), file)
    return (f"+{line}", file) if name in WITH_PLUS or name == "gvim" else (file,)
