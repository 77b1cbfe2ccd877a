@env.task
def parent():
    huge_list = subtask_returning_huge_list()  # This loads into parent's memory!
    # Use File or DataFrame for large data instead
