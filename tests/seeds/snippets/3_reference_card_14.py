@env.task
def process_item(x: int) -> int:
    return x * 2

@env.task
def parallel_pipeline(items: list[int]) -> list[int]:
    return flyte.map(process_item, items)
