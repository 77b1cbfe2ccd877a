"""What does not fit, and where inside a larger value it stands. Several problems travel as one: all are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flyte_cli.near_miss import listed, nearest

MOST = 10
"""Problems told of one value: a list of a million wrong ones has one cause."""


class BadValue(ValueError):
    """The text is no value of the type; the message says why."""

    def __init__(self, message: str, path: str = "", place_matters: bool = True) -> None:
        super().__init__(f"at `{path}`: {message}" if path and place_matters else message)
        self.message = message
        self.path = path
        self.place_matters = place_matters

    def within(self, place: str) -> BadValue:
        """The same problem seen from one level up; a place is a name or `[2]`."""
        joined = place + self.path if self.path.startswith("[") or not self.path else f"{place}.{self.path}"
        return BadValue(self.message, joined, self.place_matters)

    def told(self, before: str = "", after: str = "") -> BadValue:
        """The same problem with words around it."""
        return BadValue(f"{before}{self}{after}", place_matters=False)

    def each(self) -> Sequence[BadValue]:
        """The problems that this one is."""
        return (self,)


class BadValues(BadValue):
    """More than one problem with one value."""

    def __init__(self, problems: Sequence[BadValue]) -> None:
        super().__init__("; ".join(str(each) for each in problems))
        self.problems = tuple(problems)

    def within(self, place: str) -> BadValue:
        """All of them seen from one level up."""
        return BadValues([each.within(place) for each in self.problems])

    def told(self, before: str = "", after: str = "") -> BadValue:
        """All of them with words around."""
        return BadValues([each.told(before, after) for each in self.problems])

    def each(self) -> Sequence[BadValue]:
        """All of them."""
        return self.problems


class UnknownField(BadValue):
    """There is no such field; the message names the class, which says where."""

    def __init__(self, name: str, owner: str, known: Sequence[str]) -> None:
        guess = nearest(name, known)
        hint = f", did you mean `{guess}`?" if guess else f", its fields: {listed(known)}" if known else ""
        super().__init__(f"no field `{name}` in {owner}{hint}", place_matters=False)


def raised(problems: Sequence[BadValue]) -> None:
    """Raise what there is to raise, if anything."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        rest = [BadValue(f"and {len(problems) - MOST} more")] if len(problems) > MOST else []
        raise BadValues([*problems[:MOST], *rest])


def all_of(
    parts: Iterable[tuple[str, Any, Any]], convert: Callable[[Any, Any], Any], problems: Iterable[BadValue] = ()
) -> list[Any]:
    """Convert every part, given by place, value and type; only then raise what is wrong with any, or was before."""
    values, found = [], list(problems)
    for place, value, kind in parts:
        try:
            values.append(convert(value, kind))
        except BadValue as problem:
            found += problem.within(place).each()
    raised(found)
    return values
