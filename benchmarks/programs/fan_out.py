"""N no-op async actions at once, on either side. Prints the seconds the fan-out took, seen from inside the parent."""

import asyncio
import sys
import time

import flyte

env = flyte.TaskEnvironment(name="fan_out")


@env.task
async def nothing(i: int) -> int:
    return i


@env.task
async def main(n: int) -> float:
    started = time.perf_counter()
    results = await asyncio.gather(*[nothing(i) for i in range(n)])
    took = time.perf_counter() - started
    assert results == list(range(n))
    return took


if __name__ == "__main__":
    run = flyte.run(main, n=int(sys.argv[1]))
    print("measured", run.outputs()[0])
