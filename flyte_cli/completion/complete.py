"""What may stand at the cursor: a pure function of the words and of what the machine knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flyte_cli.completion.found import FILE, FLAG, FOLDER, MANY, option_of
from flyte_cli.completion.table import BUILTIN, ROOT, SETTINGS, SHARED

if TYPE_CHECKING:
    from typing import Protocol

    from flyte_cli.completion.found import Field, Task

    class World(Protocol):
        """What the machine knows. Every list is of (value, text)."""

        def python_files(self, start: str) -> list[tuple[str, str]]:
            """Files with tasks, and folders that may have some; those of the folder that `start` is in."""

        def entries(self) -> list[tuple[str, str]]:
            """Names declared in the project file."""

        def programs(self) -> list[tuple[str, str]]:
            """Programs that come along."""

        def file_of(self, entry: str) -> tuple[str, str | None]:
            """The file, and the task if it says so, of a declared name; of a file, itself."""

        def default_inputs(self, name: str) -> dict[str, str]:
            """The inputs that the project file gives to a name it declares, or to any file, as text."""

        def tasks(self, file: str) -> list[Task]:
            """The tasks of a file."""

        def runs(self) -> list[tuple[str, str]]:
            """Recorded runs, newest first."""

        def actions(self, run: str) -> list[tuple[str, str]]:
            """The actions of a run."""

        def task_of(self, run: str) -> Task | None:
            """The task that a run began with."""

        def secrets(self) -> list[tuple[str, str]]:
            """Names of secrets."""

        def profiles(self, file: str) -> list[tuple[str, str]]:
            """Profiles of a config file; of the one that counts, when none is named."""

        def cached_tasks(self) -> list[tuple[str, str]]:
            """Full names of tasks with results in the cache."""

        def plugins(self, group: str) -> list[tuple[str, str]]:
            """Commands of plug-ins in a group; `` is the root."""


HELP = [("-h", "what it does and takes"), ("--help", "the same in full, with environment variables")]
YES_NO = [("true", ""), ("false", "")]


class Answer:
    """The candidates, as (value, text), and whether the shell should offer `files` or `folders` as well."""

    __slots__ = ("candidates", "paths")

    def __init__(self, candidates: Iterable[tuple[str, str]] = (), paths: str = "") -> None:
        self.candidates = list(candidates)
        self.paths = paths

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answer) and (self.candidates, self.paths) == (other.candidates, other.paths)

    def __repr__(self) -> str:
        return f"Answer({self.candidates!r}, {self.paths!r})"


class Place:
    """Where in the line the cursor is: the command, what was given to it, and the option that waits for a value."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.path: list[str] = []
        self.node: dict[str, Any] = ROOT
        self.arguments: list[str] = []
        self.given: dict[str, str] = {}
        self.waiting = ""
        self.ended = False
        self._task: Task | None = None
        self._looked = False

    def read(self, word: str) -> None:
        """Take the next word before the cursor."""
        if self.waiting:
            self.given[self.waiting], self.waiting = word, ""
        elif self.ended or not word.startswith("-") or word == "-":
            self._plain(word)
        elif word == "--":
            self.ended = True
        else:
            self._option(word)

    def _plain(self, word: str) -> None:
        below = self.node.get("commands")
        forms = self.node.get("forms", {})
        if not self.arguments and word in forms:
            self.path.append(word)
            self.node = forms[word]
        elif below is None:
            self.arguments += word.split("::", 1) if self._takes_file() and not self.arguments else [word]
        else:
            self.path.append(word)
            self.node = below.get(word, {"foreign": True})

    def _option(self, word: str) -> None:
        name, equals, value = word.partition("=")
        self.given[name] = value
        if equals:
            return
        field = self.field(name)
        option = self.option(name)
        if (field is not None and field[5] != FLAG) or (field is None and option is not None and option[1]):
            self.waiting = name

    def option(self, name: str) -> Any:
        """The option of the command with that spelling."""
        for each in self.node.get("options", SHARED):
            if name in each[0]:
                return each
        return None

    def value(self, *spellings: str) -> str:
        """What was given to an option; empty when nothing was."""
        return next((self.given[each] for each in spellings if each in self.given), "")

    def task(self) -> Task | None:
        """The task whose inputs are options here."""
        if not self._looked:
            self._looked = True
            self._task = self._task_here()
        return self._task

    def takes_script(self) -> bool:
        """Whether the word after the first is a file of any kind, and no task."""
        return self._takes_file() and bool(self.arguments) and BUILTIN.get(self.arguments[0], ("", "", "", False))[3]

    def _takes_file(self) -> bool:
        return any(each[2] == "python" for each in self.node.get("arguments", ()))

    def _task_here(self) -> Task | None:
        sources = [each[2] for each in self.node.get("arguments", ())]
        if not self.node.get("inputs") or not self.arguments:
            return None
        if sources[0] == "runs":
            return self.world.task_of(self.arguments[0])
        file, task = self.world.file_of(self.arguments[0])
        wanted = self.arguments[1] if len(self.arguments) > 1 and not self.takes_script() else task
        tasks = self.world.tasks(file)
        if wanted is None and len(tasks) != 1:
            wanted = "main"
        found = next((each for each in tasks if wanted in (each[0], None)), None)
        return found and _with_defaults(found, self.world.default_inputs(self.arguments[0]))

    def field(self, option: str) -> Field | None:
        """The input, or the field of a record in one, that the option gives."""
        if not option.startswith("--"):
            return None
        task = self.task()
        fields: Sequence[Field] = task[3] if task is not None else ()
        found: Field | None = None
        for part in option[2:].replace("-", "_").split("."):
            found = next((each for each in fields if each[0].replace("-", "_") == part), None)
            if found is None:
                return None
            fields = found[6]
        return found


