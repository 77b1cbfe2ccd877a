"""The smallest useful program: one async task, one sync task, and a parent that runs both many times.

Try it: flyte run examples/hello.py main --n 5
"""

import asyncio

import flyte

env = flyte.TaskEnvironment(name="hello")


@env.task
async def square(x: int) -> int:
    """Async: many of these share one process."""
    return x * x


@env.task
def triangle(x: int) -> int:
    """Sync: each of these has a process to itself while it runs."""
    return sum(range(x + 1))


@env.task
async def main(n: int = 3) -> list[int]:
    """Square and triangle numbers, all at once.

    Args:
        n: how many numbers
    """
    squares = await asyncio.gather(*[square(x) for x in range(n)])
    triangles = await asyncio.gather(*[triangle.aio(x) for x in range(n)])
    print(f"squares {squares}, triangles {triangles}")
    return [s + t for s, t in zip(squares, triangles, strict=True)]


if __name__ == "__main__":
    run = flyte.run(main, n=5)
    print(run.name, run.outputs()[0])
