"""Map a task over a list, at most four at a time, and give the results the order of the list.

Try it: flyte run examples/map.py main --words '["to", "map", "or", "not"]'
"""

import flyte

env = flyte.TaskEnvironment(name="map")


@env.task
def shout(word: str) -> str:
    """One word, loud."""
    return word.upper() + "!"


@env.task
def main(words: list[str] | None = None) -> list[str]:
    """Shout each word."""
    return list(flyte.map(shout, words or ["durable", "parallel", "fast"], concurrency=4, group_name="shouting"))
