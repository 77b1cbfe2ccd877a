"""The store keeps values so that a search of the disk does not find them, and never loses what it cannot read."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flyte.errors import SecretStoreError
from flyte.secret_store import SecretStore, StoredSecret
from tests.secrets.conftest import VALUE, Keys


def test_what_was_set_is_found(store: SecretStore) -> None:
    assert store.get("k") is None
    assert store.all() == []
    assert store.set("k", b"v\0\xff\n", 5.0) == StoredSecret("k", "file", 5.0)
    store.set("g/k", b"w", 6.0)
    assert store.get("k") == b"v\0\xff\n"
    assert store.get("g/k") == b"w"
    assert store.all() == [StoredSecret("g/k", "file", 6.0), StoredSecret("k", "file", 5.0)]
    store.set("k", b"new", 7.0)
    assert (store.get("k"), store.get("g/k")) == (b"new", b"w")


def test_what_was_deleted_is_gone(store: SecretStore) -> None:
    assert not store.delete("k")
    store.set("k", b"v", 1.0)
    assert store.delete("k")
    assert store.get("k") is None
    assert not store.delete("k")


@given(value=st.binary(min_size=1))
def test_any_bytes_come_back(value: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = SecretStore(tmp_path_factory.mktemp("any"))
    store.set("k", value, 1.0)
    assert store.get("k") == value


def test_only_the_owner_can_look_and_no_file_holds_the_value(store: SecretStore) -> None:
    store.set("k", VALUE.encode(), 1.0)
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"secrets.json", "key", "lock"}
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert not any(VALUE.encode() in path.read_bytes() for path in files)


def damage_text(store: SecretStore) -> None:
    store.file.write_bytes(store.file.read_bytes()[:-20])


def damage_shape(store: SecretStore) -> None:
    store.file.write_text("[]")


def damage_version(store: SecretStore) -> None:
    store.file.write_text(store.file.read_text().replace('"format": 1', '"format": 2'))


def damage_entry(store: SecretStore) -> None:
    document = json.loads(store.file.read_text())
    del document["secrets"]["k"]["sealed"]
    store.file.write_text(json.dumps(document))


@pytest.mark.parametrize("damage", [damage_text, damage_shape, damage_version, damage_entry])
def test_a_damaged_file_is_told_and_never_overwritten(
    store: SecretStore, damage: Callable[[SecretStore], None]
) -> None:
    store.set("k", VALUE.encode(), 1.0)
    damage(store)
    before = store.file.read_bytes()
    uses: list[Callable[[], object]] = [
        store.all,
        lambda: store.get("k"),
        lambda: store.set("k", b"w", 2.0),
        lambda: store.delete("k"),
    ]
    for use in uses:
        with pytest.raises(SecretStoreError, match=r"the file of secrets is damaged: .*secrets\.json") as caught:
            use()
        assert "left as it is" in caught.value.hint
    assert store.file.read_bytes() == before


def test_an_entry_that_was_tampered_with_does_not_decrypt(store: SecretStore) -> None:
    store.set("a", b"one", 1.0)
    store.set("b", b"two", 1.0)
    document = json.loads(store.file.read_text())
    document["secrets"]["a"] = document["secrets"]["b"]
    store.file.write_text(json.dumps(document))
    with pytest.raises(SecretStoreError, match="the entry of `a` does not decrypt"):
        store.get("a")
    assert store.get("b") == b"two"


@pytest.mark.parametrize("text", [b"", b"short", b"\xff" * 44, base64.b64encode(b"x" * 31)])
def test_a_damaged_key_is_told_and_stays_as_it_is(store: SecretStore, text: bytes) -> None:
    store.set("k", b"v", 1.0)
    store.key_file.write_bytes(text)
    with pytest.raises(SecretStoreError, match=r"key holds is no key"):
        store.get("k")
    with pytest.raises(SecretStoreError):
        store.set("other", b"v", 1.0)
    assert store.key_file.read_bytes() == text


def test_a_key_that_is_gone_is_not_replaced_while_something_needs_it(store: SecretStore) -> None:
    store.set("k", b"v", 1.0)
    store.set("other", b"v", 1.0)
    store.key_file.unlink()
    for use in (lambda: store.get("k"), lambda: store.set("third", b"v", 1.0)):
        with pytest.raises(SecretStoreError, match="the key of the secrets is gone"):
            use()
    store.delete("other")
    store.set("k", b"w", 2.0)  # the only one that needed it
    assert store.get("k") == b"w"


def test_the_key_may_come_from_outside(store: SecretStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_SECRETS_KEY", base64.b64encode(b"k" * 32).decode())
    store.set("k", b"v", 1.0)
    assert store.get("k") == b"v"
    assert not store.key_file.exists()
    monkeypatch.setenv("FLYTE_SECRETS_KEY", base64.urlsafe_b64encode(b"\xff" * 32).decode())
    with pytest.raises(SecretStoreError, match=r"encrypted with another key than that of \$FLYTE_SECRETS_KEY"):
        store.get("k")
    monkeypatch.setenv("FLYTE_SECRETS_KEY", "password")
    with pytest.raises(SecretStoreError, match=r"\$FLYTE_SECRETS_KEY holds is no key") as caught:
        store.get("k")
    assert "password" not in str(caught.value)


WRITER = """
import sys
from pathlib import Path
from flyte.secret_store import SecretStore

