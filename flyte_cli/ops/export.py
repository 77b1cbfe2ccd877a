"""A run as one file, and back: a .tar.gz of its folder with a manifest. What comes in is checked before it counts."""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte_cli.errors import MachineTrouble, Misuse, NoSuchFile, NoSuchRun
from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import find_run, open_tree

if TYPE_CHECKING:
    from flyte._core import RunRow

MANIFEST = "manifest.json"
SCHEMA = "export/1"
LEFT_OUT = frozenset({"lock", "abort", "abort_actions", "scratch", "journal.db-shm"})
"""What only a run that goes on needs."""
MOST_MANIFEST = 64 * 1024 * 1024
"""Bytes; one file of a run is about 150."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class Moved:
    """A run that was written to a file, or taken from one."""

    run: str
    file: str
    imported: bool
    files: int
    bytes: int


def export_run(text: str, file: str, host: Host) -> Moved:
    """Write a run that is over to a file, which is there as a whole or not at all."""
    from flyte._core import fingerprint

    row = find_run(text, host)
    # Reading it shows that it is whole; the tree is let go of at once, so that SQLite puts its log into the file.
    if open_tree(row, host).phase in ("queued", "running"):
        raise NoSuchRun(
            f"run `{row.name}` goes on: it can be exported when it is over", help=[f"flyte logs {row.name} -f"]
        )
    target = Path(host.folder(), Path(file).expanduser())
    if not target.name.endswith((".tar.gz", ".tgz")):
        raise Misuse(f"`--export` writes a .tar.gz file, got `{file}`", help=[f"--export {row.name}.tar.gz"])
    if target.exists():
        raise Misuse(f"there is a file `{file}` already", help=["name another one, or remove it first"])
    files = list(_files(Path(row.folder)))
    part = target.with_name(f".{target.name}.part")
    try:
        manifest = {
            "schema": SCHEMA,
            "run": _about(row),
            "files": [{"path": name, "size": path.stat().st_size, "blake3": fingerprint(path)} for name, path in files],
        }
        with tarfile.open(part, "w:gz", dereference=True, compresslevel=6) as archive:
            _add_bytes(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
            for name, path in files:
                archive.add(path, name, recursive=False)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise MachineTrouble(
            f"cannot export run `{row.name}` to {file}: {error}", help=["name a file where there is room"]
        ) from error
    return Moved(row.name, str(target), False, len(files), target.stat().st_size)


def _about(row: RunRow) -> dict[str, Any]:
    return {"name": row.name, "task": row.task, "phase": row.phase, "started_at": row.started_at}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a run, with its name inside the folder."""
    for at, folders, names in os.walk(folder):
        here = Path(at)
        if here == folder:
            folders[:] = [each for each in folders if each not in LEFT_OUT]
            names = [each for each in names if each not in LEFT_OUT]
        folders.sort()
        for name in sorted(names):
            if (here / name).is_file():
                yield (here / name).relative_to(folder).as_posix(), here / name


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    import io

    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def import_run(file: str, host: Host) -> Moved:
    """Take in a run that was exported: all of it, or nothing."""
    source = Path(host.folder(), Path(file).expanduser())
    if not source.is_file():
        raise NoSuchFile(
            file, sorted(each.name for each in source.parent.glob("*.t*gz")) if source.parent.is_dir() else []
        )
    runs = host.engine.runs_folder()
    folder = None
    try:
        runs.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="import-", dir=runs.parent) as aside, tarfile.open(source) as archive:
            folder = Path(aside, "run")
            folder.mkdir()
            name, expected = _manifest(archive, file)
            if (runs / name).exists():
                raise Misuse(
                    f"there is a run `{name}` already", help=[f"flyte get run {name}", f"flyte delete run {name}"]
                )
            _unpack(archive, folder, expected, file)
            _check_journal(folder, name, file)
            folder.rename(runs / name)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise _damaged(file, str(error) if folder is not None else "it cannot be unpacked") from error
    except OSError as error:
        raise MachineTrouble(
            f"cannot import {file}: {error}", help=["make room, or set `FLYTE_HOME` to another folder"]
        ) from error
    host.engine.find(name)  # enters it in the index
    return Moved(name, str(source), True, len(expected), sum(size for size, _ in expected.values()))


def _damaged(file: str, why: str) -> Misuse:
    return Misuse(f"`{file}` is no exported run: {why}", help=["`flyte get run RUN --export FILE` writes one"])


def _manifest(archive: tarfile.TarFile, file: str) -> tuple[str, dict[str, tuple[int, str]]]:
    """The run's name, and size and fingerprint of each of its files."""
    first = archive.next()
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > MOST_MANIFEST:
        raise _damaged(file, "it does not begin with a manifest")
    content = archive.extractfile(first)
    assert content is not None  # it is a regular file
    try:
        manifest = json.loads(content.read())
        schema, name = manifest["schema"], manifest["run"]["name"]
        expected = {str(each["path"]): (int(each["size"]), str(each["blake3"])) for each in manifest["files"]}
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(file, "its manifest cannot be read") from error
    if schema != SCHEMA:
        raise Misuse(f"`{file}` was written by another version of flyte: {schema}, not {SCHEMA}", help=["update flyte"])
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _damaged(file, f"`{name}` cannot name a run")
    return name, expected


def _unpack(archive: tarfile.TarFile, folder: Path, expected: dict[str, tuple[int, str]], file: str) -> None:
    """Write every file that the manifest tells of, and nothing else."""
    from flyte._core import fingerprint

    missing = dict(expected)
    while (member := archive.next()) is not None:
        name = member.name
        parts = name.split("/")
        if not member.isreg() or name.startswith("/") or any(part in ("", ".", "..") for part in parts) or "\0" in name:
            raise _damaged(file, f"it holds `{name}`, which is no file of a run")
        if missing.pop(name, None) is None or parts[0] in LEFT_OUT:
            raise _damaged(file, f"it holds `{name}`, which its manifest does not tell of")
        size, digest = expected[name]
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = archive.extractfile(member)
        assert content is not None  # it is a regular file
        if member.size != size:
            raise _damaged(file, f"`{name}` has {member.size} bytes, not {size}")
        with open(target, "xb") as written:
            shutil.copyfileobj(content, written)
        if fingerprint(target) != digest:
            raise _damaged(file, f"`{name}` is not what was exported")
    if missing:
        raise _damaged(file, f"it lacks {len(missing)} of {len(expected)} files, `{next(iter(missing))}` among them")


def _check_journal(folder: Path, name: str, file: str) -> None:
    from flyte._core import RunTree

    try:
        tree = RunTree.open(str(folder))
    except (FileNotFoundError, ValueError) as error:
        raise _damaged(file, f"its journal cannot be read: {error}") from error
    if not len(tree) or tree.name != name:
        raise _damaged(file, f"its journal is of run `{tree.name}`, not `{name}`")
