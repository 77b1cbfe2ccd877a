"""Where the values of secrets are on this machine: in the keyring of the system, else in an encrypted file.

    secrets/secrets.json    what there is, where and since when; the values that no keyring takes, encrypted
    secrets/key             what they are encrypted with, unless $FLYTE_SECRETS_KEY is; nobody else may read it
    secrets/lock            held while one of them changes

It never prints, asks or logs, and no error of it holds a value. A file that it does not understand stays as it is.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, cast

from flyte.errors import SecretStoreError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = 1
KEY_VARIABLE = "FLYTE_SECRETS_KEY"
KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12  # what NIST SP 800-38D recommends for GCM

Kept = Literal["keyring", "file"]


class Keyring(Protocol):
    """The part of a `keyring` backend that is used."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a text."""

    def get_password(self, service: str, username: str) -> str | None:
        """The text that was kept."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""


class StoredSecret(NamedTuple):
    """A secret that is there, without its value."""

    name: str
    kept: Kept
    set_at: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class SecretStore:
    """The secrets of one state folder.

    Every method raises SecretStoreError for a damaged file, a key that does not fit and a keyring that refuses, and
    OSError where the folder cannot be read or written.
    """

    home: Path
    keyring: Keyring | None = None
    """A keyring to use; None looks for the system's when it is needed."""

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.home / "secrets"

    @property
    def file(self) -> Path:
        """The encrypted file."""
        return self.folder / "secrets.json"

    @property
    def key_file(self) -> Path:
        """What it is encrypted with."""
        return self.folder / "key"

    def all(self) -> list[StoredSecret]:
        """What there is, by name."""
        return [StoredSecret(name, entry["kept"], entry["set_at"]) for name, entry in sorted(self._read().items())]

    def get(self, name: str) -> bytes | None:
        """The value of a secret, or None when there is none of that name."""
        entry = self._read().get(name)
        if entry is None:
            return None
        return self._from_keyring(name) if entry["kept"] == "keyring" else self._decrypted(name, entry)

    def set(self, name: str, value: bytes, now: float) -> StoredSecret:
        """Keep a value, instead of the one that was there if there was one; `now` is in seconds since 1970."""
        with self._changing() as entries:
            before = entries.get(name)
            entry: dict[str, Any] = {"kept": "keyring", "set_at": now}
            if not self._into_keyring(name, value):
                entry = {"kept": "file", "set_at": now, **self._encrypted(name, value, entries)}
                if before is not None and before["kept"] == "keyring":
                    self._out_of_keyring(name)
            entries[name] = entry
            self._write(entries)
        return StoredSecret(name, entry["kept"], now)

    def delete(self, name: str) -> bool:
        """Forget a secret; False when there is none of that name."""
        if name not in self._read():
            return False  # without making a folder for the lock
        with self._changing() as entries:
            entry = entries.pop(name, None)
            if entry is None:
                return False
            if entry["kept"] == "keyring":
                self._out_of_keyring(name)
            self._write(entries)
        return True

    # --- the file

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            text = self.file.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            document = json.loads(text)
        except ValueError as error:
            raise self._damaged(str(error)) from None
        if not isinstance(document, dict) or not isinstance(document.get("secrets"), dict):
            raise self._damaged("it holds no secrets")
        if document.get("format") != FORMAT:
            raise self._damaged(f"its format is {document.get('format')!r}, and this version reads {FORMAT}")
        for name, entry in document["secrets"].items():
            if not _is_entry(entry):
                raise self._damaged(f"the entry of `{name}` is not whole")
        return cast("dict[str, dict[str, Any]]", document["secrets"])

    def _write(self, entries: Mapping[str, Any]) -> None:
        document = {"format": FORMAT, "secrets": entries}
        _write_whole(self.file, json.dumps(document, indent=1, sort_keys=True).encode())

    @contextmanager
    def _changing(self) -> Iterator[dict[str, dict[str, Any]]]:
        """What there is, while no other process can change it."""
        import fcntl  # deferred: only those who change it lock

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._read()
        finally:
            os.close(lock)

    def _damaged(self, why: str) -> SecretStoreError:
        return SecretStoreError(
            f"the file of secrets is damaged: {self.file}: {why}",
            "it was left as it is: restore it, or move it away and create the secrets again",
        )

    # --- encryption

    def _encrypted(self, name: str, value: bytes, entries: Mapping[str, Any]) -> dict[str, str]:
        has_some = any(entry["kept"] == "file" for other, entry in entries.items() if other != name)
        key = self._key(may_make=not has_some)
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + _cipher(key).encrypt(nonce, value, name.encode())  # the name: entries cannot be swapped
        return {"sealed": base64.b64encode(sealed).decode(), "key": _fingerprint(key)}

    def _decrypted(self, name: str, entry: Mapping[str, str]) -> bytes:
        from cryptography.exceptions import InvalidTag  # deferred with the cipher

        key = self._key(may_make=False)
        if entry["key"] != _fingerprint(key):
            raise SecretStoreError(
                f"secret `{name}` was encrypted with another key than that of {self._key_is_from()}",
                f"use the key of then, or set it again: flyte create secret {name}",
            )
        try:
            sealed = base64.b64decode(entry["sealed"], validate=True)
            return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            raise self._damaged(f"the entry of `{name}` does not decrypt") from None

    def _key_is_from(self) -> str:
        return f"${KEY_VARIABLE}" if os.environ.get(KEY_VARIABLE) else str(self.key_file)

    def _key(self, *, may_make: bool) -> bytes:
        """The key; made, inside the lock, when the first value comes."""
        given = os.environ.get(KEY_VARIABLE)
        if given:
            return _read_key(given, f"${KEY_VARIABLE}")
        try:
            text = self.key_file.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            if not may_make:
                raise SecretStoreError(
                    f"the key of the secrets is gone: {self.key_file}",
                    f"restore it, set ${KEY_VARIABLE}, or delete the secrets and create them again",
                ) from None
            key = os.urandom(KEY_BYTES)
            _write_whole(self.key_file, base64.b64encode(key) + b"\n")
            return key
        return _read_key(text, str(self.key_file))

    # --- the keyring of the system

    @property
    def _service(self) -> str:
        return f"flyte {self.home.absolute()}"

    def _into_keyring(self, name: str, value: bytes) -> bool:
        """Whether there is one that took it."""
        keyring = self.keyring or system_keyring()
        if keyring is None:
            return False
        try:
            keyring.set_password(self._service, name, base64.b64encode(value).decode())  # they take text only
        except _keyring_errors():
            return False
        return True

    def _from_keyring(self, name: str) -> bytes:
        try:
            text = self._needed_keyring(name).get_password(self._service, name)
        except _keyring_errors() as error:
            raise _refused(name, error) from error
        if text is None:
            raise SecretStoreError(
                f"secret `{name}` is not in the keyring any more", f"set it again: flyte create secret {name}"
            )
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error:
            raise SecretStoreError(
                f"what the keyring holds for secret `{name}` is not what was put there",
                f"set it again: flyte create secret {name}",
            ) from None

    def _out_of_keyring(self, name: str) -> None:
        keyring = self._needed_keyring(name)
        try:
            if keyring.get_password(self._service, name) is not None:
                keyring.delete_password(self._service, name)
        except _keyring_errors() as error:
            raise _refused(name, error) from error

    def _needed_keyring(self, name: str) -> Keyring:
        keyring = self.keyring or system_keyring()
        if keyring is None:
            raise SecretStoreError(
                f"secret `{name}` is in the keyring of the system, which cannot be used here",
                "`pip install 'flyte[keyring]'`, and a session that is logged in",
            )
        return keyring


