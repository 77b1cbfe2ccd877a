"""`flyte.storage` on this machine and over fsspec; what is the same everywhere."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

import flyte.storage
from flyte.io import storage as door
from flyte.io.errors import MissingExtraError
from flyte.io.storage_config import ABFS, GCS, S3, Storage, config_for

MEMORY = "memory://box"


async def test_a_file_goes_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")
    uri = await flyte.storage.put(str(tmp_path / "a.txt"), f"{MEMORY}/a.txt")
    assert uri == f"{MEMORY}/a.txt"
    assert await flyte.storage.exists(uri)
    target = await flyte.storage.get(uri, tmp_path / "b.txt")
    assert Path(target).read_text() == "content"


async def test_a_folder_goes_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    (tmp_path / "tree" / "a").write_text("a")
    (tmp_path / "tree" / "sub" / "b").write_text("b")
    await flyte.storage.put(str(tmp_path / "tree"), f"{MEMORY}/tree", recursive=True)
    target = Path(await flyte.storage.get(f"{MEMORY}/tree", tmp_path / "back", recursive=True))
    assert sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()) == ["a", "sub/b"]


async def test_without_a_target_it_goes_to_a_fresh_folder_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("content")
    target = Path(await flyte.storage.get(str(tmp_path / "a.txt")))
    assert (target.name, target.read_text(), target.parent != tmp_path) == ("a.txt", "content", True)


async def test_text_is_written_and_read_by_streams(tmp_path: Path) -> None:
    for path in (str(tmp_path / "deep" / "x.txt"), f"{MEMORY}/x.txt"):
        async with flyte.storage.open(path, "w") as file:
            await file.write("ä\nb\n")
        async with flyte.storage.open(path, "r") as file:
            assert [line async for line in file] == ["ä\n", "b\n"]


async def test_open_may_be_awaited_and_closed(tmp_path: Path) -> None:
    file = await flyte.storage.open(str(tmp_path / "x"), "wb")
    await file.write(b"x")
    await file.close()
    assert (tmp_path / "x").read_bytes() == b"x"


async def test_streams_come_in_pieces_and_go_as_they_are_made() -> None:
    async def numbers() -> AsyncIterator[bytes]:
        for i in range(3):
            yield bytes([i]) * 4

    uri = await flyte.storage.put_stream(numbers(), to_path=f"{MEMORY}/numbers")
    assert [piece async for piece in flyte.storage.get_stream(uri, chunk_size=5)] == [
        b"\0\0\0\0\1",
        b"\1\1\1\2\2",
        b"\2\2",
    ]
    assert await flyte.storage.put_stream(b"bytes", to_path=f"{MEMORY}/bytes") == f"{MEMORY}/bytes"


async def test_what_is_not_there_is_said_by_name(tmp_path: Path) -> None:
    for path in (f"{MEMORY}/none", str(tmp_path / "none")):
        assert not flyte.storage.exists_sync(path)
        with pytest.raises(FileNotFoundError, match="none"):
            await flyte.storage.get(path, tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_nothing() -> None:
    def write_half() -> None:
        with door.open_file(f"{MEMORY}/half", "wb") as file:
            file.write(b"x" * 3_000_000)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_half()
    assert not door.exists(f"{MEMORY}/half")


def test_a_remote_file_is_read_from_anywhere_in_it() -> None:
    with door.open_file(f"{MEMORY}/seek", "wb") as file:
        file.write(bytes(range(100)))
    with door.open_file(f"{MEMORY}/seek") as file:
        file.seek(-10, io.SEEK_END)
        assert (file.read(), file.seek(5), file.read(2)) == (bytes(range(90, 100)), 5, bytes([5, 6]))


def test_names_that_lead_out_of_the_target_are_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leads out of"):
        door._place_below(tmp_path, "../escaped")


def test_an_unknown_scheme_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no storage called nonsense://.*memory"):
        door.exists("nonsense://x/y")


def test_a_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'flyte\[s3\]'"):
        door.exists("s3://some-other-bucket/key")


# --- trying again -------------------------------------------------------------------------------------------------


def attempts(failures: list[BaseException]) -> tuple[list[float], object]:
    pauses: list[float] = []
    config = Storage(retries=3, backoff=timedelta(seconds=1))

    def step() -> str:
        if failures:
            raise failures.pop(0)
        return "done"

    try:
        return pauses, door.retrying(step, config, pauses.append)
    except BaseException as error:
        return pauses, error


def test_lost_connections_are_tried_again_after_longer_and_longer_pauses() -> None:
    assert attempts([ConnectionResetError(), TimeoutError()]) == ([1.0, 2.0], "done")


def test_after_the_last_retry_the_error_is_raised() -> None:
    last = ConnectionResetError("last")
    assert attempts([ConnectionResetError(), TimeoutError(), TimeoutError(), last]) == ([1.0, 2.0, 4.0], last)


def test_what_will_not_get_better_is_not_tried_again() -> None:
    missing = FileNotFoundError("none")
    assert attempts([missing]) == ([], missing)


# --- settings -----------------------------------------------------------------------------------------------------


def test_settings_come_from_the_environment_unless_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_AWS_ENDPOINT", "http://here")
    monkeypatch.setenv("FLYTE_STORAGE_RETRIES", "7")
    automatic = config_for("s3", None)
    assert isinstance(automatic, S3)
    assert (automatic.endpoint, automatic.retries) == ("http://here", 7)
    assert config_for("s3", S3(endpoint="http://given")) == S3(endpoint="http://given")
    assert config_for("gs", S3(endpoint="http://given")) == GCS(retries=7)
    assert config_for("memory", None) is None


def test_settings_say_what_a_store_is_opened_with() -> None:
    options = S3.for_sandbox().get_fsspec_kwargs()
    assert options["config"] == {
        "access_key_id": "minio",
        "secret_access_key": "miniostorage",
        "endpoint": "http://localhost:4566",
    }
    assert options["retry_config"]["max_retries"] == 3
    assert S3().get_fsspec_kwargs(anonymous=True)["config"] == {"skip_signature": True}
    assert S3(addressing_style="virtual").get_fsspec_kwargs()["config"] == {"virtual_hosted_style_request": True}
    assert ABFS(account_name="me").get_fsspec_kwargs()["config"] == {"account_name": "me"}


def test_secrets_are_not_shown() -> None:
    assert "hidden" not in repr(S3(secret_access_key="hidden")) + repr(
        ABFS(account_key="hidden", client_secret="hidden")
    )


@pytest.mark.parametrize("bad", [{"retries": -1}, {"backoff": timedelta(seconds=-1)}, {"addressing_style": "odd"}])
def test_settings_refuse_what_makes_no_sense(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(bad)))):
        S3(**bad)  # type: ignore[arg-type]
