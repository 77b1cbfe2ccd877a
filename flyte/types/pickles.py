"""Pickling of values that have no encoding of their own.

Called from `flyte._core`, and the one place that decides how and by what something is pickled.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Set as AbstractSet
from typing import Any

# Built-in values need none of what cloudpickle adds, and the C pickler makes the same bytes many times faster.
_PLAIN = frozenset({int, float, str, bytes, bool})


def dump(value: Any) -> bytes:
    """Pickle a value, by reference where its class can be imported and by value where not.

    Raises TypeError, naming the class, for what cannot be pickled.
    """
    if type(value) in _PLAIN:
        return pickle.dumps(value, protocol=5)
    # deferred: 15 ms
    import cloudpickle

    try:
        pickled: bytes = cloudpickle.dumps(value)
    except Exception as error:  # pickling runs code of the value's own, which may raise anything
        raise TypeError(f"a {type(value).__qualname__} cannot travel between tasks: {error}") from error
    return pickled


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
