"""A file of N MiB to an S3 server and back, on either side. Prints the seconds that one way took."""

import asyncio
import os
import sys
import time
from pathlib import Path

import flyte
import flyte.storage as storage
from flyte.storage import S3


async def main(size: int, way: str) -> float:
    flyte.init(storage=S3.auto())
    source = Path.home() / "source.bin"
    with source.open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(1 << 20))
    uri = "s3://bucket/file.bin"
    started = time.perf_counter()
    await storage.put(str(source), uri)
    sent = time.perf_counter()
    await storage.get(uri, str(Path.home() / "back.bin"))
    got = time.perf_counter()
    return sent - started if way == "put" else got - sent


if __name__ == "__main__":
    print("measured", asyncio.run(main(int(sys.argv[1]), sys.argv[2])))
