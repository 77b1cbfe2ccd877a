"""N no-op async actions at once, again and again, on either side: a run that lasts, for screens that watch it.

Leaves in a file the seconds it took, seen from inside the parent.
"""

import asyncio
import time
from pathlib import Path

import flyte

env = flyte.TaskEnvironment(name="waves")


@env.task
async def nothing(i: int) -> int:
    return i


@env.task
async def main(n: int, waves: int, took: str) -> int:
    started = time.perf_counter()
    for wave in range(waves):
        await asyncio.gather(*[nothing(i=wave * n + i) for i in range(n)])
    Path(took).write_text(repr(time.perf_counter() - started))
    return n * waves
