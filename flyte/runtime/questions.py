"""Conditions that wait, shown to whoever drives the run: asked at a terminal, else told with the command to answer.

It looks now and then and never blocks: a run goes on, prints and ends while a question is open.
"""

from __future__ import annotations

import json
import select
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flyte.runtime.signals import WrongAnswer, leave_answer, leave_failure, parsed

if TYPE_CHECKING:
    from flyte._core import Event, RunTree

_EXAMPLES = {"bool": "true", "int": "1", "float": "1.0", "str": "TEXT"}


@dataclass(frozen=True)
class Question:
    """A condition of a run that waits."""

    ordinal: int
    name: str
    prompt: str
    data_type: str
    description: str = ""

    @property
    def line(self) -> str:
        """What to ask: `approve: Approve? [y/n]`."""
        choices = "[y/n]" if self.data_type == "bool" else f"({self.data_type})"
        return f"{self.name}: {self.prompt} {choices}"


def question_of(tree: RunTree, ordinal: int) -> Question | None:
    """The question of an action; None when it is no condition."""
    action = tree.action(ordinal)
    details = json.loads(action.details) if action.details.startswith('{"kind":"condition"') else {}
    if not details:
        return None
    return Question(ordinal, action.short_name, details["prompt"], details["data_type"], details["description"])


def open_questions(tree: RunTree) -> list[Question]:
    """What nobody has answered yet, in order."""
    paused = [ordinal for ordinal in range(len(tree)) if tree.action(ordinal).phase == "paused"]
    return [found for ordinal in paused if (found := question_of(tree, ordinal)) is not None]


def how_to_answer(run: str, question: Question) -> str:
    """The command that answers."""
    name = question.name if question.name.replace("-", "").replace("_", "").isalnum() else repr(question.name)
    return f"flyte signal {run} {name} {_EXAMPLES[question.data_type]}"


def at_terminal() -> bool:
    """Whether somebody can be asked here."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


class Questions:
    """Asks one question after the other. `say` shows a line, `ask` one that is answered behind it."""

    def __init__(
        self,
        tree: RunTree,
        say: Callable[[str], object],
        ask: Callable[[str], object],
        asks: Callable[[], bool] = at_terminal,
    ) -> None:
        self._tree = tree
        self._say = say
        self._ask = ask
        self._asks = asks()
        self._open: deque[Question] = deque()
        self._is_asked = False

    @property
    def prompt(self) -> str | None:
        """The question that waits for somebody to type; None when there is none."""
        return f"{self._open[0].line} " if self._open and self._is_asked else None

    @property
    def run(self) -> Path:
        """The run's folder."""
        return Path(self._tree.folder)

    def take(self, event: Event) -> None:
        """A condition waits."""
        question = question_of(self._tree, event.ordinal)
        if question is None:
            return
        if self._asks:
            self._open.append(question)
        else:
            self._say(f"{question.line}: waits for `{how_to_answer(self._tree.name, question)}`")

    def look(self) -> None:
        """Ask the next question, or take what was typed."""
        while self._open and self._tree.action(self._open[0].ordinal).phase != "paused":
            self._open.popleft()  # somebody else was faster, or it is too late
            self._is_asked = False
        if not self._open:
            return
        question = self._open[0]
        if not self._is_asked:
            self._is_asked = True
            if question.description:
                self._say(question.description)
            self._ask(f"{question.line} ")
        elif select.select([sys.stdin], [], [], 0)[0]:
            self._answer(question, sys.stdin.readline())

    def _answer(self, question: Question, typed: str) -> None:
        if not typed:  # ctrl-D
            leave_failure(
                self.run, question.name, "EOFError", f"condition `{question.name}` got no answer: end of input"
            )
        else:
            try:
                value = parsed(typed.rstrip("\n"), question.data_type)
            except WrongAnswer as error:
                self._say(str(error))
                self._is_asked = False
                return
            leave_answer(self.run, question.name, value, question.data_type)
        self._open.popleft()
        self._is_asked = False
