"""Errors keep what they say, whatever process they come from."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from flyte import errors
from flyte.failures import rebuild
from flyte.portable_errors import pack, unpack


class Custom(Exception):
    """Made of two values, with a message of its own."""

    def __init__(self, name: str, count: int) -> None:
        super().__init__(f"{name} failed {count} times")
        self.name = name
        self.count = count


class Slotted(Exception):
    __slots__ = ("where",)

    def __init__(self, where: str) -> None:
        super().__init__("somewhere")
        self.where = where


class Coded(Exception):
    code = 404


class Final(Exception):
    def __init_subclass__(cls) -> None:
        raise TypeError("no subclasses")


class Detail(OSError):
    def __init__(self, path: str) -> None:
        super().__init__(2, "gone", path)


ORDINARY = [
    ValueError("bad", 3),
    KeyError("k"),
    Custom("load", 3),
    Slotted("here"),
    FileNotFoundError(2, "No such file", "a.csv"),
    Detail("a.csv"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad byte"),
    ImportError("no such", name="nothing"),
    SyntaxError("bad", ("f.py", 1, 2, "text")),
    AttributeError("nothing there"),
    ZeroDivisionError(),
]


def name_of(error: BaseException) -> str:
    return type(error).__name__


def seen(original: BaseException) -> Any:
    return rebuild(name_of(original), "user", str(original), original)


@pytest.mark.parametrize("original", ORDINARY, ids=name_of)
def test_a_failure_is_of_both_classes(original: Exception) -> None:
    error = seen(original)
    assert isinstance(error, type(original))
    assert isinstance(error, errors.RuntimeUserError)
    assert (error.code, error.kind, error.worker) == (name_of(original), "user", "user")
    assert (str(error), error.args) == (str(original), original.args)
    assert name_of(error) == name_of(original)


@pytest.mark.parametrize("original", ORDINARY, ids=name_of)
def test_a_failure_can_be_pickled(original: Exception) -> None:
    error = seen(original)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), copy.args, vars(copy)) == (str(error), error.args, vars(error))


def test_attributes_survive() -> None:
    assert (seen(Custom("load", 3)).name, seen(Custom("load", 3)).count) == ("load", 3)
    assert seen(Slotted("here")).where == "here"
    assert (seen(Detail("a.csv")).errno, seen(Detail("a.csv")).filename) == (2, "a.csv")


def test_an_attribute_of_the_users_stays_the_users() -> None:
    assert seen(Coded()).code == 404


def test_cause_and_notes_survive() -> None:
    original = ValueError("bad")
    original.__cause__ = KeyError("why")
    original.__dict__["__notes__"] = ["item 3"]
    assert repr(seen(original).__cause__) == "KeyError('why')"
    assert seen(original).__notes__ == ["item 3"]


@pytest.mark.parametrize("original", [RuntimeError("r"), Exception("e")], ids=name_of)
def test_the_base_classes_need_no_joining(original: Exception) -> None:
    error = seen(original)
    assert type(error) is errors.RuntimeUserError
    assert (error.code, error.args) == (name_of(original), original.args)


@pytest.mark.parametrize(
    "original", [SystemExit(3), KeyboardInterrupt(), StopIteration(4), StopAsyncIteration(), Final("f")], ids=name_of
)
def test_what_cannot_be_both_is_the_cause(original: BaseException) -> None:
    error = seen(original)
    assert type(error) is errors.RuntimeUserError
    assert (error.code, str(error), error.__cause__) == (name_of(original), str(original), original)


def test_running_out_of_memory_is_both() -> None:
    error = seen(MemoryError("too much"))
    assert isinstance(error, MemoryError)
    assert isinstance(error, errors.OOMError)


@pytest.mark.parametrize(
    "original", [errors.CustomError("MINE", "m"), errors.NonRecoverableError("n"), seen(ValueError("v"))], ids=name_of
)
def test_our_own_errors_stay_themselves(original: errors.BaseRuntimeError) -> None:
    assert seen(original) is original


@pytest.mark.parametrize(
    ("code", "kind", "expected", "code_seen"),
    [
        ("OOMKilled", "user", errors.OOMError, "OOMKilled"),
        ("Server|OOM", "user", errors.OOMError, "OOM"),
        ("MAX_RUNTIME_EXCEEDED", "user", errors.MaxRuntimeExceededError, "MAX_RUNTIME_EXCEEDED"),
        ("QUEUED_TIMEOUT_EXCEEDED", "user", errors.MaxQueuedTimeExceededError, "QUEUED_TIMEOUT_EXCEEDED"),
        ("DEADLINE_EXCEEDED", "user", errors.DeadlineExceededError, "DEADLINE_EXCEEDED"),
        ("Interrupted", "user", errors.TaskInterruptedError, "Interrupted"),
        ("RetriesExhausted", "user", errors.RetriesExhaustedError, "RetriesExhausted"),
        ("InvalidImageName", "user", errors.InvalidImageNameError, "InvalidImageName"),
        ("ImagePullBackOff", "user", errors.ImagePullBackOffError, "ImagePullBackOff"),
        ("PrimaryContainerNotFound", "user", errors.PrimaryContainerNotFoundError, "PrimaryContainerNotFound"),
        ("GpuXidError", "user", errors.GPUFaultUserError, "GpuXidError"),
        ("GpuXidError", "system", errors.GPUFaultSystemError, "GpuXidError"),
        ("APPLE_SILICON_DAEMON_OOM", "user", errors.AppleSiliconDaemonOOMError, "APPLE_SILICON_DAEMON_OOM"),
        ("ActionAbortedError", "user", errors.ActionAbortedError, "ActionAbortedError"),
        ("ActionAborted", "user", errors.ActionAbortedError, "ActionAborted"),
        ("Unknown", "user", errors.RuntimeUnknownError, "Unknown"),
        ("Anything", "unknown", errors.RuntimeUnknownError, "Anything"),
        ("WorkerLost", "system", errors.RuntimeSystemError, "WorkerLost"),
        ("ValueError", "user", errors.RuntimeUserError, "ValueError"),
    ],
)
def test_a_code_alone_names_the_class(code: str, kind: str, expected: type[Exception], code_seen: str) -> None:
    error: Any = rebuild(code, kind, "what happened")
    assert type(error) is expected
    assert (error.code, error.kind, str(error)) == (code_seen, kind, "what happened")
    assert str(pickle.loads(pickle.dumps(error))) == "what happened"


def test_arithmetic_with_a_failure_raises_it() -> None:
    failure = seen(ValueError("bad"))
    with pytest.raises(ValueError, match="bad") as caught:
        sum([1, failure])
    assert caught.value is failure


@pytest.mark.parametrize("original", ORDINARY, ids=name_of)
def test_an_exception_survives_packing(original: Exception) -> None:
    original.__cause__ = Custom("cause", 1)
    arrived: Any = unpack(pack(original))
    assert type(arrived) is type(original)
    assert (str(arrived), arrived.args, vars(arrived)) == (str(original), original.args, vars(original))
    assert (type(arrived.__cause__), arrived.__cause__.count) == (Custom, 1)


def test_what_cannot_travel_is_left_behind() -> None:
    original = ValueError("bad", open)
    original.__dict__["lock"] = (part for part in ())
    arrived: Any = unpack(pack(original))
    assert isinstance(arrived, ValueError)
    assert arrived.args[0] == "bad"
    assert not hasattr(arrived, "lock")


def test_a_class_made_in_a_function_survives_packing() -> None:
    class Local(Exception):
        pass

    arrived = unpack(pack(Local("here")))
    assert (name_of(arrived or ValueError()), str(arrived)) == ("Local", "here")


def test_a_payload_that_means_nothing_here_is_nothing() -> None:
    assert unpack(b"") is None
    assert unpack(b"nonsense") is None


def test_a_custom_error_is_made_of_an_exception() -> None:
    original = ValueError("bad")
    error = errors.CustomError.from_exception(original)
    assert (error.code, str(error), error.__cause__) == ("ValueError", "bad", original)


def test_a_validation_error_names_task_and_variable() -> None:
    error = errors.RuntimeDataValidationError("x", ValueError("no number"), "e.f")
    assert error.code == "DataValidationError"
    assert all(part in str(error) for part in ("e.f", "x", "no number"))
