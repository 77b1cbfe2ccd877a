"""Answer the conditions of runs. No terminal here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flyte_cli.action_names import find_action
from flyte_cli.errors import CliError, Misuse, NoSuchCondition
from flyte_cli.near_miss import listed, nearest
from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import ANYWHERE, Belonging, find_run, open_tree

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte.runtime.questions import Question


@dataclass(frozen=True)
class Waiting:
    """The conditions of a run that nobody has answered."""

    run: str
    phase: str
    questions: Sequence[Question]
    since: Sequence[float]
    """When each was asked."""


@dataclass(frozen=True)
class Answered:
    """A condition that has its answer. `is_kept`: for `flyte rerun --recover`, as nobody drives the run."""

    run: str
    name: str
    value: bool | int | float | str
    is_kept: bool


def waiting(text: str, host: Host, action: str | None = None, within: Belonging = ANYWHERE) -> Waiting:
    """What a run waits for, or an action of it with those it called."""
    from flyte.runtime.questions import open_questions

    row = find_run(text, host, within)
    tree = open_tree(row, host)
    questions = open_questions(tree)
    if action is not None:
        top = find_action(tree, action).ordinal
        questions = [each for each in questions if top in _with_callers(tree, each.ordinal)]
    return Waiting(row.name, tree.phase, questions, [tree.action(each.ordinal).queued_at for each in questions])


def _with_callers(tree: RunTree, ordinal: int) -> Iterator[int]:
    """An action, the one that called it, and so on up to the root."""
    at: int | None = ordinal
    while at is not None:
        yield at
        at = tree.action(at).parent


def answer(
    text: str,
    name: str,
    value: str | None,
    host: Host,
    ask: Callable[[Question], str],
    within: Belonging = ANYWHERE,
) -> Answered:
    """Answer a condition, by its name or its action's; `ask` is asked for a value when none was given."""
    from flyte.runtime.questions import open_questions
    from flyte.runtime.signals import WrongAnswer, leave_answer, parsed, waiting_answers

    row = find_run(text, host, within)
    tree = open_tree(row, host)
    if tree.phase in ("succeeded", "failed", "aborted"):
        raise NoSuchCondition(f"run `{row.name}` is over: {tree.phase}", help=[f"flyte get run {row.name}"])
    questions = {question.name: question for question in open_questions(tree)}
    if name not in questions:
        actions = [(tree.action(each.ordinal), each.name) for each in questions.values()]
        name = next((own for action, own in actions if name in (action.path, action.name)), name)
    run = Path(tree.folder)
    if name not in questions or name in waiting_answers(run):
        raise _unknown(row.name, name, tree, list(questions))
    question = questions[name]
    typed = ask(question) if value is None else value
    try:
        found = parsed(typed, question.data_type)
    except WrongAnswer as error:
        raise Misuse(f"condition `{name}` of run `{row.name}` takes {_kinds[question.data_type]}: {error}") from error
    try:
        leave_answer(run, name, found, question.data_type)
    except OSError as error:
        raise CliError(f"the answer cannot be left in {tree.folder}: {error}") from error
    return Answered(row.name, name, found, tree.phase == "interrupted")


_kinds = {"bool": "yes or no", "int": "a whole number", "float": "a number", "str": "text"}


def _unknown(run: str, name: str, tree: RunTree, open_names: Sequence[str]) -> NoSuchCondition:
    from flyte.runtime.questions import question_of

    asked = {found.name for ordinal in range(len(tree)) if (found := question_of(tree, ordinal)) is not None}
    if name in asked:
        return NoSuchCondition(f"condition `{name}` of run `{run}` is answered already", help=[f"flyte get run {run}"])
    guess = nearest(name, open_names)
    if guess is not None:
        help = [f"did you mean `{guess}`?", f"flyte signal {run} {guess}"]
    elif open_names:
        help = [f"it waits for {listed(open_names)}"]
    else:
        help = ["it waits for no condition now"]
    return NoSuchCondition(f"no condition `{name}` in run `{run}`", help=help)
