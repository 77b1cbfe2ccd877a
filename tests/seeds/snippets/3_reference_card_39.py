@env.task
async def fan_out_fan_in(items: list[int]) -> int:
    # Fan out
    results = await asyncio.gather(*[process(x) for x in items])
    # Fan in
    return sum(results)
