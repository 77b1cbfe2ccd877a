"""N runs of a no-op task, one after the other, each recorded like any other run. Inline: a tenth of the time."""

import sys

import flyte

env = flyte.TaskEnvironment(name="recorded")


@env.task
async def main(number: int) -> int:
    return number


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        flyte.with_runcontext(mode="local", executor="inline").run(main, number=number)
