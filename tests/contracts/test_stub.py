"""The stub `flyte/_core.pyi` and the built module say the same: every class, function, method and property."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import flyte

STUB = Path(flyte.__file__).with_name("_core.pyi")
INHERITED = set(dir(object)) | {"__module__"}
core = importlib.import_module("flyte._core")


def documented() -> Iterator[tuple[str, set[str] | None]]:
    """Names in the stub: a class with its members, anything else with None."""
    for node in ast.parse(STUB.read_text()).body:
        if isinstance(node, ast.ClassDef):
            yield node.name, set(members(node))
        elif isinstance(node, ast.FunctionDef):
            yield node.name, None
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, None


def members(node: ast.ClassDef) -> Iterator[str]:
    for member in node.body:
        if isinstance(member, ast.FunctionDef):
            yield member.name
        elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            yield member.target.id


def public(thing: object) -> set[str]:
    return {name for name in vars(thing) if not name.startswith("_")}


STUBBED = dict(documented())


def test_the_stub_names_everything_the_module_has() -> None:
    assert public(core) - set(STUBBED) == set()


def test_the_module_has_everything_the_stub_names() -> None:
    assert {name for name in STUBBED if not hasattr(core, name)} == set()


@pytest.mark.parametrize("name", [name for name, members in STUBBED.items() if members is not None])
def test_class_has_the_members_of_its_stub_and_no_others(name: str) -> None:
    built = getattr(core, name)
    wanted = STUBBED[name] or set()
    special = {member for member in vars(built) if member.startswith("__")} - INHERITED
    assert {member for member in wanted if not hasattr(built, member)} == set(), "in the stub only"
    assert (public(built) | special - {"__new__"}) - wanted == set(), "in the module only"


@pytest.mark.parametrize("name", [name for name, members in STUBBED.items() if members is None])
def test_function_takes_the_parameters_of_its_stub(name: str) -> None:
    node = next(n for n in ast.parse(STUB.read_text()).body if isinstance(n, ast.FunctionDef) and n.name == name)
    stubbed = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
    assert list(inspect.signature(getattr(core, name)).parameters) == stubbed
