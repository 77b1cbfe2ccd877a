"""Show, change and write settings: config files, and the project file. No terminal here."""

from __future__ import annotations

import json
import linecache
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte.settings.files import FOREIGN_NAME, BrokenConfig, places, read_tree, text_of
from flyte.settings.keys import (
    CHOOSES_PROFILE,
    PROFILES,
    Key,
    Unfit,
    fitting,
    key_named,
    spelled_names,
)
from flyte.settings.resolve import PROFILE_VARIABLE, Origin, Resolved, Value, resolve
from flyte.settings.resolve import Place as LookedAt
from flyte_cli.errors import CliError, Misuse
from flyte_cli.near_miss import nearest
from flyte_cli.ops.host import Host
from flyte_cli.settings.project import IN_SHARED, OWN_FILE, SHARED_FILE, ProjectFile, find_project, project_of
from flyte_cli.settings.project_schema import SCHEMA, schema_at, schema_text
from flyte_cli.settings.writing import write_whole
from flyte_cli.sources import Place, shown_path, source_around

if TYPE_CHECKING:
    from flyte_cli.settings.project import Project

PROJECT = "project."
DEFAULT_PLACE = Path(".flyte", "config.yaml")
SCHEMA_PLACE = Path(".flyte", "project.schema.json")


class BrokenSettings(CliError):
    """A config file, a variable or an option that cannot be read."""


class NoSuchSetting(CliError):
    """There is no setting of that name."""

    def __init__(self, name: str, hint: str = "") -> None:
        known = [*spelled_names(), CHOOSES_PROFILE, *(PROJECT + each for each in SCHEMA["properties"])]
        guess = nearest(name, known)
        help = [f"did you mean `{guess}`?"] if guess else []
        super().__init__(f"no setting `{name}`", help=[*help, hint or "`flyte get config --all` lists them"])


@dataclass(frozen=True)
class ConfigOptions:
    """Which config file and which part of it, and values that options say."""

    file: str | None = None
    profile: str | None = None
    values: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    """By the name of the setting, each with its option."""


@dataclass(frozen=True)
class ConfigRow:
    """One setting: where its value comes from, and what it hides."""

    key: str
    value: Any
    origin: Origin
    hides: tuple[Value, ...] = ()


@dataclass(frozen=True)
class ConfigView:
    """Settings, and where they were looked for."""

    rows: Sequence[ConfigRow]
    places: Sequence[LookedAt]
    profile: Value | None
    profiles: Sequence[str]
    project: Path | None
    warnings: Sequence[str]
    one: bool = False
    """It is the one setting that was asked for."""


@dataclass(frozen=True)
class ConfigChange:
    """What became of a setting in a file: `set`, `unset`, or `kept` when it had that value already."""

    file: Path
    key: str
    change: str
    value: Any = None
    before: Any = None
    line: int | None = None
    hidden_by: str | None = None
    """What still wins over it: `$VARIABLE`, or `profile NAME`."""
    also_written: Path | None = None


# --- reading ------------------------------------------------------------------------------------------------------


def settings_of(options: ConfigOptions, host: Host) -> Resolved:
    """All settings as they count here; raises BrokenSettings."""
    here = Path(host.folder())
    try:
        return resolve(host.environment, here, file=options.file, profile=options.profile, options=options.values)
    except BrokenConfig as error:
        raise _broken(error, host.folder()) from error
    except FileNotFoundError as error:
        raise _no_file(str(options.file), host) from error


def get_config(key: str | None, everything: bool, options: ConfigOptions, host: Host) -> ConfigView:
    """The settings, or the one that goes by that name; raises NoSuchSetting, BrokenSettings, BrokenProject."""
    here = host.folder()
    resolved, found = settings_of(options, host), find_project(here)
    project = None if found is None else project_of(found, here)
    rows = [*_config_rows(resolved), *_project_rows(found)]
    warnings = [shown_path(str(each), here) for each in resolved.unknown]
    warnings += [] if project is None else project.warnings(here)
    shown = _asked_for(key, rows) if key is not None else rows
    if key is None and not everything:
        shown = [row for row in rows if row.origin.kind != "default"]
    file = None if found is None else found.file
    one = key is not None and len(shown) == 1 and not shown[0].key.startswith(f"{key}.")
    return ConfigView(shown, resolved.places, resolved.profile, resolved.profiles, file, warnings, one)


