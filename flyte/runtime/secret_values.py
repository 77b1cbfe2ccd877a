"""The values of secrets, put where tasks find them: variables of a worker process, and files that end with it.

Values come from the store of this machine and go nowhere else. What of them could be printed or recorded is masked:
`flyte.runtime.masking` for text that passes through Python, `flyte.runtime.masked_output` for what does not.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from flyte.errors import SecretNotFoundError, SecretStoreError
from flyte.runtime.masking import hide
from flyte.secret import MOUNT, SecretUse, uses_of
from flyte.task import TaskTemplate, registry

FOLDER_VARIABLE = "FLYTE_SECRETS_DEFAULT_DIR"
"""The folder of mounted secrets: `Path(os.environ[...], key)` is the same on a backend; wire.md 7.1."""

FOLDER = "flyte-secrets-"
"""How the names of such folders begin."""


# --- in a worker process ------------------------------------------------------------------------------------------


def inject(secrets: Sequence[SecretUse], home: str) -> list[str]:
    """Put secrets into this process's variables and into files; returns the values, which are to be masked.

    Raises SecretNotFoundError, naming all that are missing, before it has put anything anywhere; SecretStoreError for
    a store that cannot be read and for a value that no variable can hold.
    """
    found = values_of(secrets, home)
    os.environ.update(_placed(found))
    return [os.fsdecode(value) for _, value in found]


def values_of(secrets: Sequence[SecretUse], home: str) -> list[tuple[SecretUse, bytes]]:
    """Look secrets up; raises what `inject` raises."""
    looked_up = [(use, _value_of(use, home)) for use in secrets]
    found = [(use, value) for use, value in looked_up if value is not None]
    if len(found) < len(looked_up):
        raise _not_found({use.names[0]: "" for use, value in looked_up if value is None}, home)
    for use, value in found:
        if b"\0" in value and not use.mount:
            raise SecretStoreError(
                f"secret `{use.names[0]}` has a zero byte, which no variable can hold",
                f'ask for a file: flyte.Secret("{use.key}", mount="{MOUNT}")',
            )
    return found


def _value_of(use: SecretUse, home: str) -> bytes | None:
    """From the store; only when that has none, from the variable that the secret would be in."""
    from flyte.secret_store import SecretStore  # deferred: few tasks have secrets

    store = SecretStore(Path(home))
    for name in use.names:
        value = store.get(name)
        if value is not None:
            return value
    outside = _outside.get(use.outside_variable, os.environ.get(use.outside_variable))
    return None if outside is None else os.fsencode(outside)


def _placed(found: Sequence[tuple[SecretUse, bytes]]) -> dict[str, str]:
    """Write the files, and name the variables to set."""
    variables: dict[str, str] = {}
    for use, value in found:
        held = os.fsdecode(value)
        if use.mount:
            folder = _mounted_folder()
            held = _write(folder, use.key, value)
            variables[FOLDER_VARIABLE] = folder
        if use.variable is not None:
            variables[use.variable] = held
    return variables


def _write(folder: str, name: str, value: bytes) -> str:
    file = os.path.join(folder, name)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as stream:
        stream.write(value)
    return file


# --- folders of mounted secrets: in memory where the system has that, and locked by their owner ----------------------


_folder: tuple[str, int] | None = None
"""This process's own, and the descriptor that locks it."""


def _mounted_folder() -> str:
    """A folder for this user only. It is locked for as long as this process needs it: others see who is gone."""
    global _folder
    if _folder is not None:
        return _folder[0]
    import fcntl  # deferred: few secrets are mounted
    import tempfile

    while True:
        folder = tempfile.mkdtemp(prefix=FOLDER, dir=_place())
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(folder):  # whoever swept between the two steps took it for an orphan
            _folder = (folder, lock)
            return folder
        os.close(lock)


def _drop_folder() -> None:
    global _folder
    if _folder is not None:
        folder, lock = _folder
        _folder = None
        _remove(folder)
        os.close(lock)


def sweep() -> None:
    """Remove the folders whose process is gone, however it went."""
    import fcntl

    place = _place()
    with suppress(OSError):  # what cannot be removed now is somebody else's, or goes with the next sweep
        for name in os.listdir(place):
            if name.startswith(FOLDER):
                _remove_orphan(os.path.join(place, name), fcntl)


def _remove_orphan(folder: str, fcntl: ModuleType) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _remove(folder)
    except OSError:
        return
    finally:
        os.close(lock)


def _remove(folder: str) -> None:
    import shutil  # deferred: 4 ms

    shutil.rmtree(folder, ignore_errors=True)


