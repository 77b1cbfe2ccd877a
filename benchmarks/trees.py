"""What a screen's questions to the tree of 100,000 actions take: `python benchmarks/trees.py`. It only prints."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flyte._core import RunTree
from sides import PROGRAMS

ACTIONS = 100_000
ROUNDS = 5


def main() -> None:
    """Run a fan-out, open its journal, and ask."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, str(PROGRAMS / "fan_out.py"), str(ACTIONS)]
        if os.spawnve(os.P_WAIT, sys.executable, command, {**os.environ, "FLYTE_HOME": home}) != 0:
            sys.exit("the run failed")
        (folder,) = (Path(home) / "runs").iterdir()
        tree = RunTree.open(str(folder))
        for name, question in questions(tree).items():
            print(f"{name:40}{statistics.median(timed(question) for _ in range(ROUNDS)):9.2f} ms")


def questions(tree: RunTree) -> dict[str, Callable[[], object]]:
    """All that a screen asks, by name."""
    middle = (tree.started_at + (tree.ended_at or time.time())) / 2
    return {
        "open": lambda: RunTree.open(tree.folder),
        "open as it stood in the middle": lambda: RunTree.open(tree.folder, middle),
        "refresh": tree.refresh,
        "folds": lambda: tree.folds(0),
        "members": lambda: tree.members(0, "nothing", False),
        "members that failed": lambda: tree.members(0, "nothing", False, ["failed"]),
        "durations in 40 parts": lambda: tree.durations(0, "nothing", False, 40),
        "matching, nearly none": lambda: tree.matching(["i=77777"]),
        "matching, all": lambda: tree.matching(["nothing"]),
        "subtree": lambda: tree.subtree(0),
        "descendants": lambda: tree.descendants(0),
        "critical path": tree.critical_path,
        "rows, 60 of them": lambda: tree.rows(range(ACTIONS // 2, ACTIONS // 2 + 60)),
    }


def timed(question: Callable[[], object]) -> float:
    """Milliseconds that one question takes."""
    started = time.perf_counter()
    question()
    return (time.perf_counter() - started) * 1e3


if __name__ == "__main__":
    main()
