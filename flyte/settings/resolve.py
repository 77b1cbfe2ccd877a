"""One answer to what a setting is: options, then variables, then the profile, then the file, then the default."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from flyte.near_miss import nearest
from flyte.settings.files import (
    EMPTY,
    FOREIGN_NAME,
    BrokenConfig,
    Tree,
    Written,
    given_place,
    places,
    read_tree,
    text_of,
)
from flyte.settings.keys import (
    CHOOSES_PROFILE,
    KEYS,
    PROFILES,
    SECTIONS,
    Key,
    Unfit,
    fitting,
    folded,
    key_named,
    spelled_names,
)

PROFILE_VARIABLE = "FLYTE_PROFILE"


@dataclass(frozen=True)
class Origin:
    """Where a value comes from."""

    kind: Literal["option", "variable", "file", "default"]
    name: str = ""
    """The option, the variable, or the path of the file."""
    line: int = 0
    """From 1, in a file."""
    profile: str | None = None


@dataclass(frozen=True)
class Value:
    """A value and where it comes from."""

    value: Any
    origin: Origin


@dataclass(frozen=True)
class Setting:
    """A setting as it counts here, and the values that would count without it, the nearest first."""

    key: Key
    value: Any
    origin: Origin
    hides: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Place:
    """A file that was looked at: `read`, `absent`, `hidden` by one before it, or `foreign`, another program's."""

    file: Path
    state: Literal["read", "absent", "hidden", "foreign"]


@dataclass(frozen=True)
class Unknown:
    """A key of a file that is no setting, and the one that may have been meant."""

    file: Path
    line: int
    key: str
    guess: str | None = None

    def __str__(self) -> str:
        hint = f", did you mean `{self.guess}`?" if self.guess else ""
        return f"{self.file}:{self.line}: unknown key `{self.key}`{hint}"


@dataclass(frozen=True)
class Resolved:
    """All settings."""

    settings: tuple[Setting, ...]
    places: tuple[Place, ...] = ()
    file: Path | None = None
    profile: Value | None = None
    profiles: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = field(default=(), compare=False)

    def setting(self, name: str) -> Setting:
        """The setting of that name; KeyError when there is none."""
        key = key_named(name)
        for each in self.settings:
            if each.key is key:
                return each
        raise KeyError(name)

    def value(self, name: str) -> Any:
        """What a setting is; KeyError when there is none of that name."""
        return self.setting(name).value


def resolve(
    environ: Mapping[str, str] | None = None,
    here: Path | None = None,
    *,
    file: str | Path | None = None,
    profile: str | None = None,
    options: Mapping[str, tuple[str, Any]] | None = None,
) -> Resolved:
    """Find the value of every setting.

    `file` is read instead of the first of the usual ones; `options` are values by name of the setting, each with the
    option that says it.

    Raises FileNotFoundError when the file given is not there, and BrokenConfig for what cannot be read.
    """
    variables = os.environ if environ is None else environ
    found, tree, looked_at = _found(variables, here, file)
    chosen = _profile(tree, found, variables, profile)
    known, unknown = _sorted(tree, found, None if chosen is None else chosen.value)
    settings = tuple(_setting(key, dict(options or {}), variables, known.get(key.name, [])) for key in KEYS)
    profiles = tree.branches.get(PROFILES, (EMPTY, 0))[0]
    return Resolved(settings, looked_at, found, chosen, tuple(profiles.branches), tuple(unknown))


def _found(
    variables: Mapping[str, str], here: Path | None, file: str | Path | None
) -> tuple[Path | None, Tree, tuple[Place, ...]]:
    if file is not None:
        given = given_place(file, here)
        return given, read_tree(text_of(given), given), (Place(given, "read"),)
    found, tree = None, EMPTY
    looked_at = []
    generic = (here or Path.cwd()) / FOREIGN_NAME
    for place in dict.fromkeys(places(variables, here)):
        state: Literal["read", "absent", "hidden", "foreign"] = "hidden" if place.is_file() else "absent"
        if state == "hidden" and found is None:
            content = read_tree(text_of(place), place)
            state = "foreign" if place == generic and _is_foreign(content) else "read"
            found, tree = (place, content) if state == "read" else (None, EMPTY)
        looked_at.append(Place(place, state))
    return found, tree, tuple(looked_at)


def _is_foreign(tree: Tree) -> bool:
    """Whether a file says something, and nothing at its top is a setting or looks like a mistyped one.

    Many programs have a config.yaml, and a run must not stop because of theirs.
    """
    sections = [*SECTIONS, PROFILES]
    known = [*spelled_names(), CHOOSES_PROFILE, *sections]
    ours = [name for name in tree.leaves if folded(name) not in sections and nearest(name, known)]
    ours += [name for name in tree.branches if nearest(name, sections)]
    return bool(tree.leaves or tree.branches) and not ours


