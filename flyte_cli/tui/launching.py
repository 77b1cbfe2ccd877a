"""From the fields of a form to the words of a command line. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from flyte_cli.completion.found import FLAG, MANY
from flyte_cli.ops.form import FormField, Problems, Start

EMPTY = ("''", '""')
"""What stands for a text without letters: a field that is empty is not given."""
YES, NO = "on", "off"
_INSIDE = re.compile(r"(?:at `([\w.-]+)`|(--[\w.-]+)): (.*)", re.DOTALL)


def words_of(field: FormField, text: str) -> list[str]:
    """The words that give this text to a field; none for an empty field. Raises ValueError for quotes without end."""
    if not text.strip() and text != " ":
        return []
    option = field.option
    if field.kind == FLAG:
        return _flag(option, text, field.depth)
    if field.kind == MANY:
        texts = [text] if text.lstrip().startswith("[") else shlex.split(text)
        return [word for each in texts for word in _given(option, each)]
    return _given(option, "" if text in EMPTY else text)


def _flag(option: str, text: str, depth: int) -> list[str]:
    if depth or text not in (YES, NO):
        return _given(option, {YES: "true", NO: "false"}.get(text, text))
    return [option if text == YES else f"--no-{option[2:]}"]


def _given(option: str, text: str) -> list[str]:
    return [f"{option}={text}"] if text.startswith("-") and text != "-" else [option, text]


def input_words(fields: Sequence[FormField], texts: Mapping[str, str]) -> tuple[list[str], Problems]:
    """The words for all fields that are filled in, and what can be told without asking."""
    words: list[str] = []
    problems: list[tuple[str, str]] = []
    for field in fields:
        try:
            words += words_of(field, texts.get(field.option, ""))
        except ValueError as error:
            problems.append((field.option, f"cannot be read: {error}".lower()))
    return words, tuple(problems)


def command_line(start: Start, words: Sequence[str]) -> str:
    """As it would be typed."""
    return shlex.join(["flyte", *start.words, *words])


def by_field(fields: Sequence[FormField], problems: Problems) -> dict[str, str]:
    """What is wrong, by the option of the field it is about; nothing for what is about none."""
    options = {field.option for field in fields}
    found: dict[str, list[str]] = {}
    for option, text in problems:
        bare = option.partition("=")[0].replace("_", "-")
        place, rest = _narrowed(bare, text)
        while place not in options and "." in place:
            place, rest = place.rpartition(".")[0], text
        if place in options:
            found.setdefault(place, []).append(rest)
        else:
            found.setdefault("", []).append(f"{option} {text}".strip())
    return {option: "; ".join(texts) for option, texts in found.items()}


def _narrowed(option: str, text: str) -> tuple[str, str]:
    """A problem that says where inside its input it is, as one of that field."""
    inside = _INSIDE.fullmatch(text)
    if inside is None:
        return option, text
    path = inside[1] if inside[1] is not None else inside[2]
    named = path if path.startswith("--") else f"{option}.{path}"
    return named.replace("_", "-"), inside[3]
