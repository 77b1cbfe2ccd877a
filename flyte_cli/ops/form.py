"""What a task takes, as fields to fill in, and what is wrong with what was typed. The task's file is loaded elsewhere.

A process of its own loads it: that way every form has the file as it is now, and whatever the file does when it is
loaded happens there. No terminal here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from flyte_cli.errors import CliError, FileNotLoaded, MachineTrouble
from flyte_cli.ops.host import Host
from flyte_cli.sources import Place

Problems = tuple[tuple[str, str], ...]
"""Each with the option it is about."""


@dataclass(frozen=True)
class FormField:
    """One input, or a field of one."""

    option: str
    """`--cfg.lr`."""
    type: str
    help: str = ""
    default: str | None = None
    """As it would be typed; of a run that is done again, what it was given. None where there is none."""
    is_required: bool = False
    choices: tuple[str, ...] = ()
    kind: str = ""
    """`flag`, `many`, `file`, `folder`, or nothing special."""
    depth: int = 0
    """1 for a field of an input."""
    may_be_none: bool = False
    """Whether a flag has a third answer."""


@dataclass(frozen=True)
class Form:
    """A task to start."""

    file: str
    task: str
    doc: str
    fields: tuple[FormField, ...]
    folder: str
    """Where it is started."""


@dataclass(frozen=True)
class Start:
    """What somebody wants to start: a task of a file, a name of the project file, or a run again."""

    file: str = ""
    task: str | None = None
    again: str = ""
    action: str | None = None
    recover: bool = False

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.again):
            raise ValueError(f"either a file or a run is started, got {self!r}")

    @property
    def words(self) -> tuple[str, ...]:
        """The command line, as far as it is known without inputs."""
        if self.file:
            return ("run", self.file) if self.task is None else ("run", self.file, self.task)
        words: tuple[str, ...] = ("rerun", self.again)
        if self.recover:
            words += ("--recover",)
        return words if self.action is None else (*words, "--action-name", self.action)


@dataclass
class OpenForm:
    """A form that is being filled in. Its methods wait for the other process: call them from a thread."""

    host: Host
    start: Start
    _process: subprocess.Popen[bytes] | None = None
    _is_closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> Form:
        """Load the task; raises CliError, with what the file itself did wrong."""
        command = [sys.executable, "-m", "flyte_cli.ops.form_process", json.dumps(asdict(self.start))]
        environment = {**self.host.environment, "PYTHONUNBUFFERED": "1"}
        try:
            process = self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self.host.folder(),
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise MachineTrouble(f"cannot start a process that loads the task: {error}") from error
        if self._is_closed:  # meanwhile
            self.close()
        answer = self._read(process)
        if "error" in answer:
            raise _error(answer["error"])
        fields = tuple(FormField(**{**each, "choices": tuple(each["choices"])}) for each in answer["fields"])
        return Form(answer["file"], answer["task"], answer["doc"], fields, answer["folder"])

    def check(self, words: Sequence[str]) -> Problems:
        """What is wrong with these inputs, as `flyte run` would tell it."""
        with self._lock:
            process = self._process
            if process is None or process.stdin is None:
                return ()
            try:
                process.stdin.write(json.dumps(list(words)).encode() + b"\n")
                process.stdin.flush()
            except (OSError, ValueError):
                return (("", "the process that checks inputs is gone"),)
            answer = self._read(process)
        return tuple((str(option), str(problem)) for option, problem in answer["problems"])

    def close(self) -> None:
        """Let the other process end."""
        self._is_closed = True
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None  # it was started with both
                with suppress(OSError):  # what was not sent yet goes nowhere
                    pipe.close()

    def _read(self, process: subprocess.Popen[bytes]) -> Mapping[str, Any]:
        assert process.stdout is not None
        try:
            text = process.stdout.readline()
        except ValueError:  # closed by another thread
            text = b""
        if not text:
            ended = {"message": "the task's file ended the process that loaded it", "status": process.wait()}
            return {"error": ended, "problems": [("", ended["message"])]}
        answer: Mapping[str, Any] = json.loads(text)
        return answer


def _error(told: Mapping[str, Any]) -> CliError:
    places = [Place(each, 0, ()) for each in told.get("places", ())]
    details = [(str(name), str(text)) for name, text in told.get("details", ())]
    return FileNotLoaded(told["message"], details=details, places=places, help=told.get("help", ()))


def folder_of(host: Host) -> str:
    """Where relative paths of a form begin."""
    return os.path.abspath(host.folder())
