flyte.init_from_config()
result = flyte.run(pipeline, x=5)  # Remote execution
# or
result = flyte.with_runcontext(mode="local").run(pipeline, x=5)  # Local
