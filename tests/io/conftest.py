"""Programs that pass files, under both executors, and a real S3 server on loopback."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.program import Programs


@pytest.fixture(params=["process", "inline"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Programs:
    """Runs programs under one executor, then under the other."""
    return Programs(tmp_path, request.param)


@pytest.fixture
def process_program(tmp_path: Path) -> Programs:
    """Runs programs in worker processes only."""
    return Programs(tmp_path, "process")


@pytest.fixture
def short_program() -> Iterator[Programs]:
    """Runs programs in worker processes, in a folder whose path leaves room for those of sockets."""
    folder = Path(tempfile.mkdtemp(prefix="f"))
    yield Programs(folder, "process")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server, with an empty bucket named `bucket`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        for line in server.stderr:  # it says when it listens
            if "Running on" in line:
                break
        url = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(urllib.request.Request(f"{url}/bucket", method="PUT")) as answer:
            assert answer.status == 200
        drained = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=server.stderr)
        yield url
        server.terminate()
        server.wait()
        drained.wait()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh prefix in the bucket, reachable by the environment's settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return f"s3://bucket/{os.urandom(4).hex()}"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def in_folder(tmp_path: Path) -> Iterator[Path]:
    """The test's folder, which is also the current one."""
    before = os.getcwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)
