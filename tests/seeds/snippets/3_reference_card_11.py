flyte.deploy(env)  # Deploy task environment
flyte.serve(app_env)  # Serve app (auto-activates)
