"""Every public name is there when asked for, and the lists people and tools read agree with each other."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import flyte
import flyte.errors

MODULES = sorted(
    module.name
    for package in ("flyte", "flyte_cli")
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, prefix=f"{package}.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", sorted(flyte.__all__))
def test_public_name_resolves(name: str) -> None:
    assert getattr(flyte, name) is not None


def test_public_names_are_listed_once_and_shown_by_dir() -> None:
    assert len(flyte.__all__) == len(set(flyte.__all__))
    assert set(flyte.__all__) <= set(dir(flyte))


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        flyte.no_such_name  # noqa: B018


@pytest.mark.parametrize("name", MODULES)
def test_module_imports(name: str) -> None:
    assert importlib.import_module(name).__name__ == name


@pytest.mark.parametrize("name", ["errors", "report", "types"])
def test_submodule_is_bound_by_a_bare_import(name: str) -> None:
    program = f"import flyte; assert flyte.{name}.__name__ == 'flyte.{name}'"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_star_import_works() -> None:
    assert subprocess.run([sys.executable, "-c", "from flyte import *; TaskEnvironment"]).returncode == 0


@pytest.mark.parametrize("name", [name for name, thing in vars(flyte.errors).items() if isinstance(thing, type)])
def test_every_error_says_what_it_means(name: str) -> None:
    if getattr(flyte.errors, name).__module__ == "flyte.errors":
        assert getattr(flyte.errors, name).__doc__
