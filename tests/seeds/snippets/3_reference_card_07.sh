# Run remotely
flyte run script.py task_name --arg1 value1

# Run locally (for testing)
flyte run --local script.py task_name --arg1 value1
