"""Create, list and delete the secrets of this machine. Values come in, and never go out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flyte_cli.errors import MachineTrouble, Misuse, NoSuchSecret
from flyte_cli.near_miss import nearest
from flyte_cli.ops.host import Host
from flyte_cli.ops.registry_logins import NO_LOGIN, RegistryLogin, login_text

if TYPE_CHECKING:
    from flyte.secret_store import StoredSecret

TYPES = ("regular", "image_pull")
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_NAME = re.compile(rf"({_PART}/)?{_PART}")  # the key of a flyte.Secret, or group/key


@dataclass(frozen=True)
class SecretOptions:
    """A secret to create, and where its value comes from; all None asks for it."""

    name: str
    word: str | None = None
    """Standing behind the name; `-` is the standard input."""
    value: str | None = None
    file: str | None = None
    type: str = "regular"
    login: RegistryLogin = NO_LOGIN

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Misuse(
                f"`{self.name}` cannot be the name of a secret",
                help=["names are letters, digits, `_`, `-` and `.`; GROUP/KEY for one of a group"],
            )
        given = {"VALUE": self.word, "--value": self.value, "--from-file": self.file}
        twice = [f"`{option}`" for option, each in given.items() if each is not None]
        if len(twice) > 1:
            raise Misuse(f"{' and '.join(twice)} both say what the value is", help=["give one of them"])
        self._check_login(twice)

    def _check_login(self, values: Sequence[str]) -> None:
        if self.type not in TYPES:
            guess = nearest(self.type, TYPES)
            help = f"did you mean `{guess}`?   " if guess else ""
            raise Misuse(f"`--type` has no `{self.type}`", help=[f"{help}it takes {', '.join(TYPES)}"])
        said = self.login.said
        if said and self.type == "regular":
            raise Misuse(f"`{said[0]}` is about the login of a registry", help=["add `--type image_pull`"])
        if said and values:
            raise Misuse(f"{values[0]} and `{said[0]}` both say what the value is", help=["give one of them"])

    @property
    def is_login(self) -> bool:
        """Whether its value is to be made of a login."""
        return self.type == "image_pull" and (self.word, self.value, self.file) == (None, None, None)


@dataclass(frozen=True)
class SecretChange:
    """What became of a secret: `created`, `replaced` or `deleted`."""

    name: str
    change: str
    kept: str | None = None
    """`keyring` or `file`."""


def create_secret(options: SecretOptions, host: Host) -> SecretChange:
    """Keep the value of a secret, instead of the one that was there."""
    value = _value(options, host)
    if not value:
        raise Misuse(f"the value of `{options.name}` is empty", help=["a secret has at least one character"])
    with _store_errors():
        store = host.secret_store()
        known = {each.name for each in store.all()}
        stored = store.set(options.name, value, host.clock())
    return SecretChange(options.name, "replaced" if options.name in known else "created", stored.kept)


def _value(options: SecretOptions, host: Host) -> bytes:
    if options.is_login:
        return login_text(options.name, options.login, host).encode()
    if options.file is not None:
        return _content(options.file, host)
    if options.word == "-":
        return _without_newline(host.stdin())
    text = options.value if options.word is None else options.word
    if text is None:
        text = host.ask_hidden(f"value of {options.name}: ")
    if text is None:
        raise Misuse(
            f"no value for `{options.name}`, and nobody to ask",
            help=[
                f"COMMAND | flyte create secret {options.name} -",
                f"flyte create secret {options.name} --from-file FILE",
            ],
        )
    return text.encode("utf-8", "surrogateescape")


def _content(file: str, host: Host) -> bytes:
    path = Path(host.folder(), Path(file).expanduser())
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misuse(f"cannot read `{file}`: {error.strerror}") from error


def _without_newline(data: bytes) -> bytes:
    """As `echo` and editors end it; a value that ends with one comes from a file."""
    return data.removesuffix(b"\n").removesuffix(b"\r")


def list_secrets(name: str | None, host: Host) -> Sequence[StoredSecret]:
    """What there is, or one of them."""
    with _store_errors():
        known = host.secret_store().all()
    if name is None:
        return known
    found = [each for each in known if each.name == name]
    if not found:
        raise NoSuchSecret(name, [each.name for each in known])
    return found


def delete_secret(name: str, yes: bool, host: Host) -> SecretChange:
    """Forget a secret, once that is confirmed."""
    with _store_errors():
        store = host.secret_store()
        known = [each.name for each in store.all()]
    if name not in known:
        raise NoSuchSecret(name, known)
    if not yes:
        answer = host.confirm(f"delete secret {name}, which nothing can bring back?")
        if answer is None:
            raise Misuse(f"nobody to ask whether `{name}` may be deleted", help=[f"flyte delete secret {name} --yes"])
        if not answer:
            raise Misuse(f"`{name}` was not deleted")
    with _store_errors():
        store.delete(name)
    return SecretChange(name, "deleted")


@contextmanager
def _store_errors() -> Iterator[None]:
    from flyte.errors import SecretStoreError

    try:
        yield
    except SecretStoreError as error:
        raise MachineTrouble(str(error), help=[error.hint] if error.hint else []) from error
    except OSError as error:
        raise MachineTrouble(
            f"cannot keep secrets here: {error}", help=["check the state folder, `$FLYTE_HOME`"]
        ) from error
