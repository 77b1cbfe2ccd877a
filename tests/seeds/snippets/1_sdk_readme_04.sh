# Run locally, execute remotely
uv run --prerelease=allow hello.py
