"""The filter language: `state:failed,retrying task:flaky n:>10 took:>5s !text`. Pure: what a key means is handed in."""

from __future__ import annotations

import operator
import re
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from flyte_cli.errors import Misuse
from flyte_cli.inputs.problem import BadValue
from flyte_cli.inputs.times import length
from flyte_cli.near_miss import nearest

_TERM = re.compile(r"(!?)(?:([A-Za-z_][\w.-]*):)?(.*)", re.DOTALL)
_ORDER = re.compile(r"(>=|<=|>|<|=)(.*)", re.DOTALL)
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
HELP = "--where 'state:failed task:train took:>5s n:>10 !text'"

Value = str | float | None
Look = Callable[[str], "Sequence[Value]"]
"""The values that something has under a key; the key is empty for free text."""


@dataclass(frozen=True)
class Term:
    """One condition: any of the words, or an order."""

    key: str
    order: str
    words: tuple[str, ...]
    negated: bool = False

    def holds(self, look: Look) -> bool:
        """Whether something fulfils it."""
        values = [value for value in look(self.key) if value is not None]
        return any(self._fits(value, word) for value in values for word in self.words) != self.negated

    def _fits(self, value: Value, word: str) -> bool:
        if self.order in _ORDERS:
            left, right = _number(value), _number(word)
            return left is not None and right is not None and _ORDERS[self.order](left, right)
        if isinstance(value, float):
            return value == _number(word)
        text, wanted = str(value).lower(), word.lower()
        if self.order == "=":
            return text == wanted
        if re.search(r"[*?\[]", wanted):
            return fnmatchcase(text, wanted)
        return _equal(text, wanted) if self.key not in ("", "task", "note", "file", "error") else wanted in text


@dataclass(frozen=True)
class Query:
    """All of its terms must hold."""

    terms: tuple[Term, ...] = ()

    def holds(self, look: Look) -> bool:
        """Whether something fulfils it."""
        return all(term.holds(look) for term in self.terms)


def parse(text: str, states: Collection[str], lengths: Collection[str]) -> Query:
    """Read a filter; `state` takes these states, and these keys are compared with lengths of time."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Misuse(f"`--where` cannot be read: {error}".lower(), help=[HELP]) from None
    return Query(tuple(_term(word, states, lengths) for word in words))


def unquoted(text: str | None) -> str | None:
    """The text of an input as it is shown, without its quotes."""
    quoted = text is not None and len(text) > 1 and text[0] in "'\"" and text[0] == text[-1]
    return text[1:-1] if text is not None and quoted else text


def _term(word: str, states: Collection[str], lengths: Collection[str]) -> Term:
    found = _TERM.fullmatch(word)
    assert found is not None  # the pattern takes any text
    bang, key, value = found.groups()
    key = {"phase": "state"}.get(key or "", key or "")
    ordered = _ORDER.fullmatch(value) if key else None
    order, rest = (ordered[1], ordered[2]) if ordered else ("", value)
    if not rest:
        raise Misuse(f"`--where` says nothing after `{word}`", help=[HELP])
    words = tuple(rest.split(",")) if key else (rest,)
    if key == "state":
        words = tuple(_state(each, states) for each in words)
    elif key in lengths:
        words = tuple(_seconds(key, each) for each in words)
    elif order in _ORDERS and any(_number(each) is None for each in words):
        raise Misuse(f"`--where` compares `{key}` with a number, got `{rest}`", help=[HELP])
    return Term(key, order, words, bool(bang))


def _state(word: str, states: Collection[str]) -> str:
    found = word.lower()
    if found not in states:
        guess = nearest(found, list(states))
        help = f"did you mean `{guess}`?   " if guess else ""
        raise Misuse(f"no state `{word}`", help=[f"{help}there are {', '.join(states)}"])
    return found


def _seconds(key: str, word: str) -> str:
    try:
        return str(length(word).total_seconds())
    except BadValue as error:
        raise Misuse(f"`--where` compares `{key}` with a length of time: {error}", help=[HELP]) from None


def _number(value: Value) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _equal(text: str, wanted: str) -> bool:
    left, right = _number(text), _number(wanted)
    return text == wanted if left is None or right is None else left == right
