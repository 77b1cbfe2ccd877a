"""Make a project from a template. The templates are files that work as they stand; only their names are replaced."""

from __future__ import annotations

import errno
import keyword
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import flyte
import flyte_cli
from flyte_cli.errors import MachineTrouble, Misuse, NoSuchTemplate
from flyte_cli.ops.host import Host

FOLDER = Path(flyte_cli.__file__).parent / "templates"
COMMON = "common"
"""The folder of what all templates share."""

TEMPLATES = {
    "hello": "Tasks that run in parallel",
    "etl": "A CSV file in, a summary and a report out",
    "training": "A sweep over the settings of a model, in parallel",
    "agent": "A model that calls tools until it has an answer",
}
DEFAULT = "hello"

_TAKEN = frozenset({"flyte", "flyte-cli", "pytest", "tests"})
_KEPT = frozenset({".git"})
"""What may be in the folder before: `git init` comes first for some."""


@dataclass(frozen=True)
class Template:
    """A project that `flyte new` can make."""

    name: str
    about: str


@dataclass(frozen=True)
class NewOptions:
    """What to make, and where; without a template it is the first."""

    folder: str
    template: str = DEFAULT

    def __post_init__(self) -> None:
        if self.template not in TEMPLATES:
            raise NoSuchTemplate(self.template, self.folder, list(TEMPLATES))
        if not self.folder.strip():
            raise Misuse("the name of a project has at least one character", help=["flyte new NAME"])
        if any(unicodedata.category(each) == "Cc" for each in self.folder):
            raise Misuse(f"`{self.folder}` cannot be the name of a project", help=["it has a control character"])


@dataclass(frozen=True)
class Created:
    """A project that was made."""

    template: str
    name: str
    """As it was given."""
    package: str
    """What Python imports."""
    folder: str
    files: tuple[str, ...]
    """Paths in the folder, with slashes."""


def options_of(first: str | None, second: str | None) -> NewOptions:
    """`[TEMPLATE] NAME`; one word is the name."""
    if first is None:
        raise Misuse("`flyte new` needs NAME", help=["flyte new NAME", "flyte new --list"])
    if second is not None:
        return NewOptions(second, first)
    if first in TEMPLATES:
        raise Misuse(f"`{first}` is a template, and the project has no name", help=[f"flyte new {first} NAME"])
    return NewOptions(first)


def templates() -> list[Template]:
    """What there is, the simplest first."""
    return [Template(name, about) for name, about in TEMPLATES.items()]


def new_project(options: NewOptions, host: Host) -> Created:
    """Write the files of a template into a new or empty folder; all of them or none."""
    try:
        folder = Path(host.folder(), options.folder)
        name = _as_text(folder.resolve().name)
        package = package_name(name)
        texts = dict(_texts(options.template, name, package))
        was_there = folder.is_dir()
        if folder.exists() and not (was_there and {each.name for each in folder.iterdir()} <= _KEPT):
            what = "is not empty" if was_there else "is a file"
            raise Misuse(f"`{options.folder}` {what}", help=["take another name, or an empty folder"])
        _write(folder, texts)
    except OSError as error:
        raise _not_made(options.folder, error) from error
    return Created(options.template, name, package, options.folder, tuple(sorted(texts)))


def package_name(name: str) -> str:
    """A name that Python can import: ASCII, lower case, and nobody else's."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not word:
        return "my_project"
    if word[0].isdigit():
        return f"project_{word}"
    taken = keyword.iskeyword(word) or word in sys.stdlib_module_names or word.replace("_", "-") in _TAKEN
    return f"{word}_project" if taken else word


def _texts(template: str, name: str, package: str) -> Iterator[tuple[str, str]]:
    """Each file: its path in the project, and its text. Caches are not: installers compile what looks like a module."""
    major, minor, *_ = flyte.__version__.split(".")
    words = {
        "project_name": package,
        "project-name": package.replace("_", "-"),
        "Project Name": name,
        "What it is for": TEMPLATES[template],
        "flyte>=0.0.0": f"flyte>={major}.{minor}",
    }
    pattern = re.compile("|".join(map(re.escape, words)))

    def replaced(text: str) -> str:
        return pattern.sub(lambda found: words[found[0]], text)

    for root in (FOLDER / COMMON, FOLDER / template):
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in parts):
                there = "/".join(re.sub("^dot-", ".", part) for part in parts)
                yield replaced(there), replaced(path.read_text(encoding="utf-8"))


def _write(folder: Path, texts: dict[str, str]) -> None:
    parents = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError:
        for top in {name.partition("/")[0] for name in texts}:
            _remove(folder / top)
        for each in parents:
            _remove(each)
        raise


def _remove(path: Path) -> None:
    """What cannot be removed stays: the error that led here is the one to tell."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    elif path.exists():
        path.unlink()


def _not_made(folder: str, error: OSError) -> MachineTrouble:
    help = {errno.ENOSPC: "make room on the disk", errno.ENAMETOOLONG: "take a shorter name"}
    advice = help.get(error.errno or 0, "choose a folder that you may write to")
    return MachineTrouble(f"cannot make `{folder}`: {error.strerror}", help=[advice])


def _as_text(name: str) -> str:
    """Without bytes that are no UTF-8."""
    return name.encode("utf-8", "replace").decode()
