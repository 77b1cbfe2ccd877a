"""How a snippet of the documents is tried: the kinds of entries of the table, and the module a snippet becomes."""

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flyte
from tests.contracts.shell import Shell

FOLDER = Path(__file__).parent / "snippets"
STAND_INS = Path(__file__).parent / "stand_ins"

START = 'import flyte\nenv = flyte.TaskEnvironment("seed")\n'
"""What nearly every snippet that is not a whole program leaves out."""


@dataclass(frozen=True)
class Shows:
    """Expressions over the names of a snippet, and what they must be.

    `run(task, ...)` runs a task and gives its result, `error(task, ...)` the text of what it raises.
    """

    prelude: str = START
    that: Mapping[str, Any] = field(default_factory=dict)


class Runs(Shows):
    """The snippet runs as it is written; helpers it only mentions are in the prelude."""


class Declares(Shows):
    """The snippet declares what only a backend, or code the document leaves out, could run."""


@dataclass(frozen=True)
class Program:
    """A whole program: it runs with plain Python, and its task through the tool."""

    printed: str
    """What plain Python prints, as a pattern."""
    command: tuple[str, ...]
    result: str
    prelude: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """Other snippets it reads, by the name it reads them under."""


@dataclass(frozen=True)
class Commands:
    """Command lines for the tool, then perhaps `# Python` and some Python."""

    script: str
    name: str
    last_lines: tuple[str, ...]
    """The last line each `flyte run` prints."""
    python: Shows | None = None


@dataclass(frozen=True)
class Refused:
    """The snippet imports, and is told that it needs a backend."""

    message: str
    prelude: str = START


@dataclass(frozen=True)
class Settings:
    """A config file, and what `flyte.init_from_config` makes of it."""

    project: str
    domain: str


@dataclass(frozen=True)
class NotRun:
    """The snippet cannot be run by anybody who has only this library."""

    reason: str


def text_of(name: str) -> str:
    """The snippet as it is in its document; of a diff, what it leads to."""
    (file,) = FOLDER.glob(f"{name}.*")
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".diff":
        return text
    return "".join(line.removeprefix("+") for line in text.splitlines(keepends=True) if not line.startswith("-"))


def names() -> list[str]:
    """Every snippet of the corpus."""
    return sorted(file.stem for file in FOLDER.iterdir())


@dataclass(frozen=True)
class Tried:
    """Loads snippets as modules of a folder."""

    folder: Path

    def load(self, name: str, text: str) -> dict[str, Any]:
        """The names a module of this text has."""
        file = self.folder / f"seed_{name}.py"
        file.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[file.stem] = module  # pickles name it
        spec.loader.exec_module(module)
        return vars(module)

    def shown(self, name: str, text: str, expected: Shows) -> dict[str, Any]:
        """Load a snippet with its prelude, and see what its expressions are."""
        loaded = self.load(name, expected.prelude + text)
        given = {"run": run, "error": error, "flyte": flyte}
        return {expression: eval(expression, {**given, **loaded}) for expression in expected.that}


def run(task: Any, **inputs: Any) -> Any:
    """What a task returns in a run of this process."""
    return flyte.with_runcontext(executor="inline").run(task, **inputs).result


def error(task: Any, **inputs: Any) -> str:
    """What a run that must fail says."""
    try:
        result = run(task, **inputs)
    except Exception as failure:
        return f"{type(failure).__name__}: {failure}"
    raise AssertionError(f"it gave {result!r}")


def printed_by(name: str, program: Program, shell: Shell) -> tuple[str, str]:
    """Run it with plain Python, and its task through the tool: everything, and the last line."""
    file = shell.folder / f"{name}.py"
    file.write_text(program.prelude + text_of(name), encoding="utf-8")
    for wanted, other in program.files.items():
        (shell.folder / wanted).write_text(text_of(other), encoding="utf-8")
    alone = shell(sys.executable, file.name).stdout
    return alone, shell("flyte", "run", file.name, *program.command).stdout.splitlines()[-1]


def last_lines_of(name: str, commands: Commands, shell: Shell) -> tuple[str, ...]:
    """Type the lines that run something."""
    (shell.folder / commands.name).write_text(START + commands.script, encoding="utf-8")
    typed = [line.split() for line in text_of(name).splitlines() if line.startswith("flyte run ")]
    return tuple(shell(*line).stdout.splitlines()[-1] for line in typed)
