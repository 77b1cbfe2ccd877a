uv venv --python 3.13
uv pip install -e .
