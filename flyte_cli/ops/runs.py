"""Find recorded runs by what people type for them, abort them, and start them again. No terminal here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from flyte_cli.action_names import find_action
from flyte_cli.errors import CliError, MachineTrouble, Misuse, NoSuchAction, NoSuchRun
from flyte_cli.inputs.bind import Before, bind
from flyte_cli.inputs.words import Sorted
from flyte_cli.near_miss import listed, nearest
from flyte_cli.ops.host import Host
from flyte_cli.ops.loading import Target, task_named
from flyte_cli.ops.run import Finished, RecoverFrom, RunOptions, encoded, start, surroundings
from flyte_cli.run_names import Latest, Named, parse

if TYPE_CHECKING:
    from flyte._core import ActionView, RunRow, RunTree
    from flyte.runtime.session import Observer


OVER = ("succeeded", "failed", "aborted", "recovered", "cached")
"""Phases of actions that nothing can change any more."""


@dataclass(frozen=True)
class Listing:
    """Some runs, and what was left out."""

    rows: Sequence[RunRow]
    more: bool
    limit: int
    everywhere: bool
    elsewhere: bool = False


def list_runs(limit: int, everywhere: bool, host: Host) -> Listing:
    """The newest runs of this folder, or of all."""
    if limit < 1:
        raise Misuse(f"`--limit` is a number from 1 up, got `{limit}`")
    project = None if everywhere else host.folder()
    rows = host.engine.runs(project, limit + 1)
    elsewhere = not rows and not everywhere and bool(host.engine.runs(None, 1))
    return Listing(rows[:limit], len(rows) > limit, limit, everywhere, elsewhere)


def find_run(text: str, host: Host) -> RunRow:
    """The one run that goes by what was typed."""
    wanted = parse(text)
    return _latest(wanted, text, host) if isinstance(wanted, Latest) else _named(wanted, host)


def _latest(wanted: Latest, text: str, host: Host) -> RunRow:
    rows = host.engine.runs(host.folder(), wanted.back)
    if len(rows) >= wanted.back:
        return rows[wanted.back - 1]
    if rows:
        raise NoSuchRun(f"no run `{text}`: only {len(rows)} were started in this folder", help=["flyte get run"])
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


def abort_run(text: str, action: str | None, reason: str, host: Host) -> str:
    """Ask a run, or one of its actions with all that it called, to stop; the name of the run."""
    row = find_run(text, host)
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
