import flyte

@env.task
def pipeline_with_checkpoints():
    result1 = step1()

    @flyte.trace
    def call_expensive_api(x):
        # This is checkpointed - if task crashes after this,
        # the result is recovered on retry
        return expensive_api_call(x)

    result2 = call_expensive_api(result1)
    return result2
