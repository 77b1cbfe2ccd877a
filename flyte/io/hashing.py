"""How to say what content is, for the cache: a function of it, or a digest that is fed while it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class HashMethod(Protocol):
    """Is fed content, and says what it is."""

    def update(self, data: Any) -> None:
        """Take in some content: bytes of a file, or a whole data frame."""

    def result(self) -> str:
        """The hash of everything taken in."""


class HashFunction(HashMethod):
    """Makes a hash of whole content: of all bytes of a file, or of a data frame."""

    def __init__(self, fn: Callable[[Any], str]) -> None:
        if not callable(fn):
            raise TypeError(f"a hash function must be callable, got {fn!r}")
        self._function = fn
        self._bytes = bytearray()
        self._value: Any = None
        self._is_whole = False

    @classmethod
    def from_fn(cls, fn: Callable[[Any], str]) -> HashFunction:
        """Hash by a function of the whole content."""
        return cls(fn)

    def update(self, data: Any) -> None:
        """Take in some content; bytes are put together, anything else is the whole of it."""
        if isinstance(data, (bytes, bytearray, memoryview)):
            self._bytes += data
        else:
            self._value, self._is_whole = data, True

    def result(self) -> str:
        """What the function says of it."""
        result = self._function(self._value if self._is_whole else bytes(self._bytes))
        if not isinstance(result, str):
            raise TypeError(f"a hash function must return a str, got {result!r}")
        return result

    def fresh(self) -> HashFunction:
        """The same function with nothing taken in yet."""
        return type(self)(self._function)


def started(method: HashMethod | str) -> HashMethod:
    """A method to feed; a precomputed hash takes anything in and stays what it is."""
    if isinstance(method, str):
        return _Precomputed(method)
    return method.fresh() if isinstance(method, HashFunction) else method


class _Precomputed:
    def __init__(self, text: str) -> None:
        self._text = text

    def update(self, data: Any) -> None:
        """Nothing to do."""

    def result(self) -> str:
        return self._text