def _with_defaults(task: Task, values: Mapping[str, str]) -> Task:
    """The task as it is when the project file gives some of its inputs."""
    name, text, environment, fields = task
    return name, text, environment, tuple((*each[:2], values.get(each[0], each[2]), *each[3:]) for each in fields)


def complete(words: Sequence[str], cursor: int, world: World) -> Answer:
    """What may stand in place of the word at `cursor`; `words` are those behind the name of the tool."""
    place = Place(world)
    for word in words[:cursor]:
        place.read(word)
    current = words[cursor] if cursor < len(words) else ""
    if place.node.get("foreign"):
        return Answer(paths="files")
    if place.waiting:
        return _values(place, place.waiting, current, "")
    if current.startswith("-") and not place.ended:
        name, equals, value = current.partition("=")
        if equals:
            return _values(place, name, value, f"{name}=")
        return Answer(_starting(current, _options(place)))
    if "commands" in place.node:
        below = [(name, each["about"]) for name, each in place.node["commands"].items()]
        return Answer(_starting(current, [*below, *world.plugins(".".join(place.path))]))
    return _argument(place, current)


def _values(place: Place, name: str, current: str, head: str) -> Answer:
    field = place.field(name)
    if field is not None:
        candidates, paths = _field_values(field)
    else:
        option = place.option(name)
        candidates, paths = _source(place, option[3] if option is not None else "", current)
    kept = [(f"{head}{value}", text) for value, text in _starting(current, candidates)]
    return Answer(kept, paths)


def _field_values(field: Field) -> tuple[list[tuple[str, str]], str]:
    _, type, default, _, choices, kind, fields = field
    if kind == FLAG:
        return YES_NO, ""
    if kind in (FILE, FOLDER):
        return [], "folders" if kind == FOLDER else "files"
    shown = [(each, f"{type}, the default" if each == default else type) for each in choices]
    return shown, "files" if fields else ""


