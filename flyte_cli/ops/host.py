"""What this machine offers to a command, as one value: engine, clock, environment, folder. Tests hand in their own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flyte_cli.ops.engine import Engine, LocalEngine

if TYPE_CHECKING:
    from flyte.secret_store import SecretStore


def _browse(address: str) -> bool:
    import webbrowser  # deferred: 10 ms

    return webbrowser.open(address)


def _stdin() -> bytes:
    return sys.stdin.buffer.read() if sys.stdin is not None else b""  # None when it is closed


def _ask_hidden(prompt: str) -> str | None:
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    import getpass  # deferred: it needs a terminal

    return getpass.getpass(prompt, sys.stderr)


def _ask(prompt: str) -> str | None:
    if not sys.stdin or not sys.stdin.isatty():
        return None
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _confirm(question: str) -> bool | None:
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _secret_store() -> SecretStore:
    from flyte.runtime.session import state_folder  # deferred, with the store: few commands need it
    from flyte.secret_store import SecretStore

    return SecretStore(state_folder())


@dataclass(frozen=True)
class Host:
    """The surroundings of a command."""

    engine: Engine = field(default_factory=LocalEngine)
    clock: Callable[[], float] = time.time
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    folder: Callable[[], str] = os.getcwd
    browse: Callable[[str], bool] = _browse
    """Show an address in the browser."""
    stdin: Callable[[], bytes] = _stdin
    """Everything that comes on the standard input."""
    ask_hidden: Callable[[str], str | None] = _ask_hidden
    """What somebody types without seeing it; None when nobody is there."""
    ask: Callable[[str], str | None] = _ask
    """What somebody types; None when nobody is there."""
    confirm: Callable[[str], bool | None] = _confirm
    """Somebody's yes or no; None when nobody is there."""
    export: Callable[[str, str], None] = os.environ.__setitem__
    """Have this process, and those that it starts, see a variable."""
    user: Callable[[], int] = os.getuid
    """Who asks."""
    owner: Callable[[Path], int | None] = _owner
    """Whose a file is; None when it is not there."""
    modified: Callable[[Path], float | None] = _modified
    """When a file was written last; None when it is not there."""
    pause: Callable[[float], None] = time.sleep
    """Wait so many seconds for something to happen."""
    secret_store: Callable[[], SecretStore] = _secret_store
    """The secrets of this machine."""
