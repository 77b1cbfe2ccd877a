"""The smallest run there is, for the time of a whole `flyte run`."""

import flyte

env = flyte.TaskEnvironment(name="no_op")


@env.task
async def main() -> int:
    return 1
