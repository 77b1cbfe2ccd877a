"""The arrows between the rooms hold: rs_controller <- flyte <- flyte_cli, and each heavy dependency has one door.

Read from the sources, nothing is imported: a deferred import inside a function counts as much as one at the top.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CRATE = ROOT / "rs_controller" / "src"


@dataclass(frozen=True)
class Door:
    """A dependency, and the only paths that may import it."""

    modules: tuple[str, ...]
    paths: tuple[str, ...]


DOORS = (
    Door(("google.protobuf", "flyteidl2"), ("flyte/wire/", "flyte/client/")),
    Door(("grpc",), ("flyte/client/",)),
    Door(("fsspec", "obstore"), ("flyte/io/storage",)),
    Door(("sqlite3",), ()),  # SQLite is spoken in rs_controller/src/io only
    Door(("pydantic",), ("flyte/types/families/model",)),
    Door(("keyring", "cryptography"), ("flyte/secret_store.py",)),
    Door(("docker",), ("flyte_cli/images/buildx.py",)),
    Door(("tomlkit",), ("flyte_cli/settings/document.py",)),
    Door(("rich",), ("flyte_cli/output/", "flyte_cli/tui/")),
    Door(("textual",), ("flyte_cli/tui/",)),
    Door(("typer", "click"), ("flyte_cli/main.py", "flyte_cli/group.py", "flyte_cli/commands/")),
)

IMPURE = r"std::(fs|net|thread|process|os)\b|Instant::now|SystemTime|\b(tokio|polling|libc|nix)::|\brusqlite|\bpyo3"
"""What the deciding half of the crate must not touch: files, sockets, threads, clocks, databases, Python."""


@dataclass(frozen=True)
class Import:
    """One imported dotted name, and where."""

    name: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.name}"

    def of(self, module: str) -> bool:
        return self.name == module or self.name.startswith(module + ".")


def imports(package: str) -> Iterator[Import]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if path.is_relative_to(ROOT / "flyte_cli/templates"):  # text for `flyte new`, never imported
            continue
        where = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(), filename=where)):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, where, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = "." * node.level + (node.module or "")
                yield from (Import(f"{base}.{alias.name}", where, node.lineno) for alias in node.names)


def shipped(path: Path) -> str:
    """A Rust file without its unit tests and comments; nothing of a file that is all tests."""
    if "tests" in path.relative_to(CRATE).with_suffix("").parts:
        return ""
    text = path.read_text().partition("#[cfg(test)]\nmod tests {")[0].partition("#[cfg(test)]\npub mod tests {")[0]
    return re.sub(r"//[^\n]*", "", text)


LIBRARY = list(imports("flyte"))
TOOL = list(imports("flyte_cli"))


def test_the_rooms_are_not_empty() -> None:
    assert LIBRARY
    assert TOOL
    assert list(CRATE.rglob("*.rs"))


def test_the_library_never_imports_the_tool() -> None:
    assert [str(found) for found in LIBRARY if found.of("flyte_cli")] == []


def test_imports_are_absolute_so_that_the_arrows_can_be_read() -> None:
    assert [str(found) for found in [*LIBRARY, *TOOL] if found.name.startswith(".")] == []


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.modules[0])
def test_a_heavy_dependency_has_one_door(door: Door) -> None:
    outside = [
        str(found)
        for found in [*LIBRARY, *TOOL]
        if any(found.of(module) for module in door.modules) and not found.path.startswith(door.paths)
    ]
    assert outside == []


def test_the_deciding_half_of_the_crate_does_nothing() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): match[0]
        for path in sorted((CRATE / "engine").rglob("*.rs"))
        if (match := re.search(IMPURE, shipped(path)))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [("engine", ("io", "python")), ("io", ("python",)), ("wire", ("engine", "io", "python"))],
)
def test_inside_the_crate_the_arrows_point_one_way(room: str, forbidden: tuple[str, ...]) -> None:
    pattern = rf"\bcrate::(?:\{{[^}}]*\b)?({'|'.join(forbidden)})\b"
    found = {
        path.relative_to(ROOT).as_posix(): match[0]
        for path in sorted((CRATE / room).rglob("*.rs"))
        if (match := re.search(pattern, shipped(path)))
    }
    assert found == {}


def test_everything_imported_is_a_declared_dependency() -> None:
    optional = {"obstore", "keyring", "pydantic_core"}  # extras, and what is there when pydantic asks
    declared = {
        "cloudpickle": "cloudpickle",
        "cryptography": "cryptography",
        "fsspec": "fsspec",
        "rich": "rich",
        "textual": "textual",
        "tomli": "tomli",
        "tomlkit": "tomlkit",
        "typer": "typer",
        "yaml": "PyYAML",
        "pydantic": "pydantic",
    }
    known = sys.stdlib_module_names | {"flyte", "flyte_cli"}
    foreign = {found.name.partition(".")[0] for found in [*LIBRARY, *TOOL]} - known
    assert foreign - set(declared) - optional == set()
    listed = (ROOT / "pyproject.toml").read_text()
    assert [name for name in declared.values() if f'  "{name}>=' not in listed] == []
