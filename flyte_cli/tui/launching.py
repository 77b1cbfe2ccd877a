"""From the fields of a form to the words of a command line. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from flyte_cli.completion.found import FLAG, MANY
from flyte_cli.ops.form import FormField, Problems, Start

EMPTY = ("''", '""')
"""What stands for a text without letters: a field that is empty is not given."""
YES, NO = "on", "off"


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


def problem_of(field: FormField, fields: Sequence[FormField], problems: Problems) -> str:
    """What is wrong with a field: what names it, or what names a field of it that the form does not have."""
    own = [text for option, text in problems if _bare(option) == field.option]
    below = [text for option, text in problems if option.startswith(f"{field.option}.") and not _has(option, fields)]
    return "; ".join([*own, *below])


def problem_elsewhere(fields: Sequence[FormField], problems: Problems) -> str:
    """What is wrong and belongs to no field."""
    options = {field.option for field in fields}
    heads = {option for option in options if "." not in option}
    rest = [
        f"{option} {text}".strip()
        for option, text in problems
        if _bare(option) not in options and _bare(option).partition(".")[0] not in heads
    ]
    return "; ".join(rest)


def _has(option: str, fields: Sequence[FormField]) -> bool:
    return any(field.option == option for field in fields)


def _bare(option: str) -> str:
    """The option without `=` and a value, with dashes, and not negated."""
    return option.partition("=")[0].replace("_", "-")
