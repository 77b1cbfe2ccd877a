"""Runs that a crash ended, each to be told once. No terminal here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flyte_cli.ops.host import Host

MOST_TOLD = 3


@dataclass(frozen=True)
class Interruption:
    """A run, and when it was last heard of, in Unix seconds."""

    run: str
    task: str
    file: str
    at: float


def interruptions(host: Host) -> Sequence[Interruption]:
    """Those not told before: whoever asks tells them."""
    names = host.engine.left_behind()
    if not names:
        return ()
    found = []
    for name in names:
        row = next((row for row in host.engine.find(name) if row.name == name), None)
        is_news = host.engine.forget(name)
        if is_news and row is not None and row.phase == "interrupted":
            task = row.task.rpartition(".")[2]
            found.append(Interruption(name, task, row.file, _last_heard_of(row.folder, row.started_at)))
    return found


def _last_heard_of(folder: str, otherwise: float) -> float:
    try:
        return max(os.stat(file).st_mtime for file in Path(folder).iterdir() if file.is_file())
    except (OSError, ValueError):
        return otherwise
