"""What inputs may refer to besides themselves: the folder, standard input, the time. Tests hand in their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flyte_cli.inputs.problem import BadValue
from flyte_cli.near_miss import nearest


def _local_time() -> datetime:
    return datetime.now().astimezone()


def _read_stdin() -> bytes:
    return sys.stdin.buffer.read()


@dataclass(frozen=True)
class Surroundings:
    """Where and when a command line was typed."""

    folder: Callable[[], str] = os.getcwd
    now: Callable[[], datetime] = _local_time
    stdin: Callable[[], bytes] = _read_stdin
    _taken: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    def take_stdin(self, who: str) -> bytes:
        """Everything on standard input, which only one can have."""
        if self._taken:
            raise BadValue(f"standard input went to {self._taken[0]} already")
        self._taken.append(who)
        return self.stdin()

    def path(self, text: str) -> Path:
        """A path as typed, made absolute."""
        return Path(os.path.abspath(Path(self.folder(), Path(text).expanduser())))

    def read(self, text: str) -> bytes:
        """The content of a file."""
        path = self.path(text)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise BadValue(self.no_such("file", text)) from None
        except (OSError, ValueError) as error:  # ValueError: a null byte in the name
            raise BadValue(f"cannot read `{text}`: {getattr(error, 'strerror', None) or error}") from error

    def no_such(self, what: str, text: str) -> str:
        """That a path is not there, and which one may have been meant."""
        folder = self.path(text).parent
        names = sorted(os.listdir(folder))[:1000] if folder.is_dir() else []
        guess = nearest(Path(text).name, names)
        return f"no {what} `{text}`" + (f", did you mean `{Path(text).with_name(guess)}`?" if guess else "")
