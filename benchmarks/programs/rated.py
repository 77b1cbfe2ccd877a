"""N async actions under a rate of 50 per second. Prints the most that started in any second, over the rate."""

import asyncio
import sys
import time

import flyte

RATE = 50
env = flyte.TaskEnvironment(name="rated")


@env.task(throttle=flyte.Throttle("api", rate=f"{RATE}/s"))
async def call(i: int) -> float:
    return time.time()


@env.task
async def main(n: int) -> list[float]:
    return list(await asyncio.gather(*[call(i) for i in range(n)]))


def most_in_a_second(starts: list[float]) -> int:
    ordered = sorted(starts)
    return max(sum(start <= other < start + 1 for other in ordered) for start in ordered)


if __name__ == "__main__":
    starts = flyte.run(main, n=int(sys.argv[1])).outputs()[0]
    print("measured", most_in_a_second(starts) / RATE)
