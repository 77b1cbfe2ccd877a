@env.task(secrets=["MY_API_KEY"])
def call_api() -> str:
    import os
    api_key = os.environ["MY_API_KEY"]
    # Use api_key...
