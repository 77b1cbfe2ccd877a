"""State folders that may be read and not written: what is recorded there is shown as ever, and nothing is touched."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.scene import Scene, ended, said

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a folder")

PROGRAM = """
@env.task(cache=flyte.Cache("override", version_override="1"))
async def step(n: int) -> int:
    print("step", n)
    return n

@env.task
async def main(n: int = 3) -> int:
    return sum([await step(each) for each in range(n)])

@env.task
async def fails() -> None:
    raise ValueError("poisoned")

@env.task
async def stays(n: int = 3) -> int:
    await step(7)
    with open("started", "w") as file:
        file.write("x")
    await asyncio.sleep(600)
    return n
"""

LOOKS = [
    ("get run", "done"),
    ("get run done", "3"),
    ("get run left", "interrupted"),
    ("get run bad", "ValueError: poisoned"),
    ("get run @ -of json", '"left"'),
    ("get run --where state:interrupted", "left"),
    ("get run --where n:3", "done"),
    ("get action done", "step.2"),
    ("get io done", "o0"),
    ("logs done", "step 2"),
    ("logs left", "step 7"),
    ("explain left", "rerun left --recover"),
    ("diff done more", "step.3"),
    ("cache ls", "faults.step"),
    ("cache why done step.0", "ran"),
    ("__complete zsh 3 flyte get run", "left"),
]
"""Commands that only look, and something that each of them says."""
A_FEW = [LOOKS[at] for at in (0, 3, 6, 10, 13)]

Mount = Callable[[Path], Path]


@pytest.fixture
def read_only() -> Iterator[Mount]:
    """Make a folder read-only, as a mount of somebody else's disk is."""
    mounted: list[Path] = []

    def mount(folder: Path) -> Path:
        if subprocess.run(["mount", "--bind", folder, folder], capture_output=True).returncode != 0:
            pytest.skip("cannot mount a folder here")
        mounted.append(folder)
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Runs that succeeded, one that failed, and one whose driver was killed a moment ago."""
    scene = Scene(tmp_path_factory.mktemp("recorded"))
    scene.write(PROGRAM)
    scene.run("main", "--name", "done")
    scene.run("main", "--name", "more", "--n", "4")
    scene.run("fails", "--name", "bad", status=1)
    left = scene.flyte("run", "--name", "left", "program.py", "stays")
    scene.file("started")
    left.kill()
    left.communicate()
    yield scene
    scene.close()


@pytest.fixture
def scene(recorded: Scene, tmp_path: Path) -> Iterator[Scene]:
    """The same state once more, which is this test's to spoil; the folder that its runs were started in is theirs."""
    shutil.copytree(recorded.home, tmp_path / "state")
    scene = Scene(recorded.folder)
    yield scene
    scene.close()


def without_index(home: Path) -> None:
    for file in home.glob("index.db*"):
        file.unlink()


def without_shared_memory(home: Path) -> None:
    """As a copy of the folder is that was made by something that knows these files to be temporary."""
    for file in home.rglob("*-shm"):
        file.unlink()


def closed(home: Path) -> None:
    """As it is when the last process was done in peace."""
    for file in home.rglob("*.db"):
        database = sqlite3.connect(file)
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        database.close()
    assert not list(home.rglob("*-wal"))


def test_everything_recorded_is_shown(scene: Scene, tmp_path: Path, read_only: Mount) -> None:
    shown_and_untouched(scene, read_only(tmp_path / "state"), LOOKS)


@pytest.mark.parametrize("lose", [closed, without_index, without_shared_memory])
def test_files_that_sqlite_would_make_anew_may_be_missing(
    scene: Scene, tmp_path: Path, read_only: Mount, lose: Callable[[Path], None]
) -> None:
    lose(tmp_path / "state")
    shown_and_untouched(scene, read_only(tmp_path / "state"), A_FEW)


def shown_and_untouched(scene: Scene, home: Path, looks: Sequence[tuple[str, str]]) -> None:
    before = sorted(home.rglob("*"))
    for words, told in looks:
        out, err = _looked(scene, words, home)
        assert told in out, (words, out, err)
        assert "note:" not in err, "what cannot be noted as told would be told for ever"
    assert sorted(home.rglob("*")) == before


def test_a_run_is_exported_from_it(scene: Scene, tmp_path: Path, read_only: Mount) -> None:
    home = read_only(tmp_path / "state")
    for run in ("done", "left"):
        file = str(tmp_path / f"{run}.tar.gz")
        ended(scene.flyte("get", "run", run, "--export", file, FLYTE_HOME=str(home)))
        ended(scene.flyte("get", "run", "--import", file, FLYTE_HOME=str(tmp_path / "other")))
    listed = json.loads(ended(scene.flyte("get", "run", "-of", "json", FLYTE_HOME=str(tmp_path / "other"))))
    assert {each["name"]: each["phase"] for each in listed["runs"]} == {"done": "succeeded", "left": "interrupted"}


def test_a_run_that_somebody_else_drives_is_watched_through_it(tmp_path: Path, read_only: Mount) -> None:
    scene = Scene(tmp_path / "here")
    scene.folder.mkdir()
    scene.write(PROGRAM)
    driver = scene.flyte("run", "--name", "going", "program.py", "stays", FLYTE_HOME=str(tmp_path / "real"))
    scene.file("started")
    seen = tmp_path / "seen"
    seen.mkdir()
    if subprocess.run(["mount", "--bind", tmp_path / "real", seen], capture_output=True).returncode != 0:
        pytest.skip("cannot mount a folder here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", seen], check=True)
        shown = json.loads(ended(scene.flyte("get", "run", "going", "-of", "json", FLYTE_HOME=str(seen))))
        assert (shown["phase"], shown["counts"]["succeeded"]) == ("running", 1)
        err = said(scene.flyte("abort", "going", FLYTE_HOME=str(seen)), status=4)
        assert "Read-only" in err
    finally:
        subprocess.run(["umount", "-l", seen], check=True)
    driver.kill()
    scene.close()


@pytest.mark.parametrize("words", ["run program.py main", "rerun done", "rerun left --recover"])
def test_what_would_write_says_where_it_could(scene: Scene, tmp_path: Path, read_only: Mount, words: str) -> None:
    home = read_only(tmp_path / "state")
    err = said(scene.flyte(*words.split(), FLYTE_HOME=str(home)), status=4)
    assert f"cannot write to the state folder {home}: Read-only file system" in err
    assert "set FLYTE_HOME to a folder that you may write" in err


@pytest.mark.parametrize("words", ["delete run done --yes", "create secret TOKEN x", "cache gc --all --yes"])
def test_what_would_change_something_says_that_it_cannot(
    scene: Scene, tmp_path: Path, read_only: Mount, words: str
) -> None:
    home = read_only(tmp_path / "state")
    err = said(scene.flyte(*words.split(), FLYTE_HOME=str(home)), status=4)
    assert str(home) in err
    assert "Traceback" not in err


def _looked(scene: Scene, words: str, home: Path) -> tuple[str, str]:
    process = scene.flyte(*words.split(), *[""] * words.startswith("__complete"), FLYTE_HOME=str(home))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (words, err)
    return out, err