store = SecretStore(Path(sys.argv[1]))
for n in range(20):
    store.set(f"{sys.argv[2]}-{n}", b"value", 1.0)
"""


def test_several_commands_at_once_lose_nothing(store: SecretStore) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(store.home), who], stderr=subprocess.PIPE)
        for who in ("a", "b", "c", "d")
    ]
    for writer in writers:
        _, stderr = writer.communicate(timeout=60)
        assert writer.returncode == 0, stderr
    assert {each.name for each in store.all()} == {f"{who}-{n}" for who in "abcd" for n in range(20)}
    assert store.get("a-0") == store.get("d-19") == b"value"
    assert sorted(os.listdir(store.folder)) == ["key", "lock", "secrets.json"]


# --- keyrings -----------------------------------------------------------------------------------------------------


@pytest.fixture
def ringed(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "home", Keys())


def test_a_keyring_is_preferred_and_no_file_holds_anything(ringed: SecretStore) -> None:
    assert ringed.set("k", b"v\xff", 1.0).kept == "keyring"
    assert ringed.get("k") == b"v\xff"
    assert json.loads(ringed.file.read_text())["secrets"] == {"k": {"kept": "keyring", "set_at": 1.0}}
    assert not ringed.key_file.exists()
    ringed.delete("k")
    assert isinstance(ringed.keyring, Keys)
    assert ringed.keyring.kept == {}


def test_a_secret_whose_keyring_is_not_there_says_so(ringed: SecretStore) -> None:
    ringed.set("k", b"v", 1.0)
    without = SecretStore(ringed.home)
    with pytest.raises(SecretStoreError, match="`k` is in the keyring of the system, which cannot be used here"):
        without.get("k")
    assert ringed.get("k") == b"v"


def test_a_secret_that_the_keyring_lost_says_so(ringed: SecretStore) -> None:
    ringed.set("k", b"v", 1.0)
    assert isinstance(ringed.keyring, Keys)
    ringed.keyring.kept.clear()
    with pytest.raises(SecretStoreError, match="not in the keyring any more"):
        ringed.get("k")
    assert ringed.delete("k")


def test_what_the_keyring_does_not_take_goes_to_the_file(tmp_path: Path) -> None:
    from keyring.errors import PasswordSetError

    class Locked(Keys):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise PasswordSetError("locked")

    store = SecretStore(tmp_path, Locked())
    assert store.set("k", b"v", 1.0).kept == "file"
    assert store.get("k") == b"v"


RING = """
from keyring.backend import KeyringBackend


class Ring(KeyringBackend):
    priority = {priority}

    def get_password(self, service, username): ...
    def set_password(self, service, username, password): ...
"""


@pytest.mark.parametrize(("priority", "found"), [(5, "Ring"), (1, "Ring"), (0.5, "NoneType"), (0, "NoneType")])
def test_only_a_keyring_that_is_one_is_used(tmp_path: Path, priority: float, found: str) -> None:
    (tmp_path / "ring.py").write_text(RING.format(priority=priority))
    done = subprocess.run(
        [sys.executable, "-c", "from flyte.secret_store import system_keyring; print(type(system_keyring()).__name__)"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHON_KEYRING_BACKEND": "ring.Ring"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == found, done.stderr


def test_without_the_library_there_is_no_keyring() -> None:
    code = "import sys; sys.modules['keyring'] = None; from flyte.secret_store import *; print(system_keyring())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "None", done.stderr