def system_keyring() -> Keyring | None:
    """The keyring of the system, where the `keyring` library is installed and finds a real one."""
    try:
        import keyring  # deferred: 0.1 s
    except ImportError:
        return None
    found = keyring.get_keyring()
    return found if found.priority >= 1 else None  # below are those that refuse, and those that write plain text


def _keyring_errors() -> tuple[type[Exception], ...]:
    try:
        from keyring.errors import KeyringError  # deferred, as above
    except ImportError:
        return ()
    return (KeyringError,)


def _refused(name: str, error: Exception) -> SecretStoreError:
    return SecretStoreError(
        f"the keyring of the system does not give or take secret `{name}`: {str(error) or type(error).__name__}",
        "unlock it, and try again",
    )


def _is_entry(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("set_at"), (int, float)):
        return False
    if entry.get("kept") == "keyring":
        return True
    return entry.get("kept") == "file" and all(isinstance(entry.get(part), str) for part in ("sealed", "key"))


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # deferred: 35 ms

    return AESGCM(key)


def _read_key(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretStoreError(
            f"what {where} holds is no key: it is {KEY_BYTES} bytes in base64",
            f"restore it, or make a new one with `openssl rand -base64 {KEY_BYTES}` for secrets that are set again",
        )
    return key


def _fingerprint(key: bytes) -> str:
    """Tells keys apart, and says nothing about them."""
    import hashlib  # deferred: only encrypted values need it

    return hashlib.sha256(b"flyte secrets key" + key).hexdigest()[:16]


def _write_whole(file: Path, content: bytes) -> None:
    """Write a file for its owner only, that others see as it was or as it is."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