def _config_rows(resolved: Resolved) -> Iterator[ConfigRow]:
    if resolved.profile is not None:
        yield ConfigRow(CHOOSES_PROFILE, resolved.profile.value, resolved.profile.origin)
    for each in resolved.settings:
        yield ConfigRow(each.key.name, each.value, each.origin, each.hides)


def _project_rows(found: ProjectFile | None) -> Iterator[ConfigRow]:
    if found is None:
        return
    for path, value in _leaves(found.content):
        yield ConfigRow(PROJECT + ".".join(path), value, Origin("file", str(found.file), found.line(path)))


def _leaves(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _asked_for(key: str, rows: Sequence[ConfigRow]) -> list[ConfigRow]:
    found = key_named(key)
    name = key if found is None else found.name
    if name.startswith(PROJECT):
        return [row for row in rows if row.key == name or row.key.startswith(name + ".")] or _not_set(name)
    if found is None and name != CHOOSES_PROFILE:
        raise NoSuchSetting(key)
    return [row for row in rows if row.key == name] or _not_set(name)


def _not_set(name: str) -> list[ConfigRow]:
    if name.startswith(PROJECT) and schema_at(_project_path(name)) is None:
        raise NoSuchSetting(name)
    return [ConfigRow(name, None, Origin("default"))]


def _project_path(key: str) -> tuple[str, ...]:
    return tuple(key[len(PROJECT) :].split("."))


def _broken(error: BrokenConfig, here: str) -> BrokenSettings:
    if error.file is None:
        return BrokenSettings(error.reason)
    shown = shown_path(str(error.file), here)
    if not error.line:
        return BrokenSettings(f"{shown}: {error.reason}")
    at = min(error.line, len(linecache.getlines(str(error.file))) or 1)  # the end of a file is after its last line
    caret = error.column if at == error.line else None
    place = Place(f"{shown}:{at}", at, source_around(str(error.file), at), caret=caret)
    help = ["`-c FILE` names another config file"] if shown == FOREIGN_NAME else []
    return BrokenSettings(f"{shown} cannot be used: {error.reason}", places=[place], help=help)


def _no_file(name: str, host: Host) -> CliError:
    folder = Path(host.folder(), name).parent
    there = sorted(each.name for each in folder.glob("*.y*ml")) if folder.is_dir() else []
    guess = nearest(Path(name).name, there)
    help = [f"did you mean `{Path(name).with_name(guess)}`?"] if guess else ["flyte create config -o FILE writes one"]
    return CliError(f"no config file `{name}`", help=help)


def config_file(options: ConfigOptions, host: Host) -> Path:
    """The config file that counts here."""
    resolved = settings_of(options, host)
    if resolved.file is None:
        looked = [(shown_path(str(each.file), host.folder()), "absent") for each in resolved.places]
        raise CliError("there is no config file", details=looked, help=["flyte create config"])
    return resolved.file


# --- changing -----------------------------------------------------------------------------------------------------


def set_config(key: str, value: str, options: ConfigOptions, host: Host) -> ConfigChange:
    """Write one value to the file that counts, and leave everything else of it alone."""
    if key.startswith(PROJECT):
        return _set_in_project(key, value, host)
    if key == CHOOSES_PROFILE:
        return _choose_profile(value, options, host)
    known = _known(key)
    try:
        fitted = fitting(known, value)
    except Unfit as error:
        raise Misuse(f"`{key}` cannot be `{value}`: {error}") from error
    _refuse_unusable(known, fitted)
    file = _file_to_change(options, host)
    return _edited(file, known, fitted, options, host)


def _refuse_unusable(key: Key, value: Any) -> None:
    """Themes and keys are known to the screens."""
    if key.path[0] == "tui":
        from flyte_cli.tui.wishes import Unusable, checked  # deferred: it needs this file, and knows Textual

        try:
            checked(key.name, value)
        except Unusable as error:
            raise Misuse(f"`{key.name}` cannot be set: {error}", help=["flyte help tui"]) from error


def unset_config(key: str, options: ConfigOptions, host: Host) -> ConfigChange:
    """Take a value out of the file that counts."""
    if key.startswith(PROJECT):
        return _unset_in_project(key, host)
    known = None if key == CHOOSES_PROFILE else _known(key)
    return _edited(_file_to_change(options, host, must_be=True), known, None, options, host)


def _known(key: str) -> Key:
    known = key_named(key)
    if known is None:
        raise NoSuchSetting(key)
    return known


def _file_to_change(options: ConfigOptions, host: Host, must_be: bool = False) -> Path:
    here = Path(host.folder())
    if options.file is not None:
        given = here / Path(options.file).expanduser()
        if must_be and not given.is_file():
            raise _no_file(options.file, host)
        return given
    found = next((place for place in places(host.environment, here) if place.is_file()), None)
    if found is None and must_be:
        raise CliError("there is no config file", help=["flyte create config"])
    return found or here / DEFAULT_PLACE


def _choose_profile(name: str, options: ConfigOptions, host: Host) -> ConfigChange:
    file = _file_to_change(options, host)
    known = _profiles(file, host)
    if name not in known:
        guess = nearest(name, known)
        there = f"there are {', '.join(known)}" if known else f"flyte config set --profile {name} KEY VALUE makes it"
        raise CliError(f"no profile `{name}`", help=[f"did you mean `{guess}`?   {there}" if guess else there])
    return _edited(file, None, name, options, host)


def _profiles(file: Path, host: Host) -> list[str]:
    try:
        branches = read_tree(text_of(file), file).branches if file.exists() else {}
    except BrokenConfig as error:
        raise _broken(error, host.folder()) from error
    return list(branches[PROFILES][0].branches) if PROFILES in branches else []


def _edited(file: Path, key: Key | None, value: Any, options: ConfigOptions, host: Host) -> ConfigChange:
    """Change a key of a config file, or without one the choice of the profile; None removes it."""
    from flyte_cli.settings.yaml_text import Unchangeable, with_value, without

    name = CHOOSES_PROFILE if key is None else key.name
    above = () if options.profile is None or key is None else (PROFILES, options.profile)
    places = [(*above, *each) for each in ([(CHOOSES_PROFILE,)] if key is None else [key.path, *_short(key)])]
    try:
        text = text_of(file) if file.exists() else ""
        before = _written(text, file, places)
        after = with_value(text, places, value) if value is not None else without(text, places)
    except BrokenConfig as error:
        raise _broken(error, host.folder()) from error
    except Unchangeable as error:
        shown = shown_path(str(file), host.folder())
        raise CliError(f"cannot change `{name}` in {shown}: {error}", help=[f"edit {shown}"]) from error
    if after is None:
        raise CliError(f"`{name}` is not set in {shown_path(str(file), host.folder())}", help=["flyte get config"])
    if after != text:
        write_whole(file, after)
    line = next((line for _, line in [_written(after, file, places)] if line), None)
    change = "unset" if value is None else "kept" if after == text else "set"
    return ConfigChange(file, name, change, value, before[0], line, _hidden_by(key, options, host))


def _short(key: Key) -> list[tuple[str, ...]]:
    """The other places where a config file may keep it."""
    return [tuple(key.name.split("."))] if key.name != key.place else []


def _written(text: str, file: Path, places: Sequence[tuple[str, ...]]) -> tuple[Any, int]:
    """The value at the first of the places that has one, and its line."""
    from flyte.settings.keys import folded

    written = list(read_tree(text, file).written())
    for place in places:
        for each in written:
            if [folded(name) for name in each.path] == [folded(name) for name in place]:
                return each.value, each.line
    return None, 0


def _hidden_by(key: Key | None, options: ConfigOptions, host: Host) -> str | None:
    names = (PROFILE_VARIABLE,) if key is None else key.known_variables()
    variable = next((f"${name}" for name in names if host.environment.get(name)), None)
    if variable is not None or key is None:
        return variable
    try:
        origin = settings_of(ConfigOptions(options.file), host).setting(key.name).origin
    except CliError:
        return None  # something else in the file is wrong, which the next command tells
    hides = origin.profile is not None and origin.profile != options.profile
    return f"profile {origin.profile}" if hides else None


def _set_in_project(key: str, text: str, host: Host) -> ConfigChange:
    path = _project_path(key)
    schema = schema_at(path)
    if schema is None:
        raise NoSuchSetting(key)
    value = _typed(text, schema)
    found = find_project(host.folder())
    if found is None:
        return _first_in_project(key, path, value, host)
    return _edited_project(found, key, path, value, host)


def _unset_in_project(key: str, host: Host) -> ConfigChange:
    found = find_project(host.folder())
    if found is None:
        raise CliError("there is no project file", help=["flyte config set project.default_task NAME starts one"])
    return _edited_project(found, key, _project_path(key), None, host)


def _first_in_project(key: str, path: tuple[str, ...], value: Any, host: Host) -> ConfigChange:
    """In the pyproject.toml that is there, or in a new file of its own with a schema for editors beside it."""
    here = Path(host.folder())
    shared = next((folder / SHARED_FILE for folder in (here, *here.parents) if (folder / SHARED_FILE).is_file()), None)
    if shared is not None:
        return _edited_project(ProjectFile(shared, IN_SHARED, _text_of(shared), {}), key, path, value, host)
    own = here / OWN_FILE
    schema = here / SCHEMA_PLACE
    start = ProjectFile(own, (), f"#:schema {SCHEMA_PLACE.as_posix()}\n", {})
    change = _edited_project(start, key, path, value, host)
    write_whole(schema, schema_text())
    return replace(change, also_written=schema)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"cannot read {file}: {error}") from error


