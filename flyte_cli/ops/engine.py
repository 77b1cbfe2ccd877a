"""What the tool needs from the engine, and the real one. Imports wait until a command asks: they cost the start."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from flyte_cli.errors import MachineTrouble

if TYPE_CHECKING:
    from flyte._core import CacheEntry, Happening, LogReader, RunRow, RunTree
    from flyte.runtime.session import Observer, RunOutcome, RunRequest


class Engine(Protocol):
    """Starts runs, and knows the ones there were."""

    def execute(self, request: RunRequest, observer: Observer | None) -> RunOutcome:
        """Run a task to its end."""

    def runs(self, project: str | None, limit: int) -> list[RunRow]:
        """The runs of a project, or all, newest first."""

    def stamp(self) -> tuple[int, ...]:
        """Differs once the list of runs is another; a run that goes on may change without it."""

    def find(self, prefix: str) -> list[RunRow]:
        """The runs whose name starts so, newest first."""

    def count(self, project: str | None) -> int:
        """How many runs there are of a project, or in all."""

    def remove(self, name: str) -> bool:
        """Delete a run with all that it recorded; False when it goes on."""

    def history(self, tree: RunTree, ordinal: int | None = None) -> Sequence[Happening]:
        """What happened to the actions of a run, or to one, in order."""

    def outputs(self, tree: RunTree, ordinal: int) -> bytes | None:
        """An action's outputs as a message, once it succeeded."""

    def log_reader(
        self, tree: RunTree, ordinals: set[int] | None, stderr_only: bool, since: int, until: int | None
    ) -> LogReader:
        """The lines that actions of a run printed; times are microseconds since it started."""

    def runs_folder(self) -> Path:
        """Where the folders of runs are."""

    def tree(self, row: RunRow) -> RunTree:
        """Everything recorded about a run."""

    def abort(self, name: str, reason: str, action: int | None = None) -> bool:
        """Ask a run, or one of its actions, to stop; False when the run is not alive."""

    def cache_path(self) -> str:
        """Where the cache is, or would be."""

    def cache_entries(self, task: str | None) -> list[CacheEntry]:
        """What the cache holds of the task of that name, or of all, newest first."""

    def remove_cache_entries(self, keys: list[bytes]) -> int:
        """Drop entries of the cache; how many there were."""

    def left_behind(self) -> Sequence[str]:
        """Names of runs that a crash may have ended, and that nobody was told of."""

    def forget(self, name: str) -> bool:
        """Somebody is going to be told; False when somebody was already, or when it would be told for ever."""


class LocalEngine:
    """The engine in this process, over the state folder."""

    def execute(self, request: RunRequest, observer: Observer | None) -> RunOutcome:
        """Run a task to its end."""
        from flyte.runtime.session import execute

        return execute(request, observer)

    def runs(self, project: str | None, limit: int) -> list[RunRow]:
        """The runs of a project, or all, newest first."""
        from flyte._core import list_runs

        with _told(self._home()):
            return list_runs(self._home(), project, limit)

    def stamp(self) -> tuple[int, ...]:
        """Sizes and times of the files of the index: 10 us, where reading it takes longer with every run."""
        found: list[int] = []
        for name in ("index.db", "index.db-wal", "runs"):
            with suppress(OSError):
                seen = os.stat(Path(self._home(), name))
                found += [seen.st_mtime_ns, seen.st_size]
        return tuple(found)

    def find(self, prefix: str) -> list[RunRow]:
        """The runs whose name starts so, newest first."""
        from flyte._core import find_runs

        with _told(self._home()):
            return find_runs(self._home(), prefix)

    def count(self, project: str | None) -> int:
        """How many runs there are of a project, or in all."""
        from flyte._core import count_runs

        with _told(self._home()):
            return count_runs(self._home(), project)

    def remove(self, name: str) -> bool:
        """Delete a run with all that it recorded; False when it goes on."""
        from flyte._core import remove_run
        from flyte.under_way import unmark

        if not remove_run(self._home(), name):
            return False
        unmark(self._home(), name)
        return True

    def history(self, tree: RunTree, ordinal: int | None = None) -> Sequence[Happening]:
        """What happened to the actions of a run, or to one, in order."""
        from flyte._core import history

        return history(tree.folder, ordinal)

    def outputs(self, tree: RunTree, ordinal: int) -> bytes | None:
        """An action's outputs as a message, once it succeeded."""
        from flyte._core import recorded_outputs

        return recorded_outputs(tree.folder, ordinal)

    def runs_folder(self) -> Path:
        """Where the folders of runs are."""
        return Path(self._home(), "runs")

    def log_reader(
        self, tree: RunTree, ordinals: set[int] | None, stderr_only: bool, since: int, until: int | None
    ) -> LogReader:
        """The lines that actions of a run printed; times are microseconds since it started."""
        from flyte._core import LogReader

        return LogReader(tree.folder, ordinals, stderr_only=stderr_only, since=since, until=until)

    def tree(self, row: RunRow) -> RunTree:
        """Everything recorded about a run."""
        from flyte._core import RunTree

        return RunTree.open(row.folder)

    def abort(self, name: str, reason: str, action: int | None = None) -> bool:
        """Ask a run to stop; False when it is not alive."""
        from flyte._core import request_abort

        with _told(self._home()):
            return request_abort(self._home(), name, reason, action)

    def cache_path(self) -> str:
        """Where the cache is, or would be."""
        return str(Path(self._home()) / "cache.db")

    def cache_entries(self, task: str | None) -> list[CacheEntry]:
        """What the cache holds of the task of that name, or of all, newest first."""
        from flyte._core import cache_entries

        with _told(self._home()):
            return cache_entries(self._home(), task)

    def remove_cache_entries(self, keys: list[bytes]) -> int:
        """Drop entries of the cache; how many there were."""
        from flyte._core import remove_cache_entries

        with _told(self._home()):
            return remove_cache_entries(self._home(), keys)

    def left_behind(self) -> Sequence[str]:
        """Names of runs that a crash may have ended, and that nobody was told of."""
        from flyte.under_way import left_behind

        with suppress(RuntimeError):  # a user without a home has no runs there
            return left_behind(os.environ.get("FLYTE_HOME") or Path.home() / ".flyte")  # the session costs 8 ms
        return ()

    def forget(self, name: str) -> bool:
        """Somebody is going to be told; False when somebody was already, or when it would be told for ever."""
        from flyte.under_way import unmark

        return unmark(self._home(), name)

    def _home(self) -> str:
        from flyte.runtime.session import state_folder

        try:
            return str(state_folder())
        except OSError as error:
            raise MachineTrouble(str(error)) from error


@contextmanager
def _told(home: str) -> Iterator[None]:
    """Name the state folder where the system names only what went wrong."""
    try:
        yield
    except OSError as error:
        raise MachineTrouble(
            f"cannot use the state folder {home}: {error}",
            help=["is its disk full, or may you not write there? make room, or set `FLYTE_HOME` to another folder"],
        ) from error