def _profile(tree: Tree, file: Path | None, variables: Mapping[str, str], asked: str | None) -> Value | None:
    """The profile that counts: the one asked for, the variable's, the file's own choice."""
    profiles = tree.branches.get(PROFILES, (EMPTY, 0))[0].branches
    written, line = tree.leaves.get(CHOOSES_PROFILE, (None, 0))
    if asked is not None:
        chosen = Value(asked, Origin("option", "--profile"))
    elif variables.get(PROFILE_VARIABLE):
        chosen = Value(variables[PROFILE_VARIABLE], Origin("variable", PROFILE_VARIABLE))
    elif written is not None:
        chosen = Value(str(written), Origin("file", str(file), line))
    else:
        return None
    if chosen.value not in profiles:
        raise _no_profile(chosen, file, list(profiles))
    return chosen


def _no_profile(chosen: Value, file: Path | None, known: list[str]) -> BrokenConfig:
    origin = chosen.origin
    said = "" if origin.kind == "file" else f" ({'$' if origin.kind == 'variable' else ''}{origin.name})"
    where = "there is no config file" if file is None else "the config file has none" if not known else ""
    guess = nearest(chosen.value, known)
    hint = f"did you mean `{guess}`?" if guess else where or f"there are {', '.join(known)}"
    return BrokenConfig(f"no profile `{chosen.value}`{said}: {hint}", file, origin.line)


def _sorted(tree: Tree, file: Path | None, profile: str | None) -> tuple[dict[str, list[Value]], list[Unknown]]:
    """The values of a file by the name of their setting, the profile's first; and the keys that are no settings."""
    known: dict[str, list[Value]] = {}
    unknown: list[Unknown] = []
    if file is None:
        return known, unknown
    top = Tree(
        {name: leaf for name, leaf in tree.leaves.items() if name != CHOOSES_PROFILE},
        {name: branch for name, branch in tree.branches.items() if name != PROFILES},
    )
    own = tree.branches.get(PROFILES, (EMPTY, 0))[0].branches
    for name, part in [*((each, own[each][0]) for each in own), (None, top)]:
        for written in _settings_in(part, file, unknown):
            key, value = _fitted(written, file)
            if value is not None and name in (profile, None):
                known.setdefault(key.name, []).append(Value(value, Origin("file", str(file), written.line, name)))
    return known, sorted(unknown, key=lambda each: each.line)


def _settings_in(tree: Tree, file: Path, unknown: list[Unknown]) -> Iterator[Written]:
    """The values that settings have; sections and keys that nobody knows are noted."""
    for name, (value, line) in tree.leaves.items():
        if key_named(name) is not None:
            yield Written((name,), value, line)
        elif folded(name) not in SECTIONS:
            unknown.append(_unknown(file, line, name, [key.name for key in KEYS] + [*SECTIONS, PROFILES]))
        elif value is not None:
            raise BrokenConfig(f"`{name}` is a section: it holds settings, got `{value}`", file, line)
    for section, (inner, line) in tree.branches.items():
        if folded(section) in SECTIONS:
            yield from _settings_of_section(section, inner, file, unknown)
        elif key_named(section) is not None:
            yield Written((section,), inner.plain(), line)
        else:
            unknown.append(_unknown(file, line, section, [*SECTIONS, PROFILES]))


def _settings_of_section(section: str, tree: Tree, file: Path, unknown: list[Unknown]) -> Iterator[Written]:
    whole = [*((name, leaf) for name, leaf in tree.leaves.items())]
    whole += [(name, (inner.plain(), line)) for name, (inner, line) in tree.branches.items()]
    for name, (value, line) in whole:
        path = f"{section}.{name}"
        if key_named(path) is not None:
            yield Written((section, name), value, line)
        else:
            unknown.append(_unknown(file, line, path, spelled_names()))


def _unknown(file: Path, line: int, key: str, known: list[str]) -> Unknown:
    return Unknown(file, line, key, nearest(key, known))


def _fitted(written: Written, file: Path) -> tuple[Key, Any]:
    name = ".".join(written.path)
    key = key_named(name)
    assert key is not None  # only those that are known are handed on
    if written.value is None:
        return key, None
    try:
        return key, fitting(key, written.value)
    except Unfit as error:
        raise BrokenConfig(f"`{name}` cannot be `{written.value}`: {error}", file, written.line) from error


def _setting(
    key: Key, options: Mapping[str, tuple[str, Any]], variables: Mapping[str, str], in_file: list[Value]
) -> Setting:
    candidates = [*_from_options(key, options), *_from_variables(key, variables), *in_file]
    if not candidates:
        return Setting(key, key.default, Origin("default"))
    first, *rest = candidates
    return Setting(key, first.value, first.origin, tuple(rest))


def _from_options(key: Key, options: Mapping[str, tuple[str, Any]]) -> Iterator[Value]:
    if key.name in options:
        option, value = options[key.name]
        yield Value(_fitted_outside(key, value, f"`{option}`"), Origin("option", option))


def _from_variables(key: Key, variables: Mapping[str, str]) -> Iterator[Value]:
    for name in key.known_variables():
        if variables.get(name):
            yield Value(_fitted_outside(key, variables[name], f"the variable `{name}`"), Origin("variable", name))


def _fitted_outside(key: Key, value: Any, who: str) -> Any:
    try:
        return fitting(key, value)
    except Unfit as error:
        raise BrokenConfig(f"{who} cannot be `{value}`: {error}") from error