def _edited_project(found: ProjectFile, key: str, path: tuple[str, ...], value: Any, host: Host) -> ConfigChange:
    from flyte_cli.settings.document import Unchangeable, with_value, without

    here = host.folder()
    shown = shown_path(str(found.file), here)
    before = _at(found.content, path)
    try:
        whole = (*found.above, *path)
        text = with_value(found.text, whole, value) if value is not None else without(found.text, whole)
    except Unchangeable as error:
        raise CliError(f"cannot change `{key}` in {shown}: {error}", help=[f"edit {shown}"]) from error
    if text is None:
        raise CliError(f"`{key}` is not set in {shown}", help=["flyte get config"])
    changed = _reread(found, text)
    if value is not None:
        _refuse_misfits(changed, path)
    if value is None or before != value:
        write_whole(found.file, text)
    change = "unset" if value is None else "kept" if before == value else "set"
    return ConfigChange(found.file, key, change, value, before, changed.line(path) if value is not None else None)


def _reread(found: ProjectFile, text: str) -> ProjectFile:
    from flyte_cli.settings.project import read_toml

    content: Any = read_toml(text)
    for name in found.above:
        content = content.get(name, {})
    return ProjectFile(found.file, found.above, text, content)


def _refuse_misfits(changed: ProjectFile, path: tuple[str, ...]) -> None:
    from flyte_cli.settings.project_schema import misfits

    for each in misfits(changed.content):
        if each.path[: len(path)] == path:
            raise Misuse(each.message)


