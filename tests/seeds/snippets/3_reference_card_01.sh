pip install --pre flyte
