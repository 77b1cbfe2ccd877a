"""How values of a type travel whose conversion is written in Python.

Only the shape of such a conversion; the conversions are in `families`, in `flyte.io` and in other packages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Misfit(TypeError):
    """A value does not fit; `path` leads from the value to the part of it that does not.

    Numbers are indexes, text are names of attributes.
    """

    def __init__(self, message: str, path: tuple[int | str, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True)
class Extension:
    """The conversions of one type, as a variable and inside a packed value such as a dataclass."""

    name: str
    """The type, as messages call it."""
    literal_type: bytes
    """An encoded core.LiteralType; see `flyte._core.write_literal_type`."""
    encode: Callable[[Any], bytes]
    """Value to encoded core.Literal; raises TypeError or ValueError with what came and what was wanted."""
    decode: Callable[[bytes], Any]
    pack: Callable[[Any], Any]
    """Value to None, bool, int, float, str, bytes, list or dict; anything else is pickled."""
    unpack: Callable[[Any], Any]
    does_io: bool = False
    """Whether conversions of variables read or write files, so that they must not run on an event loop."""
    instances: type | tuple[type, ...] | None = None
    """The class of the values: tells the members of a union apart. Without it, `encode` is tried."""
    member_tag: str = ""
    """Tells the literal type apart inside a union; the name when there is none."""
    json_schema: Mapping[str, Any] = field(default_factory=dict)
    """Describes the packed form."""

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("an extension has a name, which messages about its values begin with")
        for part in (self.encode, self.decode, self.pack, self.unpack):
            if not callable(part):
                raise TypeError(f"the conversions of the extension `{self.name}` are callables, got {part!r}")
        object.__setattr__(self, "member_tag", self.member_tag or self.name)
