"""Between exceptions and what the engine records of them. It decides nothing about retries but what the class says."""

from __future__ import annotations

import linecache
import os
import site
import sys
import sysconfig
from typing import TYPE_CHECKING, Any, NamedTuple

from flyte.failures import rebuild
from flyte.portable_errors import attributes_of, pack, unpack
from flyte.runtime.masking import gives_away, masked

if TYPE_CHECKING:
    from types import TracebackType

    from flyte._core import ErrorView

USER, SYSTEM, UNKNOWN = 1, 2, 0
"""`ExecutionError.ErrorKind` of the wire protocol, with the engine's numbers."""

MOST_FRAMES = 60
"""Innermost and outermost frames kept of a very deep traceback, together."""

Frame = tuple[str, int, str, str, bool]


class FailureFields(NamedTuple):
    """The arguments of `Link.failed` after the action."""

    code: str
    kind: int
    recoverable: bool
    message: str
    class_name: str
    frames: list[Frame]
    causes: list[tuple[str, str]]
    payload: bytes


def failure_of(error: BaseException, *, in_result: str | None = None) -> FailureFields:
    """Take apart what a task raised; `in_result` names the task whose result did not convert."""
    from flyte import errors

    if in_result is not None:
        error = errors.RuntimeDataValidationError("result", str(error), in_result).with_traceback(error.__traceback__)
    kind = USER
    code = type(error).__name__
    if isinstance(error, errors.BaseRuntimeError):
        code = error.code
        kind = {"user": USER, "system": SYSTEM}.get(error.kind, UNKNOWN)
    elif isinstance(error, MemoryError):
        code = errors.OOMError.__name__
    return FailureFields(
        code=masked(code),
        kind=kind,
        recoverable=not isinstance(error, (errors.NonRecoverableError, KeyboardInterrupt)),
        message=_message(error),
        # A flyte error that stands for another class, as after a trip through a child, is shown as that class.
        class_name=masked(code) if type(error) is errors.RuntimeUserError else qualified(type(error)),
        frames=frames_of(error.__traceback__),
        causes=_causes(error),
        # SystemExit and the like would end whoever waits: the message says what happened.
        payload=_payload(error) if isinstance(error, Exception) else b"",
    )


def exception_of(error: ErrorView) -> BaseException:
    """The exception that a caller gets for a recorded failure."""
    exception = rebuild(error.code, error.kind, error.message, unpack(error.payload))
    exception.__dict__.update(attributes_of(error.payload))
    return exception


def _payload(error: Exception) -> bytes:
    """The packed exception; nothing when a secret is in it, and whoever waits gets the masked message."""
    packed = pack(error)
    return b"" if gives_away(packed) else packed


def qualified(kind_of: type[BaseException]) -> str:
    """`ValueError`, or `module.Class` outside builtins and the user's main file."""
    if kind_of.__module__ in ("builtins", "__main__", "__mp_main__"):
        return kind_of.__qualname__
    return f"{kind_of.__module__}.{kind_of.__qualname__}"


def _message(error: BaseException) -> str:
    return masked(_whole_message(error))


def _whole_message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as broken:  # the user's __str__ may do anything
        return f"<its message cannot be made: {broken!r}>"
    if isinstance(error, SystemExit):
        return f"sys.exit({text or ''}) was called"
    notes = getattr(error, "__notes__", None) or []
    return "\n".join([text, *(str(note) for note in notes)])


def _causes(error: BaseException) -> list[tuple[str, str]]:
    causes = []
    seen = {id(error)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        causes.append((qualified(type(cause)), _message(cause)))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return causes


def frames_of(traceback: TracebackType | None) -> list[Frame]:
    """The frames of a traceback, outermost first, without ours."""
    frames: list[Frame] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not code.co_filename.startswith(OURS):
            source = linecache.getline(code.co_filename, traceback.tb_lineno, traceback.tb_frame.f_globals)
            frames.append(
                (
                    code.co_filename,
                    traceback.tb_lineno,
                    code.co_name,
                    masked(source.rstrip()),
                    is_user(code.co_filename),
                )
            )
        traceback = traceback.tb_next
    half = MOST_FRAMES // 2
    return frames if len(frames) <= MOST_FRAMES else frames[:half] + frames[-half:]


def _library_folders() -> tuple[str, ...]:
    paths: list[Any] = [sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += [*site.getsitepackages(), site.getusersitepackages(), sys.base_prefix + "/lib/python"]
    return tuple({os.path.normpath(path) + ("" if path.endswith("python") else os.sep) for path in paths if path})


OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_LIBRARIES = _library_folders()


def is_user(file: str) -> bool:
    """Whether a frame in this file is worth showing to the user."""
    return not file.startswith(("<frozen", *_LIBRARIES))


def is_of_the_user(file: str) -> bool:
    """Whether a source file is neither ours nor a library's."""
    return not file.startswith(OURS) and is_user(file)
