"""State folders that cannot be written, are full, damaged, or shared: a clear error, and nothing is lost."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flyte._core import RunTree, list_runs
from tests.faults.scene import Scene, ended, said

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")

SMALL = """
@env.task
async def step(n: int) -> int:
    with open(os.environ.get("STEPS", "steps"), "a") as file:
        file.write(f"{n} ")
    return n

@env.task
async def big(n: int, size: int) -> bytes:
    with open(os.environ.get("STEPS", "steps"), "a") as file:
        file.write(f"big{n} ")
    return os.urandom(size)

@env.task
async def main(parts: int = 0, size: int = 0) -> int:
    total = sum(await asyncio.gather(*[step(n) for n in range(10)]))
    for n in range(parts):
        total += len(await big(n, size))
    return total

if __name__ == "__main__":
    print(flyte.run(main).result)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Three megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("cannot mount a disk here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_state_folder_that_cannot_be_made_is_named_before_anything_runs(scene: Scene) -> None:
    scene.write(SMALL)
    (scene.folder / "file").write_text("in the way")
    for command in (
        scene.flyte("run", "program.py", "main", FLYTE_HOME=str(scene.folder / "file")),
        scene.python("program.py", FLYTE_HOME=str(scene.folder / "file")),
    ):
        _, err = command.communicate(timeout=60)
        assert command.returncode in (1, 4)
        assert str(scene.folder / "file") in err
        assert "FLYTE_HOME" in err
    assert not (scene.folder / "steps").exists()


def test_a_read_only_state_folder_is_named_before_anything_runs(scene: Scene, small_disk: Path) -> None:
    scene.write(SMALL)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    err = said(scene.flyte("run", "program.py", "main", FLYTE_HOME=str(small_disk / "home")), status=4)
    assert str(small_disk) in err
    assert "FLYTE_HOME" in err
    assert "Traceback" not in err
    assert not (scene.folder / "steps").exists()


def test_a_full_disk_fails_the_run_clearly_and_recovery_goes_on_when_there_is_room(
    scene: Scene, small_disk: Path
) -> None:
    scene.write(SMALL)
    home = str(small_disk / "home")
    filling = scene.flyte(
        "run", "program.py", "main", "--parts", "8", "--size", "600000", "--name", "full", FLYTE_HOME=home
    )
    err = said(filling, status=4)
    assert str(small_disk) in err
    assert "FLYTE_HOME" in err
    assert "flyte rerun full --recover" in err
    assert "Traceback" not in err
    done = RunTree.open(str(small_disk / "home" / "runs" / "full")).counts()["succeeded"]
    assert done >= 10
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    before = (scene.folder / "steps").read_text().split()
    again = scene.flyte("rerun", "full", "--recover", "-of", "value", FLYTE_HOME=home)
    assert ended(again).strip() == str(45 + 8 * 600_000)
    after = (scene.folder / "steps").read_text().split()[len(before) :]
    assert not set(after) & {str(n) for n in range(10)}, "what was done is not done again"
    assert len(after) == 8 - (done - 10)


def test_a_disk_that_is_full_from_the_start_says_so(scene: Scene, small_disk: Path) -> None:
    scene.write(SMALL)
    (small_disk / "home").mkdir()
    ballast = os.open(small_disk / "ballast", os.O_WRONLY | os.O_CREAT)
    with pytest.raises(OSError, match="No space"):  # noqa: PT012
        while True:
            os.write(ballast, bytes(4096))
    os.close(ballast)
    process = scene.flyte("run", "program.py", "main", FLYTE_HOME=str(small_disk / "home"))
    _, err = process.communicate(timeout=60)
    assert process.returncode in (1, 4)
    assert str(small_disk) in err
    assert "Traceback" not in err


def test_two_drivers_share_a_state_folder(scene: Scene) -> None:
    scene.write(SMALL)
    drivers = [scene.flyte("run", "program.py", "main", "-of", "value", "--name", f"run{n}") for n in range(4)]
    assert [ended(driver).strip() for driver in drivers] == ["45"] * 4
    assert sorted(row.name for row in list_runs(str(scene.home))) == [f"run{n}" for n in range(4)]
    assert {row.phase for row in list_runs(str(scene.home))} == {"succeeded"}


def test_one_of_two_drivers_gets_a_name_both_want(scene: Scene) -> None:
    scene.write(SMALL)
    drivers = [scene.flyte("run", "program.py", "main", "--name", "same") for _ in range(2)]
    outcomes = sorted((driver.communicate(timeout=60)[1], driver.returncode)[::-1] for driver in drivers)
    assert [status for status, _ in outcomes] == [0, 2]
    assert "same" in outcomes[1][1]
    assert "already" in outcomes[1][1]


@pytest.mark.parametrize("garbage", [b"", b"this is no database" * 1000, b"SQLite format 3\x00" + bytes(5000)])
def test_a_damaged_index_costs_no_run(scene: Scene, garbage: bytes) -> None:
    scene.write(SMALL)
    assert scene.run("main", "--name", "before").strip() == "45"
    for file in scene.home.glob("index.db-*"):
        file.unlink()
    (scene.home / "index.db").write_bytes(garbage)
    assert scene.run("main", "--name", "after").strip() == "45"
    assert ended(scene.flyte("rerun", "before", "--recover", "-of", "value")).strip() == "45"
    listed = ended(scene.flyte("get", "run"))
    assert "before" in listed
    assert "after" in listed


def test_a_journal_that_is_no_database_is_reported_by_its_run(scene: Scene) -> None:
    scene.write(SMALL)
    scene.run("main", "--name", "broken")
    folder = scene.home / "runs" / "broken"
    for file in folder.glob("journal.db-*"):
        file.unlink()
    (folder / "journal.db").write_bytes(b"nonsense" * 1000)
    for words in (("get", "run", "broken"), ("rerun", "broken", "--recover"), ("rerun", "broken")):
        process = scene.flyte(*words)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (1, 2)
        assert "broken" in err
        assert "damaged" in err
        assert "Traceback" not in err
    assert scene.run("main", "--name", "fine").strip() == "45"
    assert "fine" in ended(scene.flyte("get", "run"))


def test_a_journal_whose_end_is_torn_recovers_from_what_is_whole(scene: Scene) -> None:
    scene.write(SMALL)
    scene.run("main", "--name", "torn")
    journal = scene.home / "runs" / "torn" / "journal.db"
    connection = sqlite3.connect(journal)
    with connection:
        (last,) = connection.execute("select max(id) from batches").fetchone()
        connection.execute("delete from batches where id > ?", [last // 2])
    connection.close()
    assert ended(scene.flyte("rerun", "torn", "--recover", "-of", "value")).strip() == "45"
