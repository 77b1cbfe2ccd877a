"""N no-op async traces, one after the other, on either side. Prints the steps per second, seen by the task."""

import sys
import time

import flyte

env = flyte.TaskEnvironment(name="traces")


@flyte.trace
async def nothing(i: int) -> int:
    return i


@env.task
async def main(n: int) -> float:
    started = time.perf_counter()
    for i in range(n):
        await nothing(i)
    return n / (time.perf_counter() - started)


if __name__ == "__main__":
    run = flyte.run(main, n=int(sys.argv[1]))
    print("measured", run.outputs()[0])
