import asyncio

@env.task
async def process_item(x: int) -> int:
    return x * 2

@env.task
async def parallel_pipeline(items: list[int]) -> list[int]:
    return await asyncio.gather(*[process_item(x) for x in items])
