"""Promises about how much goes on at once, and how often."""

from __future__ import annotations

from tests.conformance.promises.limits import SPAN
from tests.conformance.promises.promise import Promise, Runs

FLOW = (
    Promise(
        "throttle-concurrency",
        "a key limits how many go on at once, across all tasks and bodies of a run",
        "slots.md",
        SPAN
        + """
from flyte import Throttle

@env.task(throttle=Throttle("api", concurrency=2))
async def declared() -> list[float]:
    return await a_moment()

@env.task
async def in_its_body() -> list[float]:
    async with Throttle("api", concurrency=2):
        return await a_moment()

@env.task
async def main() -> bool:
    return most_at_once(await asyncio.gather(*[task() for _ in range(4) for task in (declared, in_its_body)])) <= 2
""",
        (Runs(True),),
    ),
    Promise(
        "throttle-rate",
        "a key limits how many start in any window of time",
        "slots.md",
        """
        @env.task(throttle=flyte.Throttle("api", rate="2/200ms"))
        async def rated() -> float:
            return time.monotonic()

        @env.task
        async def main() -> bool:
            starts = sorted(await asyncio.gather(*[rated() for _ in range(5)]))
            # From the third on, each comes a window after the one two before it; half of that leaves room.
            return all(later - earlier >= 0.1 for earlier, later in zip(starts, starts[2:]))
        """,
        (Runs(True),),
    ),
    Promise(
        "map-concurrency",
        "`flyte.map(concurrency=)` limits the calls of one map",
        "slots.md",
        SPAN
        + """
@env.task
async def work(x: int) -> list[float]:
    return await a_moment()

@env.task
def main() -> list[bool]:
    narrow = most_at_once(list(flyte.map(work, range(8), concurrency=2)))
    return [narrow <= 2, most_at_once(list(flyte.map(work, range(8)))) > 2]
""",
        (Runs([True, True]),),
    ),
    Promise(
        "back-pressure",
        "a parent that maps over very many items does not hold them all",
        "slots.md",
        """
        @env.task
        async def work(x: int) -> int:
            return x

        @env.task
        def main() -> bool:
            pulled = consumed = most = 0

            def items():
                nonlocal pulled
                for pulled in range(1, 6_001):
                    yield pulled

            for _ in flyte.map(work, items()):
                most = max(most, pulled - consumed)
                consumed += 1
            return consumed == 6_000 and 1 < most <= 4_096
        """,
        (Runs(True),),
    ),
)
