"""Exceptions taken apart and put together again, so that they survive a trip between processes.

Pickle alone calls the class again with the arguments of the message, which many classes do not accept, and forgets
the cause. Nothing here knows what an error means.
"""

from __future__ import annotations

import pickle
from typing import Any

from flyte.types.pickles import dump_by_reference, dump_by_value

_DEEPEST_CAUSE = 16
_ATTRIBUTES = b"{"  # no pickle since protocol 2 begins with it
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: classes made by Python code


def pack(error: BaseException) -> bytes:
    """Everything of an exception that can travel; empty when its class cannot."""
    record = _record(error, _DEEPEST_CAUSE)
    for pickled in (dump_by_reference, dump_by_value):
        for candidate in (record, _without_baggage(record)):
            try:
                return pickled(candidate)
            except Exception:  # pickling runs the user's code, which may raise anything; the next form is smaller
                continue
    return b""


def unpack(payload: bytes) -> BaseException | None:
    """The exception that was packed; None when it cannot be made here."""
    if not payload or payload.startswith(_ATTRIBUTES):
        return None
    try:
        return _from_record(pickle.loads(payload))
    except Exception:  # the class may be gone, or refuse; the caller still has the message
        return None


def attributes_of(payload: bytes) -> dict[str, Any]:
    """What the engine knows about an error that it found out itself: a JSON object in place of a pickle."""
    if not payload.startswith(_ATTRIBUTES):
        return {}
    import json  # deferred: few errors are of that kind

    return dict(json.loads(payload))


def parts(error: BaseException) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments an exception's built-in base was made with, and its attributes."""
    reduced: Any = native_base(type(error)).__reduce__(error)
    state = dict(reduced[2] or {}) if len(reduced) > 2 else {}
    return reduced[1], {**_slots(error), **state}


def revived(kind_of: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]) -> BaseException:
    """Make an exception of its parts, without running a constructor of the user's."""
    error = kind_of.__new__(kind_of, *args)
    native_base(kind_of).__init__(error, *args)
    for name, value in state.items():
        try:
            setattr(error, name, value)
        except AttributeError:  # shadowed by a property: keep what was in the instance
            error.__dict__[name] = value
    return error


def native_base(kind_of: type[BaseException]) -> type[BaseException]:
    """The built-in class that holds an exception's memory."""
    return next(base for base in kind_of.__mro__ if not base.__flags__ & _HEAP_TYPE)


def _slots(error: BaseException) -> dict[str, Any]:
    found = {}
    for base in type(error).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(error, name):
                found[name] = getattr(error, name)
    return found


# --- records: (object, class, args, state, cause); the object only where its class knows how to pickle itself -------


def _record(error: BaseException, depth: int) -> tuple[Any, ...]:
    cause = None if error.__cause__ is None or depth == 0 else _record(error.__cause__, depth - 1)
    if _pickles_itself(type(error)):
        return error, None, (), {}, cause
    return None, type(error), *parts(error), cause


def _from_record(record: tuple[Any, ...]) -> BaseException:
    error, kind_of, args, state, cause = record
    made: BaseException = error if error is not None else revived(kind_of, args, state)
    if cause is not None:
        made.__cause__ = _from_record(cause)
    return made


def _pickles_itself(kind_of: type[BaseException]) -> bool:
    own = kind_of.__mro__[: kind_of.__mro__.index(native_base(kind_of))]
    return any(name in base.__dict__ for base in own for name in ("__reduce__", "__reduce_ex__", "__getstate__"))


def _without_baggage(record: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same without attributes, arguments and cause that may be what cannot be pickled."""
    error, kind_of, args, state, _ = record
    if error is not None:
        return record
    small = {name: value for name, value in state.items() if _is_small(value)}
    return None, kind_of, tuple(arg if _is_small(arg) else str(arg) for arg in args), small, None


def _is_small(value: object) -> bool:
    return value is None or isinstance(value, (str, bytes, int, float, bool))
