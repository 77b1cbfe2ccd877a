"""Tasks that call tasks: each branch of a tree is an action of its own, sums flow back to the root.

Try it: flyte run examples/nested.py main --depth 4
"""

import asyncio
from dataclasses import dataclass

import flyte

env = flyte.TaskEnvironment(name="nested")


@dataclass
class Tally:
    """What a branch found below itself."""

    leaves: int
    total: int


@env.task
async def leaf(value: int) -> int:
    """The end of a branch."""
    return value


@env.task
async def branch(value: int, depth: int) -> Tally:
    """Split in two until the depth is used up."""
    if depth == 0:
        return Tally(leaves=1, total=await leaf(value))
    left, right = await asyncio.gather(branch(2 * value, depth - 1), branch(2 * value + 1, depth - 1))
    return Tally(left.leaves + right.leaves, left.total + right.total)


@env.task
async def main(depth: int = 3) -> Tally:
    """Grow a binary tree of actions.

    Args:
        depth: how many times each branch splits
    """
    with flyte.group("tree"):
        return await branch(1, depth)
