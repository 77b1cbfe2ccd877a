"""The settings there are: their names, where config files keep them, their variables. A table, and how to read it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "flag", "words", "table", "auth"]

AUTH_TYPES = {
    "pkce": "Pkce",
    "oauth2": "Pkce",
    "deviceflow": "DeviceFlow",
    "headless": "DeviceFlow",
    "clientsecret": "ClientSecret",
    "appcredential": "ClientSecret",
    "externalcommand": "ExternalCommand",
    "command": "ExternalCommand",
    "custom": "ExternalCommand",
    "passthrough": "Passthrough",
}
"""Ways to prove who one is, by what people write, folded; surface.md 2.18 and the choices of `flyte create config`.

`oauth2` is what the SDK's README writes: signing in with a browser, which is Pkce.
"""

BUILDERS = ("local", "local-podman", "remote")
YES = ("true", "yes", "on", "1", "t", "y")
NO = ("false", "no", "off", "0", "f", "n", "")


@dataclass(frozen=True)
class Key:
    """One setting."""

    name: str
    """What people call it: `endpoint`, `image.builder`."""
    place: str
    """Where config files keep it: `admin.endpoint`; the name is fine there, too."""
    about: str
    kind: Kind = "text"
    default: Any = None
    variables: tuple[str, ...] = ()
    """Variables that set it besides the one its place makes; they come first."""
    usual: tuple[str, ...] = ()
    """Values that TAB offers; others may be fine."""

    @property
    def path(self) -> tuple[str, ...]:
        """Its place as section and key."""
        return tuple(self.place.split("."))

    def known_variables(self) -> tuple[str, ...]:
        """The variables that set it; the first that is there counts."""
        made = "FLYTE_" + self.place.upper().replace(".", "_")
        short = "FLYTE_" + self.name.upper().replace(".", "_")
        return tuple(dict.fromkeys((*self.variables, made, short)))


# Sections, keys and variables: surface.md 2.18.
KEYS = (
    Key("endpoint", "admin.endpoint", "the address of a backend"),
    Key("insecure", "admin.insecure", "speak to it without encryption", "flag", False),
    Key("org", "task.org", "the organisation that runs belong to"),
    Key("project", "task.project", "the project that runs belong to"),
    Key("domain", "task.domain", "the domain that runs belong to"),
    Key("auth.type", "admin.authType", "how to prove who one is", "auth", "Pkce", ("FLYTE_AUTH_TYPE",)),
    Key("admin.command", "admin.command", "a command that prints a token", "words", None, ("FLYTE_AUTH_COMMAND",)),
    Key(
        "admin.proxyCommand",
        "admin.proxyCommand",
        "a command that prints a token for a proxy",
        "words",
        None,
        ("FLYTE_AUTH_PROXY_COMMAND",),
    ),
    Key("admin.clientId", "admin.clientId", "who a program says it is"),
    Key("admin.clientSecretLocation", "admin.clientSecretLocation", "a file with the secret of that program"),
    Key("admin.clientSecretEnvVar", "admin.clientSecretEnvVar", "a variable with the secret of that program"),
    Key("admin.scopes", "admin.scopes", "what a token is asked for", "words", ()),
    Key("admin.insecureSkipVerify", "admin.insecureSkipVerify", "do not check its certificate", "flag", False),
    Key("admin.caCertFilePath", "admin.caCertFilePath", "a file with certificates to trust"),
    Key("admin.httpProxyURL", "admin.httpProxyURL", "a proxy between here and the backend"),
    Key("admin.disableKeyring", "admin.disableKeyring", "keep no tokens in the keyring", "flag", False),
    Key("console.endpoint", "console.endpoint", "where people look at runs, when that is another address"),
    Key(
        "image.builder",
        "image.builder",
        "what builds images: local, local-podman or remote",
        "text",
        "local",
        (),
        BUILDERS,
    ),
    Key("image.registry", "image.registry", "where images are kept"),
    Key("image.image_refs", "image.image_refs", "images by name, for Image.from_ref_name", "table", {}),
    Key("local.persistence", "local.persistence", "keep a record of local runs, which is always done", "flag", False),
    Key("local.tracked", "local.tracked", "tell a backend of local runs", "flag", False),
    Key("local.tracked_strict", "local.tracked_strict", "fail when it cannot be told", "flag", False),
    Key("tui.theme", "tui.theme", "how the screens look: dark, light, mono, or a theme of Textual"),
    Key("tui.keys", "tui.keys", "keys of the screens by action, such as abort_run=ctrl+x", "table", {}),
)
SECTIONS = ("admin", "task", "image", "local", "console", "auth", "tui")
CHOOSES_PROFILE = "profile"
PROFILES = "profiles"


def folded(name: str) -> str:
    """The name without what people vary: `admin.ca-cert_File` and `admin.caCertFile` are the same."""
    return re.sub(r"[-_]", "", name).lower()


def _spellings(key: Key) -> tuple[str, ...]:
    in_auth = ("auth." + key.path[1],) if key.path[0] == "admin" else ()
    return (key.name, key.place, *in_auth)


_BY_NAME = {folded(spelled): key for key in KEYS for spelled in _spellings(key)}


def key_named(name: str) -> Key | None:
    """The setting that goes by this name, or by its place in config files."""
    return _BY_NAME.get(folded(name))


def spelled_names() -> list[str]:
    """Every name a setting goes by."""
    return list(dict.fromkeys(each for key in KEYS for each in (key.name, key.place)))


def offered_values(key: Key) -> tuple[str, ...]:
    """What TAB offers for it."""
    if key.kind == "auth":
        return tuple(dict.fromkeys(AUTH_TYPES.values()))
    return ("true", "false") if key.kind == "flag" else key.usual


class Unfit(ValueError):
    """A value that a setting cannot have; the text says what it takes."""


def fitting(key: Key, value: Any) -> Any:
    """The value of a config file, a variable or a command line as the setting's own type.

    Raises Unfit.
    """
    return _READERS[key.kind](value)


def _text(value: Any) -> str:
    if isinstance(value, (Mapping, list, tuple)):
        raise Unfit("it takes one text")
    return str(value)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in (*YES, *NO):
        raise Unfit("it takes true or false")
    return text in YES


def _auth(value: Any) -> str:
    found = AUTH_TYPES.get(folded(_text(value)))
    if found is None:
        raise Unfit(f"it takes {', '.join(dict.fromkeys(AUTH_TYPES.values()))}")
    return found


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return _words_of_text(value)
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, (str, int, float)) for each in value):
        raise Unfit("it takes a list of words")
    return tuple(str(each) for each in value)


def _words_of_text(text: str) -> tuple[str, ...]:
    import shlex  # deferred: few settings are lists

    if text.lstrip().startswith("["):
        try:
            return _words(json.loads(text))
        except json.JSONDecodeError as error:
            raise Unfit(f"it takes a JSON list or words: {error}") from error
    try:
        return tuple(shlex.split(text.replace(",", " ")))
    except ValueError as error:
        raise Unfit(f"it takes words as a shell reads them: {error}") from error


def _table(value: Any) -> dict[str, str]:
    if isinstance(value, str):
        value = _table_of_text(value)
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for pair in value.items() for each in pair):
        raise Unfit("it takes names with texts, such as base=ghcr.io/acme/base:1")
    return dict(value)


def _table_of_text(text: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise Unfit(f"it takes a JSON object, or name=text with commas: {error}") from error
    pairs = [each.partition("=") for each in text.split(",") if each.strip()]
    return {name.strip(): value.strip() if equals else None for name, equals, value in pairs}


_READERS: Mapping[Kind, Callable[[Any], Any]] = {
    "text": _text,
    "flag": _flag,
    "words": _words,
    "table": _table,
    "auth": _auth,
}
