"""Where the data of a run is: what a task hands over becomes part of it, and later changes no longer count.

Below the run's folder, or below the `raw_data_path` of the run. It decides what is taken in and how; `content` does it.
"""

from __future__ import annotations

import functools
import os
import secrets
from pathlib import Path

from flyte.context import ActionContext, current, handing_over
from flyte.io.content import ContentFolder, Origin, Stored, hash_in, origin_in
from flyte.io.errors import MissingFileError
from flyte.io.paths import absolute, inside, is_remote, join, last_part, local


def keep_file(path: str, name: str | None = None) -> Stored:
    """Make a file part of the running action's data; outside an action it stays where it is.

    Raises MissingFileError for a local file that is not there.
    """
    return _keep(path, name, is_tree=False)


def keep_tree(path: str, name: str | None = None) -> Stored:
    """Make a folder part of the running action's data; outside an action it stays where it is."""
    return _keep(path, name, is_tree=True)


def take_in(path: str, name: str | None = None, *, is_tree: bool = False, may_move: bool = False) -> Stored:
    """Store a local file or folder as it is now, also outside an action."""
    path = _existing(path, is_tree=is_tree)
    action = current.get()
    name = name or last_part(path)
    if action is not None and action.raw_data_path is not None and is_remote(action.raw_data_path):
        return _send(action, path, name, is_tree=is_tree)
    store = _content(_data_folder(action))
    origin = None if action is None else Origin(f"{action.label} ({action.action_name})", path)
    add = store.add_tree if is_tree else store.add_file
    return add(path, name, may_move=may_move or (action is not None and _may_move(action, path)), origin=origin)


def fresh_path(name: str | None = None) -> str:
    """A path for new data of the running action, which nothing has used yet.

    Raises ValueError outside an action.
    """
    action = _acting("a new remote path")
    name = inside(name or secrets.token_hex(8))
    if action.raw_data_path is not None and is_remote(action.raw_data_path):
        return join(action.raw_data_path, action.run_name, secrets.token_hex(8), name)
    path = _run_folder(action) / "scratch" / "new" / secrets.token_hex(8) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)


def named_path(name: str) -> str:
    """The path of that name in the running action's run: the same one for everybody who asks."""
    action = _acting("a named remote path")
    if action.raw_data_path is not None and is_remote(action.raw_data_path):
        return join(action.raw_data_path, action.run_name, "named", inside(name))
    path = _run_folder(action) / "named" / inside(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return str(path)


def scratch_folder() -> Path:
    """A fresh folder for what is needed for a while: the running action's, or the system's."""
    action = current.get()
    if action is None:
        import tempfile  # deferred: 3 ms

        return Path(tempfile.mkdtemp(prefix="flyte-"))
    folder = _run_folder(action) / "scratch" / "got" / secrets.token_hex(8)
    folder.mkdir(parents=True)
    return folder


def is_recorded(path: str) -> bool:
    """Whether a local path is part of a run's recorded data, which nobody may change."""
    return _content_folder_of(path) is not None


def missing(path: str, what: str = "file") -> MissingFileError:
    """Say that something is not there, and who made it when a run did."""
    home_run = _place_in_run(path)
    if home_run is None:
        return MissingFileError(f"there is no {what} {path}" + ("" if is_remote(path) else f" (in {os.getcwd()})"))
    run, area = home_run.name, Path(path).relative_to(home_run).parts[:1]
    if not home_run.exists():
        return MissingFileError(
            f"{path} is gone: run {run} made it, and that run's folder was deleted; run that task again"
        )
    if area == ("scratch",):
        return MissingFileError(
            f"{path} is gone: it was a temporary {what} of run {run}, and was not returned by a task"
        )
    return MissingFileError(f"{path} is gone: {made_by(path) or f'run {run} made it'}")


def made_by(path: str) -> str:
    """Which action of which run made something, as the end of a sentence; empty when that is not known."""
    run, folder = _place_in_run(path), _content_folder_of(path)
    origin = None if folder is None else origin_in(folder, path)
    if run is None:
        return ""
    return f"run {run.name} made it" if origin is None else f"action {origin.action} of run {run.name} made it"


# --- the steps ----------------------------------------------------------------------------------------------------


def _keep(path: str, name: str | None, *, is_tree: bool) -> Stored:
    if is_remote(path):
        return Stored(path, "")
    real = _existing(path, is_tree=is_tree)
    folder = _content_folder_of(real)
    if folder is not None:
        return Stored(real, hash_in(folder, real))
    if current.get() is None:
        return Stored(real, "")
    return take_in(real, name, is_tree=is_tree)


def _existing(path: str, *, is_tree: bool) -> str:
    """The path a local one stands for. Raises MissingFileError."""
    found = absolute(path)
    if not os.path.exists(found):
        raise missing(found, "folder" if is_tree else "file")
    if is_tree != os.path.isdir(found):
        wanted, is_one = ("folder", "file") if is_tree else ("file", "folder")
        kind = "Dir" if is_one == "folder" else "File"
        raise MissingFileError(f"{path} is a {is_one}, and a {wanted} was expected: write {kind}(path=...) for it")
    real = os.path.realpath(found)
    return real if is_recorded(real) else found


def _send(action: ActionContext, path: str, name: str, *, is_tree: bool) -> Stored:
    """Store below a `raw_data_path` elsewhere, also by content."""
    from flyte.io import storage  # deferred: only where there is a bucket

    base = join(str(action.raw_data_path), action.run_name)
    if is_tree:
        return storage.keep_tree(path, base, inside(name))
    return storage.keep_file(path, base, inside(name))


def _may_move(action: ActionContext, path: str) -> bool:
    """What a task made where only it writes: at a fresh path, or, once it is over, anywhere in its scratch folder."""
    run = _place_in_run(path)
    if run is None:
        return False
    area = Path(path).relative_to(run).parts
    return area[0] == "scratch" and (area[1] == "new" or handing_over.get())


def _acting(what: str) -> ActionContext:
    action = current.get()
    if action is None:
        raise ValueError(f"{what} is below the data of a run, and this is not inside a task; use from_local instead")
    return action


def _run_folder(action: ActionContext) -> Path:
    return Path(action.home) / "runs" / action.run_name


def _home() -> Path:
    from flyte.runtime.session import state_folder  # deferred: declaring tasks needs none of it

    action = current.get()
    return Path(action.home) if action is not None else state_folder()


def _data_folder(action: ActionContext | None) -> Path:
    if action is None:
        return _home() / "inputs"
    if action.raw_data_path is not None:
        return Path(local(action.raw_data_path)) / action.run_name
    return _run_folder(action) / "data"


@functools.lru_cache(maxsize=8)
def _content(folder: Path) -> ContentFolder:
    return ContentFolder(folder)


def _place_in_run(path: str) -> Path | None:
    """The folder of the run that a path is in."""
    runs = _home() / "runs"
    try:
        return runs / Path(path).relative_to(runs).parts[0]
    except (ValueError, IndexError):
        return None


def _content_folder_of(path: str) -> Path | None:
    """The content folder that keeps a path, if one does."""
    place = Path(path)
    for folder in place.parents:
        if folder.name in ("files", "trees") and len(place.relative_to(folder).parts) > 1:
            return folder.parent if (folder.parent / "blobs").is_dir() else None
    return None