def _argument(place: Place, current: str) -> Answer:
    arguments = place.node.get("arguments", ())
    at = len(place.arguments)
    if at >= len(arguments):
        last = arguments[-1][2] if arguments and arguments[-1][0].endswith("...") else ""
        if last:
            return Answer(_starting(current, _source(place, last, current)[0]))
        return Answer(_starting(current, _inputs(place))) if place.node.get("inputs") else Answer()
    source = "files" if at == 1 and place.takes_script() else arguments[at][2]
    if source == "python" and "::" in current:
        file, _, start = current.partition("::")
        tasks = [(f"{file}::{name}", text) for name, text in _tasks(place.world, file)]
        return Answer(_starting(f"{file}::{start}", tasks))
    candidates, paths = _source(place, source, current)
    forms = [(name, each["about"]) for name, each in place.node.get("forms", {}).items()] if at == 0 else []
    found = list(_starting(current, [*candidates, *forms]))
    if not found and place.node.get("inputs"):
        found = list(_starting(current, _inputs(place)))
    return Answer(found, paths)


def _source(place: Place, source: str, current: str) -> tuple[list[tuple[str, str]], str]:
    world = place.world
    if source.startswith("="):
        return [(each, "") for each in source[1:].split("|")], ""
    if source in ("files", "folders"):
        return [], source
    if source == "python":
        named = dict(world.entries())
        others = [each for each in world.programs() if each[0] not in named]
        return [*named.items(), *world.python_files(current), *others], ""
    if source == "tasks":
        return _tasks(world, place.arguments[0]) if place.arguments else [], ""
    if source == "runs":
        return world.runs(), ""
    if source == "actions":
        return world.actions(place.arguments[0]) if place.arguments else [], ""
    if source == "secrets":
        return world.secrets(), ""
    if source == "cached tasks":
        return world.cached_tasks(), ""
    if source == "profiles":
        return world.profiles(place.value("-c", "--config")), ""
    if source == "settings":
        return [(name, about) for name, about, _ in SETTINGS], ""
    if source == "values of settings":
        return _source(place, next((values for name, _, values in SETTINGS if name in place.arguments), ""), current)
    return [], ""


def _tasks(world: World, name: str) -> list[tuple[str, str]]:
    file, task = world.file_of(name)
    return [(each[0], each[1]) for each in world.tasks(file)] if task is None else []


def _options(place: Place) -> Iterator[tuple[str, str]]:
    """Inputs of the task first, required ones before others; options given already are left out, unless they add."""
    own = set()
    for value, text in _inputs(place):
        own.add(value)
        yield value, text
    for spellings, _, text, _, repeats in place.node.get("options", SHARED):
        if repeats or not place.given.keys() & set(spellings):
            for spelled in spellings:
                if spelled not in own:
                    yield spelled, text
    yield from HELP


def _inputs(place: Place) -> list[tuple[str, str]]:
    task = place.task()
    if task is None:
        return []
    required: list[tuple[str, str]] = []
    optional: list[tuple[str, str]] = []
    for spelled, text, missing in _spelled(task[3], "--", place.given):
        (required if missing else optional).append((spelled, text))
    return required + optional


def _spelled(fields: Iterable[Field], head: str, given: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    for field in fields:
        name, _, default, _, _, kind, below = field
        option = f"{head}{option_of(name)[2:]}"
        if kind == MANY or not given.keys() & {option, option.replace("-", "_"), f"--no-{option[2:]}"}:
            yield option, described(field), default is None and head == "--"
            if kind == FLAG and head == "--":
                yield f"--no-{option[2:]}", described(field), False
        yield from _spelled(below, f"{option}.", given)


def described(field: Field) -> str:
    """`float, 0.1: learning rate`."""
    _, type, default, help, _, _, _ = field
    known = "required" if default is None else default
    return f"{type}, {known}" + (f": {help}" if help else "")


def _starting(start: str, candidates: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    folded = start.replace("_", "-") if start.startswith("--") else start
    return (each for each in candidates if each[0].startswith((start, folded)))
