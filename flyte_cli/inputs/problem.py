"""A value that does not fit, and where inside a larger one it stands."""

from __future__ import annotations

from collections.abc import Sequence

from flyte_cli.near_miss import listed, nearest


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


class UnknownField(BadValue):
    """There is no such field; the message names the class, which says where."""

    def __init__(self, name: str, owner: str, known: Sequence[str]) -> None:
        guess = nearest(name, known)
        hint = f", did you mean `{guess}`?" if guess else f", its fields: {listed(known)}" if known else ""
        super().__init__(f"no field `{name}` in {owner}{hint}", place_matters=False)
