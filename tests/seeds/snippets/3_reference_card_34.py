from flyte.remote import Task

@env.task
def pipeline():
    # Get a deployed task
    remote_task = Task.get(name="deployed_task", project="other-project")

    # Run it
    result = remote_task(x=5)
    return result
