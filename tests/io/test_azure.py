"""Azure Blob Storage, as far as its emulator goes: skipped where `azurite-blob` is not installed (npm i -g azurite)."""

import base64
import email.utils
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import flyte
from flyte.io import storage as door
from flyte.storage import ABFS
from tests.conformance.program import Programs

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""What every emulator has; it is in Azure's documentation."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulator with an empty container named `bucket`."""
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("azurite-blob is not installed: npm i -g azurite")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = str(tmp_path_factory.mktemp("azurite"))
    command = [program, "--location", place, "--blobPort", str(port), "--skipApiVersionCheck", "--disableTelemetry"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:  # it says when it listens
            if "successfully listen" in line:
                break
        url = f"http://127.0.0.1:{port}"
        make_container(url)
        yield url
        server.terminate()
        server.communicate()


def make_container(url: str) -> None:
    """Azure signs such a request like this."""
    headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    signed = "".join(f"{name}:{value}\n" for name, value in headers.items())
    text = "PUT" + "\n" * 12 + f"{signed}/{ACCOUNT}/{ACCOUNT}/bucket\nrestype:container"
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    request = urllib.request.Request(f"{url}/{ACCOUNT}/bucket?restype=container", method="PUT", headers=headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 201


@pytest.fixture
def base(emulator: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[str]:
    """A prefix in the container, of this test only."""
    for name, value in variables(emulator).items():
        monkeypatch.setenv(name, value)
    flyte.init(storage=ABFS.auto())
    yield f"abfs://bucket/{request.node.name}"
    flyte.init()


def variables(emulator: str) -> dict[str, str]:
    """By which a program finds the emulator."""
    return {
        "AZURE_STORAGE_USE_EMULATOR": "true",
        "AZURITE_BLOB_STORAGE_URL": emulator,
        "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": KEY,
    }


def test_a_large_file_goes_in_parts_and_comes_back(base: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(1 << 20) * 20)
    door.put_file(source, f"{base}/large")
    assert Path(door.get_file(f"{base}/large", tmp_path / "back")).read_bytes() == source.read_bytes()


def test_text_is_written_and_read_under_names_with_spaces_and_accents(base: str) -> None:
    with door.open_file(f"{base}/a b/é.txt", "w") as file:
        file.write("hello")
    assert door.read_bytes(f"{base}/a b/é.txt") == b"hello"
    assert list(door.list_below(base)) == ["a b/é.txt"]


def test_a_failed_write_leaves_no_object(base: str) -> None:
    def write_half() -> None:
        with door.open_file(f"{base}/half", "wb") as file:
            file.write(b"x" * 20_000_000)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    assert not door.exists(f"{base}/half")


def test_a_missing_object_is_said(base: str, tmp_path: Path) -> None:
    assert not door.exists(f"{base}/none")
    with pytest.raises(FileNotFoundError, match="none"):
        door.get_file(f"{base}/none", tmp_path / "none")


def test_folders_go_there_and_come_back(base: str, tmp_path: Path) -> None:
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    (tmp_path / "tree" / "sub" / "a").write_text("a")
    (tmp_path / "tree" / "b").write_text("")
    door.put_tree(tmp_path / "tree", f"{base}/tree")
    back = Path(door.get_tree(f"{base}/tree", tmp_path / "back"))
    assert {each.relative_to(back).as_posix() for each in back.rglob("*")} == {"sub", "sub/a", "b"}


RUN = """
import flyte
from flyte.io import File

env = flyte.TaskEnvironment("azure")


@env.task
def make() -> File:
    return File.from_string("hello", "a.txt")


@env.task
def main() -> str:
    file = make()
    return file.path.split("/")[0] + " " + file.read()


if __name__ == "__main__":
    print(flyte.with_runcontext(raw_data_path={base!r}).run(main).outputs()[0])
"""


def test_the_data_of_a_run_can_be_there(base: str, process_program: Programs) -> None:
    ran = process_program.start(RUN.replace("{base!r}", repr(base)))
    assert (ran.status, ran.stdout) == (0, "abfs: hello\n"), ran.stderr
