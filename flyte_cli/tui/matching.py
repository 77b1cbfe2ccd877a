"""What a filter keeps of a run: the filter language of `--where`, over the rows of its tree. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from flyte_cli import where
from flyte_cli.errors import Misuse
from flyte_cli.near_miss import nearest
from flyte_cli.ops.looking import ACTION_PHASES
from flyte_cli.output.actions import elapsed

if TYPE_CHECKING:
    from flyte._core import RowView, RunTree

KEYS = ("state", "task", "name", "group", "error", "attempt", "took")
"""What every action has; any other key is an input."""
AT_ONCE = 5000
"""Rows that are looked at together."""


def parsed(text: str) -> where.Query:
    """The filter that somebody typed. Raises Misuse, with the near miss."""
    return where.parse(text, ACTION_PHASES, ("took",))


def matched(tree: RunTree, query: where.Query, now: float) -> list[int]:
    """The actions that fit, in the order they were submitted."""
    texts = [term for term in query.terms if not term.key]
    others = where.Query(tuple(term for term in query.terms if term.key))
    found: Sequence[int] = range(len(tree))
    for term in texts:
        having = set(tree.matching(list(term.words)))
        found = [ordinal for ordinal in found if (ordinal in having) != term.negated]
    if not others.terms:
        return list(found)
    fitting: list[int] = []
    for start in range(0, len(found), AT_ONCE):
        for row in tree.rows(found[start : start + AT_ONCE]):
            if others.holds(partial(_values, row, now)):
                fitting.append(row.ordinal)
    return fitting


def misspelt(tree: RunTree, query: where.Query) -> str | None:
    """What was perhaps meant, when a filter asks for something that no action has."""
    inputs = {name for row in tree.rows(range(min(len(tree), AT_ONCE))) for name, _ in row.inputs}
    for term in query.terms:
        if term.key and term.key not in KEYS and term.key not in inputs:
            guess = nearest(term.key, [*KEYS, *inputs])
            return f"no input `{term.key}`" + (f": did you mean `{guess}`?" if guess else "")
    names = {row.short_name for row in tree.rows(range(min(len(tree), AT_ONCE)))}
    for term in query.terms:
        for word in term.words if term.key == "task" and not term.negated else ():
            if not any(word.lower() in name.lower() for name in names) and (guess := nearest(word, list(names))):
                return f"no task `{word}`: did you mean `{guess}`?"
    return None


def sentence(error: Misuse) -> str:
    """What is wrong with a filter, as one line for the screen."""
    advice = [each for each in error.help if each != where.HELP]
    return f"{error}".replace("`--where`", "the filter") + "".join(f": {each}" for each in advice)


def _values(row: RowView, now: float, key: str) -> Sequence[where.Value]:
    if key == "took":
        return [elapsed(row.started_at, row.ended_at, now)]
    plain: dict[str, where.Value] = {
        "state": row.phase,
        "task": row.short_name,
        "name": row.label,
        "group": row.group,
        "error": row.error_head,
        "attempt": float(row.attempts),
    }
    if key in plain:
        return [plain[key]]
    return [where.unquoted(value) for name, value in row.inputs if name == key]
