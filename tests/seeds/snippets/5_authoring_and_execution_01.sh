flyte create config  # Generates config.yaml
