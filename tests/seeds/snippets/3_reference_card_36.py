@env.task(limits=flyte.Resources(cpu="2", mem="4Gi"))  # Size for orchestration
def orchestrator():
    # Kicks off many subtasks
    results = flyte.map(heavy_task, large_list)
    return aggregate(results)
