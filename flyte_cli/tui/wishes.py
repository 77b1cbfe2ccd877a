"""What somebody set for the screens: `tui.theme` and `tui.keys`, checked. Mistakes name what may have been meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte_cli.errors import CliError
from flyte_cli.near_miss import listed, nearest
from flyte_cli.ops.config import ConfigOptions, settings_of
from flyte_cli.sources import Place, shown_path, source_around
from flyte_cli.tui.keys import ALL, SIGNS, Key

if TYPE_CHECKING:
    from flyte.settings.resolve import Origin
    from flyte_cli.ops.host import Host

THEME, KEYS = "tui.theme", "tui.keys"
OURS = ("flyte-dark", "flyte-light", "flyte-mono")
SHORT = {"dark": OURS[0], "light": OURS[1], "mono": OURS[2]}
MODIFIERS = ("ctrl", "alt", "shift", "meta", "super", "hyper")
BY_SIGN = {sign.lower(): name for name, sign in SIGNS.items()}


class BrokenWish(CliError):
    """A setting of the screens that cannot be used."""


class Unusable(ValueError):
    """Why a theme, an action or a key is none, in words; the near miss is in them."""


@dataclass(frozen=True)
class Wishes:
    """What somebody set for this interface."""

    theme: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    """By action: the keys for it, as Textual spells them."""


def wishes_of(host: Host) -> Wishes:
    """What the settings say; raises BrokenWish, and BrokenSettings for a file that cannot be read."""
    settings = settings_of(ConfigOptions(), host)
    theme, keys = settings.setting(THEME), settings.setting(KEYS)
    try:
        wanted = checked(THEME, theme.value) if theme.value is not None else None
    except Unusable as error:
        raise _broken(THEME, error, theme.origin, host) from error
    try:
        chosen = checked(KEYS, keys.value)
    except Unusable as error:
        raise _broken(KEYS, error, keys.origin, host) from error
    return Wishes(wanted, chosen)


def checked(setting: str, value: Any) -> Any:
    """The value as the screens take it; raises Unusable."""
    return theme_named(str(value)) if setting == THEME else keys_of(value)


def theme_named(name: str) -> str:
    """The theme of that name; ours also by its short one."""
    from textual.theme import BUILTIN_THEMES

    known = [*SHORT, *OURS, *BUILTIN_THEMES]
    wanted = SHORT.get(name, name)
    if wanted not in known:
        raise Unusable(f"no theme `{name}`{_meant(name, known)}")
    return wanted


def keys_of(wanted: Mapping[str, str]) -> dict[str, str]:
    """The keys by action; raises Unusable for what is no action or no key, and for one key with two meanings."""
    actions = {key.action for key in ALL}
    found = {}
    for action, keys in wanted.items():
        name = action.replace("-", "_")
        if name not in actions:
            raise Unusable(f"no action `{action}`{_meant(name, sorted(actions))}")
        found[name] = ",".join(key_named(each) for each in _each(keys))
    _refuse_doubles(found)
    return found


def _each(keys: str) -> list[str]:
    """The keys of a text: with blanks or commas between, unless a comma alone is meant."""
    return [","] if keys.strip() == "," else keys.replace(",", " ").split()


def key_named(key: str) -> str:
    """How Textual spells a key; raises Unusable."""
    from textual.keys import KEY_ALIASES, KEY_NAME_REPLACEMENTS, Keys, _character_to_key

    if len(key) == 1:
        return _character_to_key(key)
    *modifiers, last = key.lower().replace("^", "ctrl+").split("+")
    wrong = next((each for each in modifiers if each not in MODIFIERS), None)
    if wrong is not None:
        raise Unusable(f"no key `{key}`{_meant(wrong, MODIFIERS)}")
    known = {each.value for each in Keys} | set(KEY_ALIASES) | set(KEY_NAME_REPLACEMENTS.values()) | set(SIGNS)
    last = BY_SIGN.get(last, last)
    if len(last) == 1:
        last = _character_to_key(last)
    elif last not in known:
        plain = sorted(each for each in known if "+" not in each and not each.startswith("<"))
        raise Unusable(f"no key `{key}`{_meant(last, plain)}")
    return "+".join([*modifiers, last])


def _refuse_doubles(wanted: Mapping[str, str]) -> None:
    """One key means one thing on a screen."""
    screens = {key.where for key in ALL} - {"everywhere"}
    for screen in sorted(screens):
        taken: dict[str, Key] = {}
        for key in (each.with_keys(wanted.get(each.action)) for each in ALL if each.where in (screen, "everywhere")):
            for each in key.keys.split(","):
                other = taken.setdefault(each, key)
                if other.action != key.action and (key.action in wanted or other.action in wanted):
                    raise Unusable(f"`{SIGNS.get(each, each)}` is for `{other.action}` and for `{key.action}`")


def _meant(name: str, known: Any) -> str:
    guess = nearest(name, list(known))
    return f", did you mean `{guess}`?" if guess else f": there are {listed(list(known), 12)}"


def _broken(setting: str, error: Unusable, origin: Origin, host: Host) -> BrokenWish:
    message = f"`{setting}` cannot be used: {error}"
    if origin.kind != "file":
        where = f" (${origin.name})" if origin.kind == "variable" else ""
        return BrokenWish(message + where, help=["flyte help tui"])
    shown = shown_path(origin.name, host.folder())
    place = Place(f"{shown}:{origin.line}", origin.line, source_around(str(Path(origin.name)), origin.line))
    return BrokenWish(message, places=[place], help=["flyte help tui"])
