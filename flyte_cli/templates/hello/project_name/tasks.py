"""Two tasks: `main` calls `square` many times, and all of them run at once."""

import asyncio

import flyte

env = flyte.TaskEnvironment(name="project_name")


@env.task
async def square(x: int) -> int:
    """One number. What it returns is recorded, and never computed twice in a run."""
    return x * x


@env.task
async def main(n: int = 5) -> list[int]:
    """Square the first numbers.

    Args:
        n: how many
    """
    squares = await asyncio.gather(*[square(x) for x in range(n)])
    print(f"{n} squares, the last is {squares[-1] if squares else 'none'}")
    return list(squares)
