"""Estimate π on all cores: a parent fans out over many samples and folds what comes back.

Try it: flyte run examples/fan_out.py main --samples 8
"""

import asyncio
import random

import flyte

env = flyte.TaskEnvironment(name="fan_out")


@env.task
def hits(seed: int, throws: int) -> int:
    """How many of the darts land inside the quarter circle."""
    dice = random.Random(seed)
    return sum(dice.random() ** 2 + dice.random() ** 2 <= 1 for _ in range(throws))


@env.task
async def main(samples: int = 8, throws: int = 100_000) -> float:
    """Throw darts in parallel and estimate π.

    Args:
        samples: how many tasks to start
        throws: darts per task
    """
    found = await asyncio.gather(*[hits.aio(seed, throws) for seed in range(samples)])
    return 4 * sum(found) / (samples * throws)
