"""A file of N MiB goes from one task to another through the run's data. Prints how many times as fast as `cp` that is.

The best of three either way, taking turns. `moved` is for a file that the task wrote where only it writes, `copied` for
one that somebody else may change.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import flyte
from flyte.io import File

env = flyte.TaskEnvironment(name="file_through")


@env.task
def produce(source: str, moved: bool) -> tuple[File, float, int]:
    if not moved:
        started = time.time()
        return File(path=source), started, 0
    file = File.new_remote("made.bin")
    os.rename(source, file.path)
    return file, time.time(), os.stat(file.path).st_ino


@env.task
def consume(file: File, inode: int) -> float:
    with file.open_sync("rb") as stream:
        stream.read(1)
    ready = time.time()
    assert inode in (0, os.stat(file.path).st_ino), "bytes were copied"
    return ready


@env.task
async def main(source: str, moved: bool) -> float:
    through, by_cp = [], []
    for number in range(3):
        candidate = fresh(source, number)
        by_cp.append(copied_by_cp(candidate))
        file, started, inode = await produce.aio(str(candidate), moved)
        through.append(await consume.aio(file, inode) - started)
    return min(by_cp) / min(through)


def fresh(source: str, number: int) -> Path:
    """A copy with content of its own, since equal content is not stored again."""
    candidate = Path(f"{source}.{number}")
    subprocess.run(["cp", source, str(candidate)], check=True)
    with candidate.open("r+b") as file:
        file.write(os.urandom(16))
    return candidate


def copied_by_cp(source: Path) -> float:
    target = source.with_name("by_cp")
    started = time.perf_counter()
    subprocess.run(["cp", str(source), str(target)], check=True)
    took = time.perf_counter() - started
    target.unlink()
    return took


if __name__ == "__main__":
    size, moved = int(sys.argv[1]), sys.argv[2] == "moved"
    source = Path(os.environ["FLYTE_HOME"]) / "source.bin"
    source.parent.mkdir(parents=True, exist_ok=True)
    block = os.urandom(1 << 20)
    with source.open("wb") as file:
        for _ in range(size):
            file.write(block)
    run = flyte.run(main, str(source), moved)
    print("measured", run.outputs()[0])
