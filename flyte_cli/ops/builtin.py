"""The programs that come along, by the word that runs them. No terminal here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flyte_cli.inputs.interface import Interface
from flyte_cli.inputs.words import Flags, leading

FOLDER = Path(__file__).resolve().parent.parent / "builtin"


@dataclass(frozen=True)
class Builtin:
    """A program that `flyte run WORD` runs."""

    word: str
    file: str
    task: str
    about: str
    argument: str | None = None
    """The input that may stand without its option."""

    @property
    def path(self) -> str:
        """Where its file is."""
        return str(FOLDER / self.file)

    def spelled_out(self, words: Sequence[str], interface: Interface, flags: Flags) -> list[str]:
        """The words with the option that the first of them may leave out."""
        if self.argument is None:
            return list(words)
        inputs = frozenset(spelled for each in interface.inputs for spelled in (each.option, f"--{each.name}"))
        found, before, rest = leading(words, Flags(flags.valued | inputs, flags.bare), 1)
        return [*before, *(f"--{self.argument}={each}" for each in found), *rest]


BUILTINS = {
    each.word: each
    for each in (
        Builtin("hello", "flyte_builtin_hello.py", "main", "a first run, which needs no file"),
        Builtin("python-script", "flyte_builtin_script.py", "python_script", "any Python script as a task", "script"),
    )
}


def builtin_of(word: str | None, here: str) -> Builtin | None:
    """The program that a word stands for; none where the folder has a file of that name."""
    found = BUILTINS.get(word or "")
    if found is None or Path(here, found.word).exists() or Path(here, f"{found.word}.py").exists():
        return None
    return found
