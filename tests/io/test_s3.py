"""A real S3 server: transfers in parts, streams, folders, and runs whose data is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import flyte.storage
from flyte.io import Dir, File
from flyte.io import storage as door
from tests.conformance.program import Programs

LARGE = 40 << 20
"""Bytes: more than one part in either direction's own measure of parts. The benchmarks move a whole GiB."""


async def test_a_large_file_goes_in_parts_comes_back_in_parts_and_tells_how_far_it_is(s3: str, tmp_path: Path) -> None:
    source = tmp_path / "large.bin"
    source.write_bytes(os.urandom(1 << 20) * (LARGE >> 20))
    sent: list[tuple[int, int]] = []
    got: list[tuple[int, int]] = []
    await flyte.storage.put(str(source), f"{s3}/large.bin", progress=lambda *step: sent.append(step))
    target = await flyte.storage.get(f"{s3}/large.bin", tmp_path / "back.bin", progress=lambda *step: got.append(step))
    assert Path(target).read_bytes() == source.read_bytes()
    for steps in (sent, got):
        assert len(steps) > 2
        assert steps == sorted(steps)
        assert steps[-1] == (LARGE, LARGE)


def test_parts_of_a_download_are_put_together_in_their_places(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(3_000_001)
    with door.open_file(f"{s3}/x", "wb") as file:
        file.write(content)
    monkeypatch.setattr(door, "SMALLEST_PART", 1_000_000)
    assert Path(door.get_file(f"{s3}/x", tmp_path / "x")).read_bytes() == content


def test_a_failed_write_leaves_no_object(s3: str) -> None:
    def write_half() -> None:
        with door.open_file(f"{s3}/half", "wb") as file:
            file.write(b"x" * 20_000_000)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    assert not door.exists(f"{s3}/half")


def test_a_missing_object_and_a_missing_bucket_are_said(s3: str, tmp_path: Path) -> None:
    for uri in (f"{s3}/none", "s3://no-such-bucket/none"):
        assert not door.exists(uri)
        with pytest.raises(FileNotFoundError, match="none"):
            door.get_file(uri, tmp_path / "x")


def test_files_and_folders_are_used_where_they_are(s3: str, tmp_path: Path) -> None:
    for name in ("a.csv", "sub/b.csv"):
        with door.open_file(f"{s3}/tree/{name}", "w") as file:
            file.write(name)
    folder = Dir.from_existing_remote(f"{s3}/tree")
    assert [os.fspath(item) for item in folder.walk()] == [f"{s3}/tree/a.csv", f"{s3}/tree/sub/b.csv"]
    assert [item.name for item in folder.walk(recursive=False)] == ["a.csv"]
    found = folder.get_file_sync("sub/b.csv")
    assert found is not None
    assert found.read() == "sub/b.csv"
    assert folder.get_file_sync("none") is None
    assert folder.exists_sync()
    local = Path(folder.download_sync(tmp_path / "here"))
    assert (local / "sub" / "b.csv").read_text() == "sub/b.csv"
    assert Path(File(path=f"{s3}/tree/a.csv").download_sync(tmp_path / "a.csv")).read_text() == "a.csv"


async def test_a_local_file_and_folder_are_sent_to_a_destination(s3: str, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "x").write_text("x")
    file = await File.from_local(tmp_path / "tree" / "x", f"{s3}/sent")
    folder = await Dir.from_local(tmp_path / "tree", f"{s3}/sent-tree")
    async with file.open() as stream:
        assert await stream.read() == b"x"
    assert [item.name async for item in folder.walk()] == ["x"]


def test_an_object_that_is_there_already_is_not_sent_again(s3: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("same")
    first = door.keep_file(str(tmp_path / "x"), s3, "x")
    store = door.store_for(first.path)
    store.remove(first.path)
    with door.open_file(first.path, "w") as file:
        file.write("mark")  # of the same size
    assert door.keep_file(str(tmp_path / "x"), s3, "x") == first
    assert File(path=first.path).read() == "mark"


def test_raw_data_path_puts_the_data_of_a_run_into_a_bucket(program: Programs, s3: str) -> None:
    ran = program.start(f"""
import os
import flyte
import pandas as pd
from flyte.io import DataFrame, Dir, File

env = flyte.TaskEnvironment("bucket")

@env.task
def make() -> tuple[File, Dir, DataFrame]:
    os.makedirs("out", exist_ok=True)
    open("out/in.txt", "w").write("in")
    file = File.new_remote("new.txt")
    with file.open_sync("w") as stream:
        stream.write("new")
    return file, Dir(path="out"), DataFrame(pd.DataFrame({{"a": [1, 2]}}))

@env.task
async def use(file: File, folder: Dir, frame: DataFrame, local: File) -> list[str]:
    async with file.open("rb") as stream:
        text = (await stream.read()).decode()
    rows = str(len(await frame.open(pd.DataFrame).all()))
    return [text, *[item.read() for item in folder.walk()], rows, local.read(), file.path, folder.path, frame.uri,
            local.path]

@env.task
async def main() -> list[str]:
    return await use(*await make.aio(), File.from_string("text", "text.txt"))

if __name__ == "__main__":
    runner = flyte.with_runcontext(executor=os.environ["EXECUTOR"], raw_data_path={s3!r})
    open("result", "w").write(repr(runner.run(main).result))
""")
    assert ran.result[:4] == ["new", "in", "2", "text"]
    assert all(uri.startswith(s3) for uri in ran.result[4:])


def test_a_program_that_used_a_bucket_before_its_run_still_runs(process_program: Programs, s3: str) -> None:
    """The threads of the library that was used are not there after a fork."""
    ran = process_program.start(f"""
import flyte
from flyte.io import File, storage

env = flyte.TaskEnvironment("before")

@env.task
def main(file: File) -> str:
    return file.read()

if __name__ == "__main__":
    with storage.open_file({s3!r} + "/before", "w") as stream:
        stream.write("before")
    run = flyte.with_runcontext(executor="process").run(main, File(path={s3!r} + "/before"))
    open("result", "w").write(repr(run.result))
""")
    assert ran.result == "before"


def test_local_files_load_no_client_of_object_stores(tmp_path: Path) -> None:
    program = "import sys, flyte.io; flyte.io.File(path=sys.argv[0]).exists_sync(); print('obstore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
