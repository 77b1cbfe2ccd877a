"""An S3 server on loopback for one measurement. It keeps everything in its own process and a temporary folder."""

import contextlib
import importlib.util
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import cost
from figures import Impossible


@contextlib.contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """The variables by which a program finds the server. Raises Impossible when moto is not installed."""
    if importlib.util.find_spec("moto") is None:
        raise Impossible("needs moto: pip install --group dev")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        cost.bystanders.add(server.pid)
        try:
            _make_bucket(f"http://127.0.0.1:{port}/bucket")
            yield {
                "FLYTE_AWS_ENDPOINT": f"http://127.0.0.1:{port}",
                "FLYTE_AWS_ACCESS_KEY_ID": "key",
                "FLYTE_AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "us-east-1",
            }
        finally:
            server.terminate()
            server.wait()
            cost.bystanders.discard(server.pid)


def _make_bucket(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="PUT")).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
