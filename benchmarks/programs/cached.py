"""N cached actions at once, on either side: run it twice with one version, and the second run finds the results.

Prints the seconds that took, seen from inside the parent.
"""

import asyncio
import os
import sys
import time

import flyte

env = flyte.TaskEnvironment(name="cached")


@env.task(cache=flyte.Cache("auto", version_override=os.environ["CACHED_VERSION"]))
async def square(i: int) -> int:
    return i * i


@env.task
async def main(n: int) -> float:
    started = time.perf_counter()
    results = await asyncio.gather(*[square(i) for i in range(n)])
    took = time.perf_counter() - started
    assert results == [i * i for i in range(n)]
    return took


if __name__ == "__main__":
    run = flyte.run(main, n=int(sys.argv[1]))
    print("measured", run.outputs()[0])
