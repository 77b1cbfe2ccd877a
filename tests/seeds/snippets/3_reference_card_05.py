@env.task
def process_data(x: int) -> int:
    return x * 2

@env.task
def pipeline(x: int) -> int:
    # Tasks can call other tasks - this is how you build "workflows"
    result = process_data(x)
    return result + 10
