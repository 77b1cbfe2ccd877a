@env.task
def robust_pipeline(data: list) -> list:
    try:
        return memory_intensive_task(data)
    except MemoryError:
        # Retry with more resources
        return memory_intensive_task.with_overrides(
            limits=flyte.Resources(mem="64Gi")
        )(data)
