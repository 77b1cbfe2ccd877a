@env.task(cache=True, cache_version="v1")
def expensive_computation(x: int) -> int:
    # Only runs once per unique input
    return x * 2
