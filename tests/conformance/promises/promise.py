"""What a row of the table is made of: a program, and steps that run it, look at it and change it."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shlex
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from flyte._core import RunTree
from flyte.runtime.questions import open_questions

HEAD = """\
import asyncio, os, sys, threading, time
from datetime import timedelta
import flyte, flyte.durable, flyte.errors, flyte.notify

os.environ.setdefault("DRIVER", str(os.getpid()))
env = flyte.TaskEnvironment("promise")


def note(text):
    with open("notes", "a") as file:
        file.write(f"{text}\\n")
"""

FOOT = """

if __name__ == "__main__":
    options, inputs = (eval(f"dict({os.environ[name]})") for name in ("OPTIONS", "INPUTS"))
    run = flyte.with_runcontext(executor=os.environ["EXECUTOR"], **options).run(main, **inputs)
    print(f"\\n{ascii(run.result)}")
"""

PATIENCE = 60.0
"""Seconds after which a step that hangs fails its row."""


class Step(Protocol):
    """One thing that is done, and what must be seen of it."""

    def do(self, scene: Scene) -> None: ...


@dataclass(frozen=True)
class Promise:
    """One row: what is promised, and how it is shown."""

    name: str
    says: str
    documented: str
    """A page of docs/, or a section of surface.md or wire.md."""
    program: str
    steps: tuple[Step, ...]
    needs_process: str = ""
    """Why the inline executor cannot keep it."""
    inline: tuple[Step, ...] = ()
    """What the inline executor does instead."""
    broken: str = ""
    """Why it is not kept."""

    def steps_for(self, executor: str) -> tuple[Step, ...]:
        """What is done with one executor."""
        return self.inline if self.needs_process and executor == "inline" else self.steps


@dataclass
class Scene:
    """A folder with a program and a home of its own, for one executor."""

    folder: Path
    executor: str
    variables: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The state folder."""
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the surroundings that would change what is seen."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
        ours = {
            "FLYTE_HOME": str(self.home),
            "EXECUTOR": self.executor,
            "OPTIONS": "",
            "INPUTS": "",
            "COLUMNS": "200",
            "no_proxy": "127.0.0.1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        return kept | ours | self.variables

    def flyte(self, words: str) -> list[str]:
        """A command line of the tool; what runs tasks does so with the executor of the scene."""
        split = shlex.split(words)
        runs = split[0] in ("run", "rerun") and not {"--pdb", "--plan"} & set(split)
        return [str(Path(sys.executable).with_name("flyte")), *split, *(["--executor", self.executor] * runs)]

    def ran(self, command: list[str], typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """A command that came to its end."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | variables,
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def trees(self) -> list[RunTree]:
        """The recorded runs in the order they were started."""
        runs = self.home / "runs"
        trees = [RunTree.open(str(run)) for run in runs.iterdir()] if runs.exists() else []
        return sorted(trees, key=lambda tree: tree.started_at)

    def file(self, name: str) -> Path:
        """A file beside the program."""
        return self.folder / name

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Look until it holds; fails when it never does."""
        patience = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < patience, f"{what} never came"
            assert all(process.poll() is None for process in self.started), self.started[-1].communicate()


@dataclass(frozen=True)
class Runs:
    """`flyte.with_runcontext(OPTIONS).run(main, INPUTS)` in a fresh interpreter."""

    result: Any
    options: str = ""
    inputs: str = ""
    told: tuple[str, ...] = ()
    once: tuple[str, ...] = ()

    def do(self, scene: Scene) -> None:
        done = scene.ran([sys.executable, "program.py"], OPTIONS=self.options, INPUTS=self.inputs)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ast.literal_eval(done.stdout.splitlines()[-1]) == self.result, done.stdout + done.stderr
        _assert_told(done.stderr, self.told)
        assert [done.stderr.count(each) for each in self.once] == [1] * len(self.once), done.stderr


@dataclass(frozen=True)
class Python:
    """Another program, which may import the first one."""

    text: str
    stdout: str

    def do(self, scene: Scene) -> None:
        done = scene.ran([sys.executable, "-c", self.text])
        assert (done.returncode, done.stdout.strip()) == (0, self.stdout), done.stdout + done.stderr


@dataclass(frozen=True)
class Says:
    """`flyte WORDS`, and what it says."""

    words: str
    stdout: str | None = None
    told: tuple[str, ...] = ()
    not_told: tuple[str, ...] = ()
    status: int = 0
    typed: str = ""

    def do(self, scene: Scene) -> None:
        done = scene.ran(scene.flyte(self.words), self.typed)
        said = done.stdout + done.stderr
        assert done.returncode == self.status, said
        if self.stdout is not None:
            assert done.stdout.splitlines() == self.stdout.splitlines(), said
        _assert_told(said, self.told)
        assert not any(each in said for each in self.not_told), said


@dataclass(frozen=True)
class Shows:
    """Parts of the document that `flyte WORDS --json` writes."""

    words: str
    part: Callable[[Any], Any]
    value: Any

    def do(self, scene: Scene) -> None:
        done = scene.ran(scene.flyte(f"{self.words} --json"))
        assert self.part(json.loads(done.stdout)) == self.value, done.stdout + done.stderr


@dataclass(frozen=True)
class Types:
    """`flyte WORDS` at a terminal, where somebody answers as soon as a text stands there."""

    words: str
    asked: str
    answer: str
    told: tuple[str, ...] = ()

    def do(self, scene: Scene) -> None:
        import pty

        terminal, side = pty.openpty()
        # The first terminal that the leader of a session opens is the one that passwords are asked at.
        name = os.ttyname(side)
        command = f"exec {shlex.join(scene.flyte(self.words))} <{name} >{name} 2>&1"
        process = subprocess.Popen(
            ["/bin/sh", "-c", command], cwd=scene.folder, env=scene.environment, start_new_session=True
        )
        seen, answered = b"", False
        with contextlib.suppress(OSError):  # how the end of the other side is told
            while process.poll() is None or _is_readable(terminal):
                if _is_readable(terminal):
                    seen += os.read(terminal, 65536)
                if not answered and self.asked.encode() in seen:
                    os.write(terminal, self.answer.encode())
                    answered = True
        status = process.wait(PATIENCE)
        os.close(terminal)
        os.close(side)
        assert (status, answered) == (0, True), seen
        _assert_told(seen.decode(), self.told)


@dataclass(frozen=True)
class Starts:
    """`flyte WORDS`, not waited for, until something holds."""

    words: str
    until: Callable[[Scene], bool]

    def do(self, scene: Scene) -> None:
        process = subprocess.Popen(
            scene.flyte(self.words),
            cwd=scene.folder,
            env=scene.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        scene.started.append(process)
        scene.until(lambda: self.until(scene), "what the step waits for")


@dataclass(frozen=True)
class Ends:
    """What was started comes to its end."""

    stdout: str
    status: int = 0

    def do(self, scene: Scene) -> None:
        process = scene.started.pop()
        stdout, stderr = process.communicate(timeout=PATIENCE)
        assert (process.returncode, stdout.strip()) == (self.status, self.stdout), stdout + stderr


@dataclass(frozen=True)
class Kills:
    """`kill -9` for the program that was started."""

    def do(self, scene: Scene) -> None:
        process = scene.started.pop()
        process.kill()
        process.communicate()


@dataclass(frozen=True)
class Noted:
    """The lines that the program noted since the last look."""

    lines: tuple[str, ...]
    in_order: bool = True

    def do(self, scene: Scene) -> None:
        notes = scene.file("notes")
        lines = notes.read_text().splitlines() if notes.exists() else []
        notes.unlink(missing_ok=True)
        seen = tuple(lines if self.in_order else sorted(lines))
        assert seen == self.lines, f"noted: {seen}"


@dataclass(frozen=True)
class Writes:
    """A file beside the program."""

    name: str
    text: str = ""

    def do(self, scene: Scene) -> None:
        scene.file(self.name).write_text(self.text)


@dataclass(frozen=True)
class Edits:
    """The program is another one from here on."""

    old: str
    new: str

    def do(self, scene: Scene) -> None:
        program = scene.file("program.py")
        assert self.old in program.read_text()
        program.write_text(program.read_text().replace(self.old, self.new))


@dataclass(frozen=True)
class With:
    """A variable for all that follows."""

    variables: Mapping[str, str]

    def do(self, scene: Scene) -> None:
        scene.variables.update(self.variables)


@dataclass(frozen=True)
class Sees:
    """Something of what is recorded, or left behind."""

    what: Callable[[Scene], Any]
    value: Any = True

    def do(self, scene: Scene) -> None:
        seen = self.what(scene)
        assert seen == self.value, f"seen: {seen!r}, promised: {self.value!r}"


@contextlib.contextmanager
def scene_of(promise: Promise, folder: Path, executor: str) -> Iterator[Scene]:
    """The folder of a row, with nothing left running in the end."""
    (folder / "program.py").write_text(HEAD + textwrap.dedent(promise.program) + FOOT)
    scene = Scene(folder, executor)
    try:
        yield scene
    finally:
        for process in scene.started:
            process.kill()
            process.communicate()


def asks(*names: str) -> Callable[[Scene], bool]:
    """Whether the run called `asking` waits for answers of these names."""

    def holds(scene: Scene) -> bool:
        run = scene.home / "runs" / "asking"
        if not (run / "journal.db").exists():
            return False
        return tuple(question.name for question in open_questions(RunTree.open(str(run)))) == names

    return holds


def _assert_told(said: str, told: tuple[str, ...]) -> None:
    missing = [each for each in told if each not in said]
    assert not missing, f"{missing} not in:\n{said}"


def _is_readable(terminal: int) -> bool:
    import select

    return bool(select.select([terminal], [], [], 0.05)[0])
