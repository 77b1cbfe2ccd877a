env = flyte.TaskEnvironment(
    name="fast-env",
    container_reuse=flyte.ContainerReuse(
        enable=True,
        max_idle_seconds=300,
    ),
)
