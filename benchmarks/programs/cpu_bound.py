"""Four CPU-bound sync actions at once, on either side. Prints how much faster they are than four plain calls."""

import asyncio
import sys
import time

import flyte

env = flyte.TaskEnvironment(name="cpu_bound")


def work(rounds: int) -> int:
    total = 0
    for i in range(rounds):
        total += i * i % 7
    return total


@env.task
def burn(i: int, rounds: int) -> int:
    return i + work(rounds)


@env.task
async def main(rounds: int) -> float:
    started = time.perf_counter()
    for _ in range(4):
        work(rounds)
    alone = time.perf_counter() - started
    started = time.perf_counter()
    await asyncio.gather(*[burn.aio(i, rounds) for i in range(4)])
    together = time.perf_counter() - started
    return alone / together


if __name__ == "__main__":
    run = flyte.run(main, rounds=int(sys.argv[1]))
    print("measured", run.outputs()[0])
