flyte get config  # Check current configuration
