"""Small programs, each run in a fresh interpreter with a state folder of its own, and what they left behind."""

import ast
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flyte._core import ActionView, RunTree

HEAD = """\
import asyncio, os, sys, threading, time
import flyte, flyte.errors

env = flyte.TaskEnvironment("conformance")
"""

FOOT = """

if __name__ == "__main__":
    flyte_run = flyte.with_runcontext(executor=os.environ["EXECUTOR"]).run(main)
    with open("result", "w", encoding="utf-8") as result:
        result.write(repr(flyte_run.result))
"""

PATIENCE = 120
"""Seconds after which a program that hangs fails its test."""


@dataclass(frozen=True)
class Ran:
    """A program that came to its end."""

    folder: Path
    status: int
    stdout: str
    stderr: str

    @property
    def result(self) -> Any:
        """What `main` returned."""
        assert self.status == 0, self.stderr
        return ast.literal_eval((self.folder / "result").read_text(encoding="utf-8"))

    @property
    def trees(self) -> list[RunTree]:
        """The recorded runs in the order they were started."""
        trees = [RunTree.open(str(run)) for run in (self.folder / "home" / "runs").iterdir()]
        return sorted(trees, key=lambda tree: tree.started_at)

    @property
    def tree(self) -> RunTree:
        """The one recorded run."""
        (tree,) = self.trees
        return tree

    @property
    def actions(self) -> list[ActionView]:
        """All actions of the one run."""
        return [self.tree.action(ordinal) for ordinal in range(len(self.tree))]

    @property
    def phases(self) -> list[tuple[str, str]]:
        """Label and phase of each action of the one run, sorted."""
        return sorted((action.label, action.phase) for action in self.actions)


@dataclass(frozen=True)
class Programs:
    """Writes programs into a folder and runs them under one executor."""

    folder: Path
    executor: str

    def __call__(self, body: str) -> Ran:
        """Run the tasks of `body`, of which `main` is the first."""
        return self.start(HEAD + textwrap.dedent(body) + FOOT)

    def start(self, text: str) -> Ran:
        """Run a program as it is."""
        (self.folder / "program.py").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "program.py"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
        )
        return Ran(
            self.folder,
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"),
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables a program starts with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST"))}
        return kept | {"FLYTE_HOME": str(self.folder / "home"), "EXECUTOR": self.executor}
