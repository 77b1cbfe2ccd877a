env = flyte.TaskEnvironment(
    name="scheduled-env",
    triggers=[
        flyte.Trigger.cron("0 0 * * *")  # Daily at midnight
    ],
)

@env.task
def daily_job(): ...
