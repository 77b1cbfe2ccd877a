"""What this machine offers to a command, as one value: engine, clock, environment, folder. Tests hand in their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flyte_cli.ops.engine import Engine, LocalEngine


@dataclass(frozen=True)
class Host:
    """The surroundings of a command."""

    engine: Engine = field(default_factory=LocalEngine)
    clock: Callable[[], float] = time.time
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    folder: Callable[[], str] = os.getcwd
