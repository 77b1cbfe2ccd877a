"""N no-op async actions, one after the other, on either side. Prints the median seconds of one, seen by the parent."""

import statistics
import sys
import time

import flyte

env = flyte.TaskEnvironment(name="chain")


@env.task
async def nothing(i: int) -> int:
    return i


@env.task
async def main(n: int) -> float:
    took = []
    for i in range(n):
        started = time.perf_counter()
        await nothing(i)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


if __name__ == "__main__":
    run = flyte.run(main, n=int(sys.argv[1]))
    print("measured", run.outputs()[0])
