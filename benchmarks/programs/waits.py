"""N async actions that each wait one second, on either side. Prints the seconds all took, seen by the parent."""

import asyncio
import sys
import time

import flyte

env = flyte.TaskEnvironment(name="waits")


@env.task
async def wait(i: int) -> int:
    await asyncio.sleep(1)
    return i


@env.task
async def main(n: int) -> float:
    started = time.perf_counter()
    await asyncio.gather(*[wait(i) for i in range(n)])
    return time.perf_counter() - started


if __name__ == "__main__":
    run = flyte.run(main, n=int(sys.argv[1]))
    print("measured", run.outputs()[0])
