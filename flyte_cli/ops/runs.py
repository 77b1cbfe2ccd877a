"""Find recorded runs by what people type for them, abort them, and start them again. No terminal here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte.run_attributes import attributes_of
from flyte_cli import where
from flyte_cli.action_names import find_action
from flyte_cli.errors import CliError, MachineTrouble, Misuse, NoSuchAction, NoSuchRun
from flyte_cli.inputs.bind import Before, bind
from flyte_cli.inputs.words import Sorted
from flyte_cli.near_miss import listed, nearest
from flyte_cli.ops.host import Host
from flyte_cli.ops.loading import Target, task_named
from flyte_cli.ops.moments import moment_of
from flyte_cli.ops.run import Finished, RecoverFrom, RunOptions, encoded, start, surroundings
from flyte_cli.run_names import Latest, Named, parse

if TYPE_CHECKING:
    from flyte._core import ActionView, RunRow, RunTree
    from flyte.runtime.session import Observer


OVER = ("succeeded", "failed", "aborted", "recovered", "cached")
"""Phases of actions that nothing can change any more."""


PHASES = ("queued", "running", "succeeded", "failed", "aborted", "interrupted")
"""Phases of runs."""

ORDERS = ("started", "took", "name", "task", "phase", "actions")
"""What a list of runs may be sorted by."""

EVERYTHING = 2**32 - 1
JOURNAL = ("journal.db-wal", "journal.db")


@dataclass(frozen=True)
class Belonging:
    """The project and the domain that somebody means; None is any."""

    project: str | None = None
    domain: str | None = None

    @property
    def said(self) -> bool:
        """Whether it leaves anything out."""
        return self.project is not None or self.domain is not None

    def __str__(self) -> str:
        named = (("project", self.project), ("domain", self.domain))
        return " and ".join(f"{what} `{name}`" for what, name in named if name is not None)

    def takes(self, row: RunRow) -> bool:
        """Whether a run belongs there."""
        return self == ANYWHERE or self.missed_by(row) is None

    def missed_by(self, row: RunRow) -> str | None:
        """What a run belongs to instead, in words; None when it belongs there."""
        own = attributes_of(row.attributes)
        for what, wanted, found in (("project", self.project, own.project), ("domain", self.domain, own.domain)):
            if wanted not in (None, found):
                return f"belongs to no {what}" if found is None else f"belongs to {what} `{found}`"
        return None


ANYWHERE = Belonging()


@dataclass(frozen=True)
class Listing:
    """Some runs, and what was left out."""

    rows: Sequence[RunRow]
    more: bool
    limit: int
    everywhere: bool
    elsewhere: bool = False
    count: int = 0
    """How many fit, also those beyond the limit."""
    filtered: bool = False


@dataclass(frozen=True)
class Which:
    """The runs somebody wants to see, or to delete."""

    limit: int = 20
    everywhere: bool = False
    phases: tuple[str, ...] = ()
    task: str | None = None
    since: str | None = None
    until: str | None = None
    where: str | None = None
    sort: str | None = None
    updated_since: str | None = None
    updated_until: str | None = None
    version: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    """All of them it must have."""
    label_keys: tuple[str, ...] = ()
    mine: bool = False
    paused: bool = False
    within: Belonging = ANYWHERE

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise Misuse(f"`--limit` is a number from 1 up, got `{self.limit}`")
        for phase in self.phases:
            known("--phase", phase, PHASES)
        if self.sort is not None:
            known("--sort", self.sort.removeprefix("-"), ORDERS)

    @property
    def narrow(self) -> bool:
        """Whether anything but the newest is asked for."""
        asked = (self.task, self.since, self.until, self.where, self.sort, self.updated_since, self.updated_until)
        said = (self.version, self.labels, self.label_keys, self.mine, self.paused, self.within.said)
        return bool(self.phases) or any(asked) or any(said)

    def of_attributes(self, row: RunRow) -> bool:
        """Whether what was said about a run fits."""
        if not (self.version or self.labels or self.label_keys or self.within.said):
            return True
        said = attributes_of(row.attributes)
        labelled = self.labels.items() <= said.labels.items() and all(key in said.labels for key in self.label_keys)
        return labelled and self.version in (None, said.version) and self.within.takes(row)


def known(option: str, value: str, choices: Sequence[str]) -> None:
    """Refuse a value that an option does not take."""
    if value not in choices:
        guess = nearest(value, choices)
        help = f"did you mean `{guess}`?   " if guess else ""
        raise Misuse(f"`{option}` has no `{value}`", help=[f"{help}it takes {', '.join(choices)}"])


def list_runs(which: Which, host: Host) -> Listing:
    """The newest runs of this folder, or of all; or those that fit. Journals are read for inputs in --where only."""
    project = None if which.everywhere else host.folder()
    if which.narrow:
        rows = fitting(which, host)
        count = len(rows)
    else:
        rows = host.engine.runs(project, which.limit)
        count = host.engine.count(project) if len(rows) == which.limit else len(rows)
    elsewhere = not rows and not which.everywhere and not which.narrow and bool(host.engine.runs(None, 1))
    shown = rows[: which.limit]
    return Listing(shown, count > len(shown), which.limit, which.everywhere, elsewhere, count, which.narrow)


def fitting(which: Which, host: Host) -> list[RunRow]:
    """All runs that fit, in the order wanted."""
    started = _Span.read(host, ("--since", which.since), ("--until", which.until))
    updated = _Span.read(host, ("--updated-after", which.updated_since), ("--updated-before", which.updated_until))
    query = query_of(which)
    found = []
    for row in host.engine.runs(None if which.everywhere else host.folder(), EVERYTHING):
        in_time = started.has(row.started_at) and (updated.endless or updated.has(updated_at(row, host)))
        fits = in_time and (not which.phases or row.phase in which.phases) and _of_task(row, which.task)
        if fits and which.of_attributes(row) and _of_people(row, which, host):
            look = partial(values_of_run, row, host)
            if query.holds(look):
                found.append(row)
    return in_order(found, which.sort, host)


def query_of(which: Which) -> where.Query:
    """What `--where` says."""
    return where.parse(which.where, PHASES, ("took", "started")) if which.where is not None else where.Query()


@dataclass(frozen=True)
class _Span:
    """A time from one moment to another, which may be open on both sides."""

    since: float | None
    until: float | None

    @classmethod
    def read(cls, host: Host, since: tuple[str, str | None], until: tuple[str, str | None]) -> _Span:
        """From options and what was typed for them."""
        return cls(*(None if text is None else moment_of(option, text, host) for option, text in (since, until)))

    @property
    def endless(self) -> bool:
        return self.since is None and self.until is None

    def has(self, at: float) -> bool:
        """Whether a moment is in it."""
        return (self.since is None or at >= self.since) and (self.until is None or at <= self.until)


def updated_at(row: RunRow, host: Host) -> float:
    """When something of a run was recorded for the last time."""
    if row.ended_at is not None:
        return row.ended_at
    return max((host.modified(Path(row.folder, name)) or 0.0 for name in JOURNAL), default=0.0) or row.started_at


def _of_people(row: RunRow, which: Which, host: Host) -> bool:
    """Whether it is of the one who asks, and waits for somebody, as far as that was asked for."""
    if which.mine and host.owner(Path(row.folder)) != host.user():
        return False
    if not which.paused:
        return True
    if row.phase not in ("running", "interrupted"):
        return False
    try:
        return host.engine.tree(row).counts().get("paused", 0) > 0
    except (OSError, ValueError):
        return False  # nothing is recorded of it that could wait


def _of_task(row: RunRow, task: str | None) -> bool:
    if task is None:
        return True
    return any(fnmatchcase(name, task) for name in (row.task, row.task.rpartition(".")[2]))


def values_of_run(row: RunRow, host: Host, key: str) -> Sequence[str | float | None]:
    """What a run has under a key of the filter language; a key it does not know is an input."""
    if key == "":
        return [row.name, row.task, row.note, row.file]
    if key == "task":
        return [row.task]
    if key == "name":
        return [row.name]
    if key == "took":
        return [(row.ended_at if row.ended_at is not None else host.clock()) - row.started_at]
    if key == "started":
        return [host.clock() - row.started_at]
    if key == "actions":
        return [float(sum(row.counts.values()))]
    if key == "label":
        labels = attributes_of(row.attributes).labels
        return [text for name, value in labels.items() for text in (name, value, f"{name}={value}")]
    plain = {"state": row.phase, "file": row.file, "note": row.note, "folder": row.project}
    if key in plain:
        return [plain[key]]
    if key == "error":
        return [row.note] if row.phase == "failed" else []
    try:
        inputs = dict(host.engine.tree(row).action(0).inputs)
    except (FileNotFoundError, ValueError, IndexError):
        return []  # nothing is recorded of it that could fit
    return [where.unquoted(inputs.get(key))]


def in_order(rows: list[RunRow], sort: str | None, host: Host) -> list[RunRow]:
    """By a column; times and counts with the most first, names in their order, all the other way round after a `-`."""
    if sort is None:
        return rows
    key = sort.removeprefix("-")
    now = host.clock()
    keys: dict[str, Callable[[RunRow], Any]] = {
        "started": lambda row: row.started_at,
        "took": lambda row: (row.ended_at if row.ended_at is not None else now) - row.started_at,
        "actions": lambda row: sum(row.counts.values()),
        "name": lambda row: row.name,
        "task": lambda row: row.task,
        "phase": lambda row: PHASES.index(row.phase) if row.phase in PHASES else len(PHASES),
    }
    most_first = key in ("started", "took", "actions")
    return sorted(rows, key=keys[key], reverse=most_first != sort.startswith("-"))


def find_run(text: str, host: Host, within: Belonging = ANYWHERE) -> RunRow:
    """The one run that goes by what was typed."""
    wanted = parse(text)
    if isinstance(wanted, Latest):
        return _latest(wanted, text, host, within)
    row = _named(wanted, host)
    instead = within.missed_by(row)
    if instead is not None:
        raise NoSuchRun(f"run `{row.name}` {instead}", help=["leave out `--project` and `--domain`"])
    return row


def _latest(wanted: Latest, text: str, host: Host, within: Belonging) -> RunRow:
    started = host.engine.runs(host.folder(), EVERYTHING if within.said else wanted.back)
    rows = [row for row in started if within.takes(row)]
    if len(rows) >= wanted.back:
        return rows[wanted.back - 1]
    if started:
        of = f" belong to {within}" if within.said else " were started in this folder"
        raise NoSuchRun(f"no run `{text}`: only {len(rows)}{of}", help=["flyte get run"])
    somewhere = host.engine.runs(None, 1)
    help = ["`flyte get run --all` lists those of other folders"] if somewhere else ["flyte run FILE TASK"]
    raise NoSuchRun(f"no run `{text}`: none was started in this folder", help=help)


def _named(wanted: Named, host: Host) -> RunRow:
    rows = host.engine.find(wanted.prefix)
    exact = [row for row in rows if row.name == wanted.prefix]
    if exact or len(rows) == 1:
        return (exact or rows)[0]
    if rows:
        raise NoSuchRun(
            f"{len(rows)} runs start with `{wanted.prefix}`", help=[f"which one? {listed([r.name for r in rows])}"]
        )
    known = [row.name for row in host.engine.runs(None, 50)]
    guess = nearest(wanted.prefix, known)
    if guess:
        help = [f"did you mean `{guess}`?   the latest: {listed(known, 3)}"]
    else:
        help = [f"the latest: {listed(known, 3)}", "flyte get run"] if known else ["no run was recorded yet"]
    raise NoSuchRun(f"no run `{wanted.prefix}`", help=help)


def open_tree(row: RunRow, host: Host) -> RunTree:
    """Everything recorded about a run."""
    try:
        return host.engine.tree(row)
    except FileNotFoundError as error:
        raise NoSuchRun(f"the folder of run `{row.name}` is gone: {row.folder}") from error
    except ValueError as error:
        raise NoSuchRun(f"the record of run `{row.name}` is damaged: {error}", help=[row.folder]) from error
    except OSError as error:
        raise MachineTrouble(
            f"cannot read the record of run `{row.name}` in {row.folder}: {error}",
            help=["is the disk of the state folder, `$FLYTE_HOME`, full or not readable?"],
        ) from error


def abort_run(text: str, action: str | None, reason: str, host: Host, within: Belonging = ANYWHERE) -> str:
    """Ask a run, or one of its actions with all that it called, to stop; the name of the run."""
    row = find_run(text, host, within)
    ordinal = None
    if action is not None:
        found = find_action(host.engine.tree(row), action)
        if found.phase in OVER:
            raise NoSuchAction(f"action `{found.path}` of run `{row.name}` is already over: {found.phase}")
        ordinal = found.ordinal
    if not host.engine.abort(row.name, reason, ordinal):
        state = f": {row.phase}" if row.phase not in ("running", "queued") else ""
        raise NoSuchRun(f"run `{row.name}` is already over{state}", help=[f"flyte get run {row.name}"])
    return row.name


@dataclass(frozen=True)
class Again:
    """An action of a recorded run, the first one mostly, that is to be done once more as a run of its own."""

    row: RunRow
    tree: RunTree
    folder: str
    """Where to: the folder the run was started in, while there is one."""
    action: ActionView

    @property
    def file(self) -> str:
        """The file of its task."""
        if self.action.ordinal == 0 or not self.action.file:
            return str(Path(self.folder, self.tree.file))
        return self.action.file

    @cached_property
    def target(self) -> Target:
        """Its task, as it is written now."""
        return task_named(self.action.task, self.file, self.folder)

    def inputs(self) -> bytes:
        """Its recorded inputs."""
        return self.tree.inputs() if self.action.ordinal == 0 else self.tree.inputs_of(self.action.ordinal)


@dataclass(frozen=True)
class Anew:
    """What of an earlier run is taken over, and how the rest is done."""

    recover: bool = False
    force: tuple[str, ...] = ()
    """Actions that are not taken over, as people call them."""
    may_miss_outputs: bool = False
    pdb: bool = False

    def check(self, action: str | None) -> None:
        """Refuse what contradicts itself."""
        if self.recover and action is not None:
            raise Misuse(
                "`--recover` goes on with a whole run, and `--action-name` starts one action of it",
                help=["leave one of them out"],
            )
        for option, given in (("--force-rerun-action", self.force), ("--allow-missing-outputs", self.may_miss_outputs)):
            if given and not self.recover:
                raise Misuse(f"`{option}` says what `--recover` takes over", help=["add `--recover`"])


def recorded(text: str, action: str | None, host: Host) -> Again:
    """Look up what to start again."""
    row = find_run(text, host)
    tree = open_tree(row, host)
    if not tree.file:
        raise CliError(
            f"run `{row.name}` was started from Python, not from a file",
            help=["run that program again"],
        )
    found = tree.action(0) if action is None else find_action(tree, action)
    return Again(row, tree, tree.cwd if Path(tree.cwd).is_dir() else host.folder(), found)


def rerun(again: Again, anew: Anew, words: Sorted, options: RunOptions, host: Host, observer: Observer) -> Finished:
    """Run the same task with the same inputs, but those given; recovering answers what had finished from the record."""
    target = again.target
    recovery = _recovery(again, anew)
    inputs = _inputs(again, target, words, options, host)
    if anew.pdb:
        from flyte.runtime.debugging import stop_in

        stop_in(target.task)
    options = replace(options, labels={**attributes_of(again.tree.attributes).labels, **options.labels})
    return start(target.task, inputs, again.tree.file, options, host, observer, recovery)


def _recovery(again: Again, anew: Anew) -> RecoverFrom | None:
    if not anew.recover:
        return None
    force = tuple(find_action(again.tree, each).name for each in anew.force)
    return RecoverFrom(again.row.name, force, anew.may_miss_outputs)


def _inputs(again: Again, target: Target, words: Sorted, options: RunOptions, host: Host) -> bytes:
    """The recorded inputs, with what was given in their place."""
    inputs = again.inputs()
    help = [f"flyte run {again.tree.file} {target.task.short_name} -h"]
    try:
        values = target.task.signature.decode_inputs(inputs)
    except (TypeError, ValueError) as error:
        raise CliError(
            f"the inputs of run `{again.row.name}` no longer fit {target.task.name}: {error}", help=help
        ) from error
    if not (words.given or words.problems or options.inputs):
        return inputs
    arguments = bind(target.interface, words, help, surroundings(host), Before(options.inputs, values))
    return encoded(target, arguments)
