"""Pickling of values that have no encoding of their own.

Called from `flyte._core`, and the one place that decides how and by what something is pickled.
"""

from __future__ import annotations

import functools
import hashlib
import io
import pickle
import sys
from collections.abc import Set as AbstractSet
from types import FunctionType
from typing import Any

# Built-in values need none of what cloudpickle adds, and the C pickler makes the same bytes many times faster.
_PLAIN = frozenset({int, float, str, bytes, bool})


def dump(value: Any) -> bytes:
    """Pickle a value, by reference where its class can be imported and by value where not.

    Raises TypeError, naming the class, for what cannot be pickled.
    """
    if type(value) in _PLAIN:
        return pickle.dumps(value, protocol=5)
    try:
        return dump_by_value(value)
    except Exception as error:  # pickling runs code of the value's own, which may raise anything
        raise TypeError(f"a {type(value).__qualname__} cannot travel between tasks: {error}") from error


def dump_by_value(value: Any) -> bytes:
    """Pickle also what cannot be imported; may raise anything that code of the value's own raises."""
    file = io.BytesIO()
    _value_pickler()(file).dump(value)
    return file.getvalue()


@functools.cache
def _value_pickler() -> Any:
    # deferred: 15 ms
    import cloudpickle

    class ValuePickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, part: Any) -> Any:
            name = _name_in_main(part)
            return super().reducer_override(part) if name is None else (of_main, (name,))

    return ValuePickler


def dump_by_reference(value: Any) -> bytes:
    """Pickle what can be imported; may raise anything that code of the value's own raises."""
    file = io.BytesIO()
    _ReferencePickler(file, protocol=5).dump(value)
    return file.getvalue()


class _ReferencePickler(pickle.Pickler):
    def reducer_override(self, part: Any) -> Any:
        name = _name_in_main(part)
        return NotImplemented if name is None else (of_main, (name,))


def _name_in_main(part: Any) -> str | None:
    """The name of a class or function of the program itself.

    Every process of a run has the program as its main module, under whichever name; so it is one class in all of
    them, and its pickle has the same bytes in all of them. A notebook is only in one process.
    """
    if not isinstance(part, (type, FunctionType)) or part.__module__ not in _MAIN:
        return None
    main, name = sys.modules.get("__main__"), part.__qualname__
    return name if getattr(main, "__file__", None) is not None and _found(main, name) is part else None


_MAIN = ("__main__", "__mp_main__")


def of_main(name: str) -> Any:
    """What the program calls by that name; unpickling calls this.

    Raises AttributeError when this process runs another program.
    """
    main = sys.modules["__main__"]
    found = _found(main, name)
    if found is None:
        raise AttributeError(f"{getattr(main, '__file__', 'this session')} has no `{name}`")
    return found


def _found(module: Any, name: str) -> Any:
    for part in name.split("."):
        module = getattr(module, part, None)
    return module


def set_hash(value: AbstractSet[Any]) -> str:
    """Hash a set by its elements in order, since the order in its pickle differs from process to process."""
    try:
        elements = sorted(value)
    except TypeError:  # of different types: any order will do that does not depend on the process
        return hashlib.md5(b"".join(sorted(map(dump, value)))).hexdigest()
    return hashlib.md5(pickle.dumps(elements, protocol=5)).hexdigest()


def load(pickled: bytes) -> Any:
    """Unpickle a value; raises ValueError, with the reason as its cause, when that fails."""
    try:
        return pickle.loads(pickled)
    except Exception as error:  # unpickling imports and runs whatever the bytes name
        raise ValueError(f"cannot unpickle a value: {type(error).__name__}: {error}") from error
