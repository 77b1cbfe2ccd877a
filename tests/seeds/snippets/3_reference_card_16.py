@env.task
def sync_task(x: int) -> int:
    return x * 2

@env.task
async def async_pipeline(items: list[int]) -> list[int]:
    return await asyncio.gather(*[sync_task.aio(x) for x in items])
