env = flyte.TaskEnvironment(name="my_task_env")