def _at(content: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = content
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """What was typed, as the kind of value that stands there: JSON when that is one, else a text or texts."""
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if kinds == ["string"]:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if isinstance(value, str) and "string" not in kinds and "array" in kinds:
        return [each.strip() for each in text.split(",") if each.strip()]
    return text if value is None or (isinstance(value, str) and "string" in kinds) else value


# --- for a run ----------------------------------------------------------------------------------------------------


def apply_config(options: ConfigOptions, project: Project | None, host: Host) -> list[str]:
    """Have runs of this process belong to what the settings say; what looks mistyped in them comes back as warnings.

    A program that called `flyte.init` itself keeps what it said, unless an option says otherwise.
    """
    from flyte import initialize

    resolved = settings_of(options, host)
    said = initialize.settings()

    def counts(name: str) -> Any:
        setting = resolved.setting(name)
        own = getattr(said, name)
        return setting.value if setting.origin.kind == "option" or own is None else own

    images = {**({} if project is None else project.images), **resolved.value("image.image_refs"), **dict(said.images)}
    initialize.remember(
        replace(
            said,
            project=counts("project"),
            domain=counts("domain"),
            org=counts("org"),
            images=tuple(images.items()),
        )
    )
    warnings = [shown_path(str(each), host.folder()) for each in resolved.unknown if each.guess]
    of_backend = [options.values[name][0] for name in ("endpoint", "insecure", "auth.type") if name in options.values]
    if of_backend:
        named = " and ".join(f"`{option}`" for option in of_backend)
        warnings.append(f"{named} {'is' if len(of_backend) == 1 else 'are'} for a backend: this version runs here only")
    return warnings
