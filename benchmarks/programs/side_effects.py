"""N async actions that each append `i seconds-since-the-epoch` to a file, so that an onlooker sees what ran when."""

import asyncio
import os
import time

import flyte

env = flyte.TaskEnvironment(name="side_effects")


@env.task
async def mark(i: int, path: str) -> int:
    line = f"{i} {time.time()}\n".encode()
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line)
    finally:
        os.close(file)
    return i


@env.task
async def main(path: str, n: int = 10_000) -> int:
    return sum(await asyncio.gather(*[mark(i, path) for i in range(n)]))
