"""Answers to conditions, as files in a run's folder: whoever drives the run takes them in.

A file is whole when it has its name. See docs/journal.md for what is in it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flyte._core import Signature

FOLDER = "signals"

_SPECS = {"bool": ("bool",), "int": ("int",), "float": ("float",), "str": ("str",)}

YES = ("y", "yes", "true", "1", "on")
NO = ("n", "no", "false", "0", "off")


class WrongAnswer(ValueError):
    """The text is no value of the condition's type."""


def answer_signature(data_type: str, name: str) -> Signature:
    """Between answers of a type and their bytes."""
    from flyte._core import Signature

    return Signature([], [("o0", _SPECS[data_type])], {}, name)


def parsed(text: str, data_type: str) -> bool | int | float | str:
    """Read what somebody typed. Raises WrongAnswer with what would do."""
    if data_type == "str":
        return text
    word = text.strip()
    if data_type == "bool":
        if word.lower() in YES:
            return True
        if word.lower() in NO:
            return False
        raise WrongAnswer(f"{text!r} is neither yes nor no: answer y or n")
    try:
        return int(word) if data_type == "int" else float(word)
    except ValueError:
        wanted = "a whole number" if data_type == "int" else "a number"
        raise WrongAnswer(f"{text!r} is not {wanted}") from None


def leave_answer(run: Path, name: str, value: Any, data_type: str) -> None:
    """Answer a run's condition. Raises OSError."""
    _leave(run, name, "value", answer_signature(data_type, name).encode_outputs(value))


def leave_failure(run: Path, name: str, code: str, message: str) -> None:
    """Have a run's condition fail. Raises OSError."""
    _leave(run, name, code, message.encode())


def waiting_answers(run: Path) -> set[str]:
    """The names of conditions whose answers nobody has taken yet."""
    names = set()
    folder = run / FOLDER
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix != ".tmp":
            with path.open("rb") as file:
                names.add(file.readline().rstrip(b"\n").decode(errors="replace"))
    return names


def _leave(run: Path, name: str, kind: str, body: bytes) -> None:
    folder = run / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{time.time_ns():020d}-{os.getpid()}"
    unfinished = path.with_suffix(".tmp")
    unfinished.write_bytes(f"{name}\n{kind}\n".encode() + body)
    unfinished.rename(path)
