"""Conditions on the screen: what a run waits for, and a prompt for the answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flyte_cli.errors import Misuse
from flyte_cli.marks import PAUSED
from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, bold, dim, line
from flyte_cli.output.visible import visible
from flyte_cli.quantities import age, moment

if TYPE_CHECKING:
    from flyte.runtime.questions import Question
    from flyte_cli.ops.signals import Answered, Waiting


def waiting_lines(waiting: Waiting, look: Look, now: float) -> list[Line]:
    """One row per condition."""
    if not waiting.questions:
        return [line(f"run {waiting.run} waits for no condition")]
    rows = []
    for question, since in zip(waiting.questions, waiting.since, strict=True):
        head = line(look.mark(PAUSED), " ", bold(visible(question.name)), f"  {visible(question.prompt)}")
        rows.append(line(head, dim(f"  {question.data_type}  asked {age(since, now)}")))
    return rows


def waiting_document(waiting: Waiting) -> dict[str, object]:
    """The same for programs."""
    conditions = [
        {
            "name": each.name,
            "prompt": each.prompt,
            "data_type": each.data_type,
            "description": each.description,
            "since": moment(since),
        }
        for each, since in zip(waiting.questions, waiting.since, strict=True)
    ]
    return {"run": waiting.run, "phase": waiting.phase, "conditions": conditions}


def signalled_line(answered: Answered) -> Line:
    """What became of an answer."""
    said = f"answered {visible(answered.name)} of run {answered.run}: {visible(repr(answered.value))}"
    if answered.is_kept:
        return line(f"{said}; nobody drives it: `flyte rerun {answered.run} --recover` goes on with the answer")
    return line(said)


def signalled_document(answered: Answered) -> dict[str, object]:
    """The same for programs."""
    return {"run": answered.run, "condition": answered.name, "value": answered.value, "kept": answered.is_kept}


def typed_answer(question: Question) -> str:
    """Ask at the terminal."""
    if not sys.stdin.isatty():
        raise Misuse(f"condition `{question.name}` needs a value", help=["flyte signal RUN NAME VALUE"])
    sys.stderr.write(f"{visible(question.line)} ")
    sys.stderr.flush()
    typed = sys.stdin.readline()
    if not typed:
        raise Misuse(f"condition `{question.name}` got no answer: end of input")
    return typed.rstrip("\n")
