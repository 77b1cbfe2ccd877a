"""What this machine offers to a command, as one value: engine, clock, environment, folder. Tests hand in their own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flyte_cli.ops.engine import Engine, LocalEngine


def _browse(address: str) -> bool:
    import webbrowser  # deferred: 10 ms

    return webbrowser.open(address)


def _stdin() -> bytes:
    return sys.stdin.buffer.read()


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
