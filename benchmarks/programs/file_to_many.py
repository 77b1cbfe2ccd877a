"""A parent passes a file of N MiB to M children, each of which looks at its first and last bytes."""

import asyncio
import os
import sys
import time

import flyte
from flyte.io import File

env = flyte.TaskEnvironment(name="file_to_many")


@env.task
def make(size: int) -> File:
    file = File.new_remote("large.bin")
    block = os.urandom(1 << 20)
    with open(file.path, "wb") as stream:
        for _ in range(size):
            stream.write(block)
    return file


@env.task
async def look(file: File, number: int) -> int:
    with open(file.path, "rb") as stream:
        first = stream.read(1 << 20)
        stream.seek(-(1 << 20), os.SEEK_END)
        return int(first == stream.read())


@env.task
async def main(size: int, children: int) -> float:
    file = await make.aio(size)
    started = time.perf_counter()
    assert sum(await asyncio.gather(*[look(file, number) for number in range(children)])) == children
    return time.perf_counter() - started


if __name__ == "__main__":
    run = flyte.run(main, int(sys.argv[1]), int(sys.argv[2]))
    print("measured", run.outputs()[0])
