"""A task that fails now and then, tried again with a growing pause until it works.

Try it: flyte run examples/retries.py main
"""

from datetime import timedelta

import flyte

env = flyte.TaskEnvironment(name="retries")

patiently = flyte.RetryStrategy(
    count=3, backoff=flyte.Backoff(base=timedelta(milliseconds=100), factor=2, cap=timedelta(seconds=1))
)


@env.task(retries=patiently)
async def fetch(page: int) -> str:
    """Pretend to fetch a page; odd pages answer on the second attempt only."""
    attempt = flyte.ctx().attempt_number or 0
    if page % 2 and attempt == 0:
        raise ConnectionError(f"page {page}: the other side hung up")
    return f"page {page}, attempt {attempt + 1}"


@env.task
async def main(pages: int = 4) -> list[str]:
    """Fetch some pages, one after the other."""
    return [await fetch(page) for page in range(pages)]
