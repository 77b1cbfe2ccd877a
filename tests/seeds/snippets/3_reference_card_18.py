limits=flyte.Resources(cpu="4", mem="32Gi", gpu="A100:2")  # 2x A100 GPUs
