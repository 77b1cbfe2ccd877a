"""On file systems that share blocks, what a run keeps of a file costs nothing. Needs root, to mount one of each."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flyte._core import copy_blob, fingerprint

SIZE = 48 << 20
MAKERS = {"btrfs": ["mkfs.btrfs", "-q"], "xfs": ["mkfs.xfs", "-q", "-m", "reflink=1"]}


@pytest.fixture(params=MAKERS)
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 MiB with a file system that shares blocks."""
    maker = MAKERS[request.param]
    if shutil.which(maker[0]) is None:
        pytest.skip(f"{maker[0]} is not installed")
    image, place = tmp_path / "image", tmp_path / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(400 << 20)
    subprocess.run([*maker, image], check=True, capture_output=True)
    mounted = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def used(disk: Path) -> int:
    """Bytes of the disk in use, after all was written."""
    os.sync()
    seen = os.statvfs(disk)
    return (seen.f_blocks - seen.f_bfree) * seen.f_frsize


def test_a_copy_shares_the_blocks_of_its_source_until_either_is_changed(disk: Path) -> None:
    source, copy = disk / "source", disk / "copy"
    source.write_bytes(os.urandom(SIZE))
    before = used(disk)
    digest = copy_blob(source, copy)
    assert used(disk) - before < SIZE // 4
    source.write_bytes(b"changed")
    assert copy.stat().st_size == SIZE
    assert fingerprint(copy) == digest
