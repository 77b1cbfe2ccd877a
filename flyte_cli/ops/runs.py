"""Find recorded runs by what people type for them, abort them, and start them again. No terminal here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flyte_cli.errors import CliError, MachineTrouble, Misuse, NoSuchRun, NoSuchTask
from flyte_cli.near_miss import listed, nearest
from flyte_cli.ops.host import Host
from flyte_cli.ops.loading import load_file
from flyte_cli.ops.run import Finished, RunOptions, start
from flyte_cli.run_names import Latest, Named, parse

if TYPE_CHECKING:
    from flyte._core import RunRow, RunTree
    from flyte.runtime.session import Observer


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


def abort_run(text: str, reason: str, host: Host) -> str:
    """Ask a run to stop; its name."""
    row = find_run(text, host)
    if not host.engine.abort(row.name, reason):
        state = f": {row.phase}" if row.phase not in ("running", "queued") else ""
        raise NoSuchRun(f"run `{row.name}` is already over{state}", help=[f"flyte get run {row.name}"])
    return row.name


@dataclass(frozen=True)
class Again:
    """A recorded run that is to be started once more, from the folder it was started in."""

    row: RunRow
    tree: RunTree
    folder: str

    @property
    def file(self) -> str:
        """The file of its task."""
        return str(Path(self.folder, self.tree.file))


def recorded(text: str, host: Host) -> Again:
    """Look up the run to start again."""
    row = find_run(text, host)
    tree = open_tree(row, host)
    if not tree.file:
        raise CliError(
            f"run `{row.name}` was started from Python, not from a file",
            help=["run that program again"],
        )
    return Again(row, tree, tree.cwd if Path(tree.cwd).is_dir() else host.folder())


def rerun(again: Again, recover: bool, options: RunOptions, host: Host, observer: Observer) -> Finished:
    """Run the same task with the same inputs; recovering answers what had finished from the record."""
    tree = again.tree
    tasks = load_file(again.file, again.folder)
    task = next((each for each in tasks.tasks.values() if each.name == tree.task), None)
    if task is None:
        raise NoSuchTask(tree.task, tree.file, [each.name for each in tasks.tasks.values()])
    inputs = tree.inputs()
    try:
        task.signature.decode_inputs(inputs)
    except (TypeError, ValueError) as error:
        raise CliError(
            f"the inputs of run `{again.row.name}` no longer fit {tree.task}: {error}",
            help=[f"flyte run {tree.file} {task.short_name} -h"],
        ) from error
    recover_from = again.row.name if recover else None
    return start(task, inputs, tree.file, options, host, observer, recover_from)
