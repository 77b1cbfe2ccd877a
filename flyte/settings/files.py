"""Config files: where they are looked for, and what stands in which line of one. It knows no setting by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flyte.errors import InitializationError

if TYPE_CHECKING:
    import yaml


class BrokenConfig(InitializationError):
    """A config file, a variable or an option that cannot be read; `file` and `line` say where, when they can."""

    def __init__(self, reason: str, file: Path | None = None, line: int = 0, column: int | None = None) -> None:
        where = "" if file is None else f"{file}:{line}: " if line else f"{file}: "
        super().__init__("ConfigFileInvalidError", "user", f"{where}{reason}")
        self.reason = reason
        self.file = file
        self.line = line
        """From 1; 0 when it is about the whole file."""
        self.column = column


@dataclass(frozen=True)
class Written:
    """A value in a config file, and its line, from 1."""

    path: tuple[str, ...]
    value: Any
    line: int


@dataclass(frozen=True)
class Tree:
    """A mapping of a config file: its values and the mappings in it, each with the line of its key."""

    leaves: Mapping[str, tuple[Any, int]]
    branches: Mapping[str, tuple[Tree, int]]

    def plain(self) -> dict[str, Any]:
        """The mapping as Python has it, without lines."""
        inner = {name: tree.plain() for name, (tree, _) in self.branches.items()}
        return {**{name: value for name, (value, _) in self.leaves.items()}, **inner}

    def written(self, above: tuple[str, ...] = ()) -> Iterator[Written]:
        """Every value with its path."""
        for name, (value, line) in self.leaves.items():
            yield Written((*above, name), value, line)
        for name, (tree, _) in self.branches.items():
            yield from tree.written((*above, name))


EMPTY = Tree({}, {})
FOREIGN_NAME = "config.yaml"
"""In the folder one is in, a file of this name may be some other program's."""


def places(environ: Mapping[str, str], here: Path | None = None) -> list[Path]:
    """Where config files are looked for, in order; surface.md 2.18."""
    here = here or Path.cwd()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    named = [Path(environ[name]).expanduser() for name in ("UCTL_CONFIG", "FLYTECTL_CONFIG") if environ.get(name)]
    home = _home(environ)
    return [
        here / FOREIGN_NAME,
        here / ".flyte" / "config.yaml",
        *([root / ".flyte" / "config.yaml"] if root else []),
        *named,
        *([home / ".union" / "config.yaml", home / ".flyte" / "config.yaml"] if home else []),
    ]


def _home(environ: Mapping[str, str]) -> Path | None:
    try:
        return Path(environ.get("HOME") or Path.home())
    except RuntimeError:  # nobody's home
        return None


def given_place(file: str | Path, here: Path | None = None) -> Path:
    """A config file that was asked for.

    Raises FileNotFoundError when it is not there.
    """
    here = here or Path.cwd()
    path = here / Path(file).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"there is no config file {file} (in {here})")
    return path


def text_of(file: Path) -> str:
    """What stands in a config file.

    Raises BrokenConfig.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenConfig(f"not valid YAML: it is not UTF-8: {error.reason}", file) from error
    except OSError as error:
        raise BrokenConfig(f"cannot be read: {error.strerror}", file) from error


def read_tree(text: str, file: Path) -> Tree:
    """The document with the lines of its values.

    Raises BrokenConfig.
    """
    import yaml  # deferred: 0.02 s, and only where there is a file to read

    try:
        return _document(yaml.SafeLoader(text), file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column) if mark else (0, None)
        raise BrokenConfig(f"not valid YAML: {error.problem or error.context}", file, line, column) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        at = getattr(error, "position", None)
        line = text[:at].count("\n") + 1 if isinstance(at, int) else 0
        reason = str(error).splitlines()[0]
        raise BrokenConfig(f"not valid YAML: {reason}", file, line) from error
    except (RecursionError, ValueError) as error:  # ValueError: a date that is none
        raise BrokenConfig(f"not valid YAML: {error}", file) from error


def _document(loader: yaml.SafeLoader, file: Path) -> Tree:
    import yaml

    node = loader.get_single_node()
    if node is None:
        return EMPTY
    if not isinstance(node, yaml.MappingNode):
        raise BrokenConfig("it must hold a mapping of settings", file, node.start_mark.line + 1)
    return _tree(loader, node)


def _tree(loader: yaml.SafeLoader, node: yaml.MappingNode) -> Tree:
    import yaml

    loader.flatten_mapping(node)
    leaves: dict[str, tuple[Any, int]] = {}
    branches: dict[str, tuple[Tree, int]] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        leaves.pop(name, None)
        branches.pop(name, None)  # the last of two keys counts, as YAML readers have it
        if isinstance(value, yaml.MappingNode):
            branches[name] = (_tree(loader, value), line)
        else:
            leaves[name] = (_value(loader, value), line)
    return Tree(leaves, branches)


def _value(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    """Texts as they are written: a project may be called `007` or `on`; only null, true and false are themselves."""
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        return loader.construct_object(node, deep=True)
    if node.tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:bool") and node.value.lower() in (
        "", "~", "null", "true", "false",
    ):  # fmt: skip
        return loader.construct_object(node, deep=True)
    return node.value
