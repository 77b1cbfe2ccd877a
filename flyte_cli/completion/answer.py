"""From what a shell sends on TAB to the lines it reads back. Whatever goes wrong, a shell never sees it."""

from __future__ import annotations

import os
import sys

from flyte_cli.completion.complete import Answer, complete
from flyte_cli.completion.line import split
from flyte_cli.completion.machine import Machine

SPECIAL = frozenset(" \t\"'`$&|;<>()[]{}*?!#~\\")
"""What bash would read as something else in a word that it did not quote itself."""


def main(words: list[str]) -> None:
    """Answer `SHELL ...`: bash sends the line and its idea of the word, others the index of the word and the words."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)  # a shell in the middle of a line is no place for a message
    try:
        text = answered(words)
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.flush()
    except Exception:  # a shell must go on whatever happened here
        os._exit(0)


def answered(words: list[str]) -> str:
    """What goes back: `files`, `folders` or an empty line, then a line for each candidate, `VALUE<tab>TEXT`."""
    shell, *sent = words
    if shell == "bash":
        line, current = sent
        found, quoted = split(line)
        answer = complete(found[1:], len(found) - 2, Machine())
        return drawn(for_bash(answer, found[-1], current, quoted))
    index, *rest = sent
    return drawn(complete(rest[1:], int(index) - 1, Machine()))


def for_bash(answer: Answer, word: str, current: str, quoted: bool) -> Answer:
    """Bash replaces only what stands after the last `=` or `:` of a word, and quotes nothing itself."""
    current = current.lstrip("\"'") if quoted else current
    if current.strip("=:") == "":
        head = len(word)
    else:
        head = len(word) - len(current) if word.endswith(current) else 0
    candidates = [
        (value[head:] if quoted else "".join(f"\\{sign}" if sign in SPECIAL else sign for sign in value[head:]), text)
        for value, text in answer.candidates
    ]
    return Answer(candidates, answer.paths)


def drawn(answer: Answer) -> str:
    """The answer as lines."""
    rows = [answer.paths]
    for value, text in answer.candidates:
        clean = " ".join(text.split())
        rows.append(f"{value}\t{clean}" if clean else value)
    return "".join(f"{row}\n" for row in rows)
