"""What this machine has of what runs need. It looks, and changes nothing but a file that it removes again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import flyte
from flyte_cli.ops.host import Host
from flyte_cli.quantities import number, size

Verdict = Literal["ok", "absent", "warning", "missing"]
"""`absent` is not needed for local runs; `warning` may become trouble; `missing` is needed."""

LITTLE = 1024**3
"""Bytes of free disk below which a warning is due: room for a run with some files."""
DOCKER_PATIENCE = 5.0
"""Seconds to wait for the docker daemon: it answers in well under one, and one that hangs never does."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    found: str
    help: str | None = None
    """What to do about it."""


def examine(host: Host) -> list[Check]:
    """Look at everything, what runs need first."""
    folder = state_folder(host.environment)
    return [
        Check("python", "ok", f"{'.'.join(map(str, sys.version_info[:3]))}, {sys.executable}"),
        Check("flyte", "ok", f"{flyte.__version__}, {Path(flyte.__file__).parent}"),
        core(_import_core),
        Check("cores", "ok", number(_cores())),
        state(folder),
        disk(folder),
        keyring(_keyring),
        config(host.environment),
        project(host.folder),
        docker(host.environment.get("PATH")),
    ]


def core(load: Callable[[], object]) -> Check:
    """Whether the compiled part loads."""
    try:
        load()
    except ImportError as error:
        return Check("core", "missing", f"does not load: {error}", "install flyte again, for this Python and machine")
    return Check("core", "ok", "loads")


def state_folder(environment: Mapping[str, str]) -> Path | None:
    """Where runs are kept; None when there is neither $FLYTE_HOME nor a home."""
    try:
        return Path(environment.get("FLYTE_HOME") or Path.home() / ".flyte").absolute()
    except RuntimeError:
        return None


def state(folder: Path | None) -> Check:
    """Whether runs can be kept, and how much those there are take."""
    if folder is None:
        return Check("state", "missing", "no home, so no place for runs", "set $FLYTE_HOME to a folder")
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)) as file:
            file.write(b"x")
        if not folder.is_dir():
            return Check("state", "ok", f"{folder}, not made yet")
        runs = sum(1 for _ in (folder / "runs").iterdir()) if (folder / "runs").is_dir() else 0
        return Check("state", "ok", f"{folder}, {number(runs)} {'run' if runs == 1 else 'runs'}, {size(_size(folder))}")
    except OSError as error:
        help = "make it a folder that you may write to, or set $FLYTE_HOME to another"
        return Check("state", "missing", f"{folder}: {error.strerror}", help)


def disk(folder: Path | None) -> Check:
    """Room where runs are kept."""
    try:
        usage = shutil.disk_usage(_nearest(folder or Path.cwd()))
    except OSError as error:
        return Check("disk", "warning", f"cannot tell how much is free: {error.strerror}")
    found = f"{size(usage.free)} free of {size(usage.total)}"
    if usage.free < LITTLE:
        return Check("disk", "warning", found, "flyte delete run and flyte cache gc make room")
    return Check("disk", "ok", found)


def keyring(find: Callable[[], object]) -> Check:
    """Where secrets would be kept."""
    found = find()
    if found is None:
        return Check("secrets", "ok", "encrypted file: there is no keyring")
    return Check("secrets", "ok", f"keyring: {getattr(found, 'name', type(found).__name__)}")


def config(environment: Mapping[str, str]) -> Check:
    """Which config file counts, and whether it can be read."""
    from flyte.config import auto
    from flyte.errors import InitializationError

    try:
        source = auto(environ=environment).source
    except InitializationError as error:
        return Check("config", "missing", str(error), "correct the file: every command reads it")
    except (OSError, RuntimeError) as error:
        return Check("config", "warning", f"cannot be looked for: {error}")
    return Check("config", "ok", str(source) if source else "no file: runs here need none")


def project(folder: Callable[[], str]) -> Check:
    """Which project file counts, and whether it can be used."""
    from flyte_cli.settings.project import BrokenProject, project_at

    try:
        found = project_at(folder())
    except OSError as error:
        return Check("project", "missing", f"the current folder: {error.strerror}", "go to a folder that is there")
    except BrokenProject as error:
        told = "\n".join([error.message, *(f"{name}: {text}" for name, text in error.details)])
        return Check("project", "missing", told, "correct the file: `flyte run` reads it")
    return Check("project", "ok", str(found.source.file) if found else "no file: runs need none")


def docker(path: str | None) -> Check:
    """Whether there is a docker, and whether it answers; local runs need none."""
    program = shutil.which("docker", path=path)
    if program is None:
        return Check("docker", "absent", "not here: runs on this machine need none")
    command = [program, "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=DOCKER_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return Check("docker", "absent", f"{program} does not answer: runs on this machine need none")
    if done.returncode != 0:
        return Check("docker", "absent", f"{program}, without a daemon: runs on this machine need none")
    return Check("docker", "ok", f"{done.stdout.strip()}, {program}")


def _import_core() -> None:
    import flyte._core  # noqa: F401


def _keyring() -> object:
    from flyte.secret_store import system_keyring

    return system_keyring()


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next(each for each in (folder, *folder.parents) if os.path.lexists(each))


def _size(folder: Path) -> int:
    """Bytes on disk of everything below; what goes away meanwhile counts nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_blocks * 512
            except OSError:
                continue
    return total
