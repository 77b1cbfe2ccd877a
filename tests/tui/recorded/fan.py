"""The run that pictures are of. It is recorded once, so that its times stay the same: see `r7k2m9q` beside it.

To record it anew, in a folder where this file is alone: `FLYTE_HOME=home python fan.py`, then keep `home/runs/r7k2m9q`.
"""

import asyncio
import contextlib
from datetime import timedelta

import flyte

stored = flyte.TaskEnvironment("stored", cache=flyte.Cache("override", version_override="1"))
env = flyte.TaskEnvironment("fan", depends_on=[stored], cache="disable")
PLAN = {
    0: (0.5, 0.4), 3: (0.6, 0.5), 4: (0.4, 1.1), 8: (0.5, 0.9), 12: (0.7, 0.6), 16: (0.3, 2.9),
}  # fmt: skip
"""Seconds that the first and the second attempt of an item take."""


@stored.task
async def load(uri: str) -> int:
    return 1200


@flyte.trace
async def look_up(word: str) -> str:
    await asyncio.sleep(0.2)
    return word.upper()


@env.task
async def prepare(rows: int) -> int:
    for word in ("alpha", "beta"):
        await look_up(word)
    await asyncio.sleep(0.2)
    return rows


@env.task(retries=flyte.RetryStrategy(2, backoff=flyte.Backoff(base=timedelta(seconds=0.05), factor=1)))
async def flaky(i: int) -> int:
    print(f"step={i} loss={1 / (i + 1):.3f}")
    attempt = flyte.ctx().attempt_number
    if i == 7:
        await asyncio.sleep(0.6)
        raise ValueError(f"item {i} is poisoned: expected > 0, got {-i}")
    first, second = PLAN.get(i, (0.4 + i % 5 * 0.2, 0.0))
    if i in PLAN and attempt == 0:
        await asyncio.sleep(first)
        raise RuntimeError(f"transient failure on item {i}")
    await asyncio.sleep(second or first)
    return i * i


@env.task
async def epoch(number: int) -> float:
    await asyncio.sleep(0.9)
    return 1 / (number + 1)


@env.task
async def train(lr: float, epochs: int) -> float:
    return min([await epoch(number) for number in range(epochs)])


@env.task
async def report(text: str) -> str:
    return text


@env.task
async def main(n: int = 20) -> str:
    rows = await load("s3://b/x.csv")
    await prepare(rows)
    with flyte.group("sweep"):
        training = asyncio.gather(train(0.1, 3), train(0.01, 2))
    results = await asyncio.gather(*[flaky(i) for i in range(n)], training, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return await report(f"{len(results)} results")


if __name__ == "__main__":
    flyte.with_runcontext(name="before", executor="inline").run(main, n=0)  # fills the cache
    with contextlib.suppress(Exception):
        flyte.with_runcontext(name="r7k2m9q", executor="inline", max_action_concurrency=10).run(main)
