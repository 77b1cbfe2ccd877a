"""Sort the words after a task's name: which are inputs of the task, which are options of ours. It converts nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from flyte_cli.inputs.interface import Input, Interface
from flyte_cli.near_miss import nearest

_NUMBER = re.compile(r"-[\d.]")
_YES_OR_NO = ("true", "false", "yes", "no", "on", "off", "none")


@dataclass(frozen=True)
class Flags:
    """The options of a command: those that take a value, and those that do not."""

    valued: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()

    def __contains__(self, option: str) -> bool:
        return option in self.valued or option in self.bare

    def all(self) -> list[str]:
        """Every spelling that starts with two dashes."""
        return sorted(each for each in self.valued | self.bare if each.startswith("--"))


@dataclass(frozen=True)
class Given:
    """One input as typed: `--cfg.lr 0.2` has the path `("lr",)`."""

    input: Input
    text: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sorted:
    """What the words turned out to be."""

    given: tuple[Given, ...] = ()
    ours: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()


@dataclass
class _Reader:
    words: list[str]
    interface: Interface
    flags: Flags
    given: list[Given] = field(default_factory=list)
    ours: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    only_inputs: bool = False

    def read(self) -> None:
        while self.words:
            word = self.words.pop(0)
            if word == "--" and not self.only_inputs:
                self.only_inputs = True
            elif not word.startswith("-") or word == "-" or _NUMBER.match(word):
                self.problems.append((word, "unexpected: inputs are given as options, --name value"))
            else:
                self.option(word)

    def option(self, word: str) -> None:
        spelled, equals, text = word.partition("=")
        value = text if equals else None
        head, *path = spelled.removeprefix("--").split(".") if spelled.startswith("--") else [spelled]
        found = self.interface.find(head) if spelled.startswith("--") else None
        if found is not None:
            self.input(found, tuple(path), spelled, value)
        elif self.negated(head, tuple(path), value):
            pass
        elif spelled in self.flags and not self.only_inputs:
            self.flag(spelled, word, value)
        else:
            self.unknown(spelled, value)

    def input(self, found: Input, path: tuple[str, ...], spelled: str, value: str | None) -> None:
        if value is None and _is_flag(found, path):
            value = self.words.pop(0) if self.words and self.words[0].lower() in _YES_OR_NO else "true"
        elif value is None:
            value = self.value_after()
        if value is None:
            self.problems.append((spelled, "a value is missing after it"))
        else:
            self.given.append(Given(found, value, path))

    def negated(self, head: str, path: tuple[str, ...], value: str | None) -> bool:
        found = self.interface.find(head[3:]) if head.startswith(("no-", "no_")) else None
        if found is None or not _is_flag(found, path) or value is not None:
            return False
        self.given.append(Given(found, "false", path))
        return True

    def flag(self, spelled: str, word: str, value: str | None) -> None:
        self.ours.append(word)
        if spelled in self.flags.valued and value is None and self.words:
            self.ours.append(self.words.pop(0))

    def unknown(self, spelled: str, value: str | None) -> None:
        if value is None:
            self.value_after()
        known = [each.option for each in self.interface.inputs] + self.flags.all()
        guess = nearest(spelled, known)
        self.problems.append((spelled, "no such input" + (f", did you mean {guess}?" if guess else "")))

    def value_after(self) -> str | None:
        """The next word, unless it is an option: a value that looks like one is given with `=`."""
        if not self.words or self.words[0] == "--":
            return None
        word = self.words[0]
        if word.startswith("--") or (word in self.flags and not _NUMBER.match(word)):
            return None
        return self.words.pop(0)


def _is_flag(found: Input, path: tuple[str, ...]) -> bool:
    from flyte_cli.inputs import kinds  # deferred: reading types loads flyte, which `-h` needs not

    return kinds.is_flag(found.type if not path else kinds.field_at(found.type, path))


def value_of(option: str, words: Sequence[str]) -> str | None:
    """What an option says, before anything is parsed; None when it is not there."""
    for place, word in enumerate(words[: words.index("--")] if "--" in words else words):
        name, equals, value = word.partition("=")
        if name == option:
            return value if equals else next(iter(words[place + 1 :]), None)
    return None


def leading(
    words: Sequence[str], flags: Flags, most: int, joint: str | None = None
) -> tuple[list[str], tuple[str, ...], tuple[str, ...]]:
    """The first words that are no options, at most so many; options of ours before and between; and the rest.

    `joint` makes two of the first one: `flow.py::main`.
    """
    ours: list[str] = []
    found: list[str] = []
    remaining = list(words)
    while remaining and len(found) < most:
        word = remaining[0]
        name = word.partition("=")[0]
        if not word.startswith("-"):
            first = remaining.pop(0)
            found += first.split(joint, 1) if joint and not found else [first]
        elif name in flags:
            ours.append(remaining.pop(0))
            if name in flags.valued and "=" not in word and remaining:
                ours.append(remaining.pop(0))
        else:
            break
    return found, tuple(ours), tuple(remaining)


def sort_words(words: Sequence[str], interface: Interface, flags: Flags) -> Sorted:
    """Tell inputs from options of ours; an input wins over an option of the same name."""
    reader = _Reader(list(words), interface, flags)
    reader.read()
    return Sorted(tuple(reader.given), tuple(reader.ours), tuple(reader.problems))
