flyte serve app.py env_name
