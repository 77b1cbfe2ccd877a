"""`flyte run hello`: a first program. Copy this file, and change it: `flyte run hello.py main --x-list '[1, 2]'`."""

import flyte

env = flyte.TaskEnvironment("hello")


@env.task
def line(x: int) -> int:
    """A point on a line."""
    y = 2 * x + 5
    print(f"x={x} y={y}")
    return y


@env.task
def main(x_list: list[int] = list(range(10))) -> float:  # noqa: B006 - it is read, and never changed
    """Look at a line in many places at once, and average what is there.

    Args:
        x_list: where to look
    """
    ys = list(flyte.map(line, x_list))
    return sum(ys) / len(ys) if ys else 0.0
