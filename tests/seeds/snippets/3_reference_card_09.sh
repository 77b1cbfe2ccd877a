flyte deploy script.py task_name
