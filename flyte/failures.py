"""How an exception gets from a task to whoever waits for it: packed there, rebuilt here.

What arrives is an instance of the flyte error that says what happened and, where that is possible, of the class
that was raised. It decides nothing about retries, and prints nothing.
"""

from __future__ import annotations

from typing import Any

from flyte import errors
from flyte.portable_errors import parts, revived

# Raised where it arrives, one of these would end a loop, a generator or the process instead of being a failure.
_CONTROL_FLOW = (StopIteration, StopAsyncIteration)

_BY_CODE: dict[str, type[errors.BaseRuntimeError]] = {
    "QUEUED_TIMEOUT_EXCEEDED": errors.MaxQueuedTimeExceededError,
    "MAX_RUNTIME_EXCEEDED": errors.MaxRuntimeExceededError,
    "DEADLINE_EXCEEDED": errors.DeadlineExceededError,
    "MaxQueuedTimeExceededError": errors.MaxQueuedTimeExceededError,
    "MaxRuntimeExceededError": errors.MaxRuntimeExceededError,
    "DeadlineExceededError": errors.DeadlineExceededError,
    "TaskTimeoutError": errors.TaskTimeoutError,
    "ActionAborted": errors.ActionAbortedError,
    "ActionAbortedError": errors.ActionAbortedError,
    "DataValidationError": errors.RuntimeDataValidationError,
    "ModuleLoadError": errors.ModuleLoadError,
    "ConditionTimedoutError": errors.ConditionTimedoutError,
    "ConditionFailedError": errors.ConditionFailedError,
    "NonRecoverableError": errors.NonRecoverableError,
    **dict.fromkeys(errors.GPU_FAULT_CODES, errors.GPUFaultUserError),
    **errors.APPLE_SILICON_ERRORS_BY_CODE,
}

# A backend may write these inside a longer code, so they are looked for anywhere in it.
_BY_PART: dict[str, type[errors.BaseRuntimeError]] = {
    "OOM": errors.OOMError,
    "Interrupted": errors.TaskInterruptedError,
    "PrimaryContainerNotFound": errors.PrimaryContainerNotFoundError,
    "RetriesExhausted": errors.RetriesExhaustedError,
    "InvalidImageName": errors.InvalidImageNameError,
    "ImagePullBackOff": errors.ImagePullBackOffError,
}


def rebuild(error_code: str, kind: str, message: str, original: BaseException | None = None) -> BaseException:
    """Make what the waiting side sees of a failure."""
    if isinstance(original, errors.BaseRuntimeError):
        return original
    code = error_code.rpartition("|")[2]
    if original is None:
        return _made(_class_of(error_code, kind), code, kind, message)
    base = errors.OOMError if isinstance(original, MemoryError) else _class_of(error_code, kind)
    error = _joined(base, original) or _wrapped(base, original)
    for name, value in (("code", code), ("kind", _kind(kind)), ("worker", "user")):
        if not hasattr(error, name):  # an attribute of that name on the user's class stays the user's
            error.__dict__[name] = value
    return error


def _class_of(code: str, kind: str) -> type[errors.BaseRuntimeError]:
    if kind == "system":
        return errors.GPUFaultSystemError if code in errors.GPU_FAULT_CODES else errors.RuntimeSystemError
    if kind == "unknown" or code == "Unknown":
        return errors.RuntimeUnknownError
    if code in _BY_CODE:
        return _BY_CODE[code]
    return next((found for part, found in _BY_PART.items() if part in code), errors.RuntimeUserError)


def _made(base: type[errors.BaseRuntimeError], code: str, kind: str, message: str) -> errors.BaseRuntimeError:
    error = base.__new__(base)
    if isinstance(error, errors.GPUFaultError):
        errors.GPUFaultError.__init__(error, code, _kind(kind), message, "user")
    else:
        errors.BaseRuntimeError.__init__(error, code, _kind(kind), message, "user")
    return error


def _kind(kind: str) -> errors.Kind:
    return kind if kind in ("user", "system") else "unknown"  # type: ignore[return-value]


# --- one object of both classes -----------------------------------------------------------------------------------


def _joined(base: type[errors.BaseRuntimeError], original: BaseException) -> BaseException | None:
    """Make an instance of both classes; None where none can be both."""
    joined = _joined_class(type(original), base)
    if joined is None:
        return None
    try:
        error = revived(joined, *parts(original))
    except Exception:  # the user's class decides what it takes to be made
        return None
    error.__cause__ = original.__cause__
    error.__context__ = original.__context__
    error.__suppress_context__ = original.__suppress_context__
    return error


def _wrapped(base: type[errors.BaseRuntimeError], original: BaseException) -> BaseException:
    error = base.__new__(base)
    error.args = (str(original),)
    error.__dict__["__notes__"] = list(getattr(original, "__notes__", ()))
    error.__cause__ = original
    return error


_joined_classes: dict[tuple[type[BaseException], type[errors.BaseRuntimeError]], type[BaseException] | None] = {}


def _joined_class(raised: type[BaseException], base: type[errors.BaseRuntimeError]) -> type[BaseException] | None:
    if (raised, base) not in _joined_classes:
        _joined_classes[raised, base] = _new_joined_class(raised, base)
    return _joined_classes[raised, base]


def _new_joined_class(raised: type[BaseException], base: type[errors.BaseRuntimeError]) -> type[BaseException] | None:
    if not issubclass(raised, Exception) or issubclass(raised, _CONTROL_FLOW):
        return None
    if issubclass(base, raised):  # RuntimeError or Exception itself: the flyte error already is one
        return base
    body = {
        "__module__": raised.__module__,
        "__qualname__": raised.__qualname__,
        "__doc__": raised.__doc__,
        "__reduce__": _reduce_joined,
        "__reduce_ex__": lambda error, _: _reduce_joined(error),
    }
    try:
        return type(raised.__name__, (raised, base), body)
    except Exception:  # layouts that do not go together, or an __init_subclass__ that says no
        return None


def _reduce_joined(error: BaseException) -> tuple[Any, ...]:
    raised, base = type(error).__bases__
    return _rejoined, (raised, base, *parts(error))


def _rejoined(
    raised: type[BaseException], base: type[errors.BaseRuntimeError], args: tuple[Any, ...], state: dict[str, Any]
) -> BaseException:
    joined = _joined_class(raised, base)
    return revived(base if joined is None else joined, args, state)
