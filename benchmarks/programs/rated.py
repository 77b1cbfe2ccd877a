"""N async actions under a rate of 50 per second, on our side. Prints what was kept of it, as shares of the rate.

The most that began in any second, and what went through on the whole.
"""

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
    return sorted(await asyncio.gather(*[call(i) for i in range(n)]))


def most_in_a_second(starts: list[float]) -> int:
    return max(sum(start <= other < start + 1 for other in starts) for start in starts)


def through(starts: list[float]) -> float:
    """Per second, from the first of one window to the first of the last."""
    windows = (len(starts) - 1) // RATE
    return windows * RATE / (starts[windows * RATE] - starts[0])


if __name__ == "__main__":
    starts = flyte.run(main, n=int(sys.argv[1])).outputs()[0]
    print("measured", (most_in_a_second(starts) if sys.argv[2] == "most" else through(starts)) / RATE)