def _place() -> str:
    """Memory, so that no value touches a disk; elsewhere the folder for temporary files."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK | os.X_OK):
        return memory
    import tempfile

    return tempfile.gettempdir()


# --- in the user's own process: the inline executor -----------------------------------------------------------------

_changing = threading.RLock()
_in_use: Counter[str] = Counter()
_outside: dict[str, str | None] = {}
"""What the variables in use held before."""


@contextmanager
def injected(secrets: Sequence[SecretUse], home: str) -> Iterator[None]:
    """Put secrets where a task finds them while it runs, and everything back as it was at the end.

    Variables belong to the process: tasks that run at the same time see each other's.
    """
    if not secrets:
        yield
        return
    with _changing:
        found = values_of(secrets, home)
        hide(os.fsdecode(value) for _, value in found)
        variables = _placed(found)
        for name, text in variables.items():
            if not _in_use[name]:
                _outside[name] = os.environ.get(name)
            _in_use[name] += 1
            os.environ[name] = text
    try:
        yield
    finally:
        with _changing:
            _put_back(variables)
            if not _in_use[FOLDER_VARIABLE]:
                _drop_folder()


def _put_back(variables: dict[str, str]) -> None:
    for name in variables:
        _in_use[name] -= 1
        if _in_use[name]:
            continue
        before = _outside.pop(name)
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before


# --- in the driver, before a run starts -----------------------------------------------------------------------------


def check_secrets(task: TaskTemplate[..., Any], home: Path) -> None:
    """Raises SecretNotFoundError, naming all that are missing, for a task and the tasks that its code names.

    What a task calls in ways that its code does not show is found missing when it starts.
    """
    if not task.secrets and not any(declared.secrets for declared in registry.values()):
        return
    from flyte.secret_store import SecretStore  # deferred: few tasks have secrets

    known: set[str] | None = None
    missing: dict[str, str] = {}
    for each in _named_tasks(task):
        for use in uses_of(each):
            known = {stored.name for stored in SecretStore(home).all()} if known is None else known
            if known.isdisjoint(use.names) and use.outside_variable not in os.environ:
                where = f"{os.path.basename(each.source_file or '?')}:{each.source_line}"
                missing.setdefault(use.names[0], f"needed by `{each.short_name}`, {where}")
    if missing:
        raise _not_found(missing, str(home))


def _not_found(missing: dict[str, str], home: str) -> SecretNotFoundError:
    from flyte.near_miss import nearest
    from flyte.secret_store import SecretStore

    known = [stored.name for stored in SecretStore(Path(home)).all()]
    hints = []
    for name in missing:
        guess = nearest(name, known)
        meant = f"   did you mean `{guess}`?" if guess else ""
        hints.append(f"flyte create secret {name}{meant}")
    said = [f"`{name}` ({why})" if why else f"`{name}`" for name, why in missing.items()]
    count = "a secret is missing" if len(said) == 1 else f"{len(said)} secrets are missing"
    error = SecretNotFoundError(f"{count}: {', '.join(said)}", "\n".join(hints))
    if hasattr(error, "add_note"):  # shown with a traceback, from Python 3.11 on
        error.add_note("\n".join(hints))
    return error


def _named_tasks(task: TaskTemplate[..., Any]) -> Iterator[TaskTemplate[..., Any]]:
    """The task, and those that its code names, also through other functions of the user's own files."""
    seen: set[int] = set()
    waiting: list[Any] = [task]
    while waiting:
        thing = waiting.pop(0)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        function = thing
        if isinstance(thing, TaskTemplate):
            yield thing
            function = thing.func
        code = getattr(function, "__code__", None)
        if code is not None and _is_of_the_user(code):
            waiting += _named_in(function, code)


def _named_in(function: Any, code: CodeType) -> Iterator[Any]:
    """Tasks and functions among the globals of the code, what it takes from modules, and what it closes over."""
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    for thing in (*_loaded(code, function.__globals__), *cells):
        if isinstance(thing, TaskTemplate) or hasattr(thing, "__code__"):
            yield thing


def _loaded(code: CodeType, space: dict[str, Any]) -> Iterator[Any]:
    import dis  # deferred: 5 ms

    last: Any = None
    for step in dis.get_instructions(code):
        if step.opname == "LOAD_GLOBAL":
            last = space.get(step.argval)
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD") and isinstance(last, ModuleType):
            last = vars(last).get(step.argval)
        else:
            last = None
        yield last
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _loaded(constant, space)


def _is_filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


def _is_of_the_user(code: CodeType) -> bool:
    from flyte.runtime.failure import is_of_the_user

    return is_of_the_user(code.co_filename)
