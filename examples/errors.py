"""Catch what a child raises: as the exception it raised, or as a Flyte error with the class name as its code.

Try it: flyte run examples/errors.py main
"""

import flyte
import flyte.errors

env = flyte.TaskEnvironment(name="errors")


@env.task
async def parse(text: str) -> int:
    """Read a number; anything else is a ValueError, raised in another process."""
    return int(text)


@env.task
async def main(texts: list[str] | None = None) -> dict[str, int]:
    """Read the numbers there are and say which texts were none."""
    numbers = {}
    for text in texts or ["7", "seven", "11"]:
        try:
            numbers[text] = await parse(text)
        except ValueError as error:
            print(f"skipped: {error}")
    try:
        await parse("nothing")
    except flyte.errors.RuntimeUserError as error:
        print(f"code: {error.code}")
    return numbers
