env = flyte.TaskEnvironment(
    name="gpu-env",
    limits=flyte.Resources(cpu="4", mem="16Gi", gpu="1"),
    requests=flyte.Resources(cpu="2", mem="8Gi"),
)
