"""Start runs that this process does not wait for: each in a `flyte` of its own. No terminal here, and none there."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from flyte_cli.errors import CliError, MachineTrouble
from flyte_cli.ops.host import Host
from flyte_cli.run_names import ALPHABET

BETWEEN_LOOKS = 0.02
"""Seconds between two looks at whether the run is recorded."""

_STARTED: list[subprocess.Popen[bytes]] = []
"""Kept as long as this process lives: each is waited for when it ends, not when it is forgotten."""

START = "from flyte_cli.entry import main; main()"


@dataclass(frozen=True)
class Started:
    """A run that was recorded, and the process that drives it."""

    run: str
    process: int


def start_in_background(words: Sequence[str], host: Host) -> Started:
    """Run `flyte WORDS` as a session of its own; returns once its run is recorded.

    Raises CliError with what it said when it ended without one.
    """
    name = _new_name(host)
    command, *rest = words
    with tempfile.TemporaryFile() as said:
        # options behind the command are ours, even where a task has an input of that name
        process = _process([command, "--name", name, "--quiet", *rest], host, said)
        _STARTED.append(process)
        while process.poll() is None:
            if _is_recorded(name, host):
                threading.Thread(target=process.wait, daemon=True).start()  # or its end would go unnoticed
                return Started(name, process.pid)
            host.pause(BETWEEN_LOOKS)
        if _is_recorded(name, host):  # over already
            return Started(name, process.pid)
        said.seek(0)
        raise _refused(said.read().decode(errors="replace"), words, process.returncode)


def _new_name(host: Host) -> str:
    while True:
        name = "r" + "".join(random.choices(ALPHABET, k=6))
        if not host.engine.find(name):
            return name


def _is_recorded(name: str, host: Host) -> bool:
    return any(row.name == name for row in host.engine.find(name))


def _process(words: Sequence[str], host: Host, said: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-c", START, *words],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            cwd=host.folder(),
            env={**os.environ, **host.environment, "NO_COLOR": "1"},
        )
    except OSError as error:
        raise MachineTrouble(f"cannot start `flyte {words[0]}`: {error}") from error


def _refused(said: str, words: Sequence[str], status: int) -> CliError:
    """The error that the other process told of, as one of ours."""
    lines = said.splitlines()
    message = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    if not message:
        last = lines[-5:] or [f"it ended with status {status} and said nothing"]
        return CliError(f"`flyte {' '.join(words)}` did not start a run", causes=last)
    return CliError(message[0], causes=list(_details(lines)), help=list(_help(lines)))


def _details(lines: Sequence[str]) -> Iterator[str]:
    """What stands between the error and the help."""
    inside = False
    for line in lines:
        if line.startswith("help:"):
            return
        if inside and line.strip():
            yield line.removeprefix("cause: ").strip()
        inside = inside or line.startswith("error: ")


def _help(lines: Sequence[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.startswith("help:"):
            inside = True
            yield line.removeprefix("help:").strip()
        elif inside and line.startswith("       "):
            yield line.strip()
