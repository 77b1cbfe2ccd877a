"""`flyte run python-script`: any Python script as a run, with limits, logs and a record. It reads nothing of it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import flyte
from flyte.io import Dir

env = flyte.TaskEnvironment("python_script")


@env.task
def process(script: str, words: list[str], output_dir: str | None) -> Dir | None:
    """Run a script in a process of its own."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}  # so that what it prints shows at once
    status = subprocess.run([sys.executable, script, *words], env=environment, check=False).returncode
    if status != 0:
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        raise RuntimeError(f"{script} {how}")
    if output_dir is None:
        return None
    if not Path(output_dir).is_dir():
        raise FileNotFoundError(f"{script} made no folder {output_dir}")
    return Dir.from_local_sync(output_dir)


@env.task
async def python_script(
    script: str,
    extra_args: str = "",
    cpu: float = 1,
    memory: str | None = None,
    gpu: int = 0,
    gpu_type: str | None = None,
    timeout: int | None = None,
    output_dir: str | None = None,
) -> Dir | None:
    """Run a Python script as a task: `flyte run python-script train.py`.

    Args:
        script: the file, which may also stand without --script
        extra_args: words for the script, with commas between
        cpu: processors that it takes
        memory: the most it may have, like 2Gi; none is no limit
        gpu: how many GPUs it takes
        gpu_type: of which kind, like A100
        timeout: seconds it may take; none is no limit
        output_dir: a folder that it writes, which becomes the result
    """
    if not await asyncio.to_thread(Path(script).is_file):
        raise FileNotFoundError(f"no file {script}")
    devices = (f"{gpu_type}:{gpu}" if gpu_type else gpu) if gpu else None
    resources = flyte.Resources(cpu=cpu, memory=memory, gpu=devices)
    words = [word for word in extra_args.split(",") if word]
    limited = process.override(resources=resources, timeout=timeout, short_name=Path(script).stem)
    return await limited.aio(script, words, output_dir)
