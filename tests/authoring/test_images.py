"""Images are values: named by their content, checked when made, the same in every process."""

from __future__ import annotations

import dataclasses
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import flyte
from flyte import Image
from flyte.errors import ImageBuildError
from flyte.image_content import is_ignored, needs_context

DEBIAN = Image.from_debian_base()


def test_debian_without_layers_is_the_published_image() -> None:
    running = f"py{sys.version_info[0]}.{sys.version_info[1]}"
    assert DEBIAN.uri == f"ghcr.io/flyteorg/flyte:{running}-v{flyte.__version__}"
    assert DEBIAN.platform == ("linux/amd64", "linux/arm64")


@pytest.mark.parametrize("version", [(3, 12), "3.12"])
def test_another_python_is_chosen_as_a_pair_or_as_text(version: tuple[int, int] | str) -> None:
    image = Image.from_debian_base(python_version=version)
    assert (image.python_version, ":py3.12-" in image.uri) == ((3, 12), True)
    assert Image.from_debian_base(python=version) == image


def test_without_the_library_it_starts_from_plain_python() -> None:
    assert Image.from_debian_base((3, 12), install_flyte=False).uri == "python:3.12-slim-bookworm"


@pytest.mark.parametrize("version", ["3", "3.12.1", (3,), (3, 12, 1), "three.twelve"])
def test_what_is_no_version_of_python_is_refused(version: object) -> None:
    with pytest.raises(ValueError, match=re.escape(f"must be like (3, 12) or '3.12', got {version!r}")):
        Image.from_debian_base(version)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "prefix"),
    [
        (DEBIAN.with_pip_packages("pandas"), "flyte:"),
        (Image.from_debian_base(name="mine"), "mine:"),
        (Image.from_debian_base(registry="ghcr.io/me"), "ghcr.io/me/flyte:"),
        (Image.from_debian_base(registry="ghcr.io/me", name="mine").with_workdir("/x"), "ghcr.io/me/mine:"),
    ],
)
def test_what_differs_from_a_published_image_is_named_by_its_content(image: Image, prefix: str) -> None:
    assert image.uri.startswith(prefix)
    assert re.fullmatch("[0-9a-f]{32}", image.uri.removeprefix(prefix))


LAYERS: dict[str, Callable[[Image], Image]] = {
    "pip": lambda image: image.with_pip_packages("a", "b"),
    "pip in another order": lambda image: image.with_pip_packages("b", "a"),
    "pip from another index": lambda image: image.with_pip_packages("a", "b", index_url="https://i"),
    "pip with more indexes": lambda image: image.with_pip_packages("a", "b", extra_index_urls=["https://i"]),
    "pip with pre-releases": lambda image: image.with_pip_packages("a", "b", pre=True),
    "pip with arguments": lambda image: image.with_pip_packages("a", "b", extra_args="--no-deps"),
    "pip in two": lambda image: image.with_pip_packages("a").with_pip_packages("b"),
    "apt": lambda image: image.with_apt_packages("a", "b"),
    "commands": lambda image: image.with_commands(["a", "b"]),
    "one command": lambda image: image.with_commands("a b"),
    "variables": lambda image: image.with_env_vars({"A": "b"}),
    "other variables": lambda image: image.with_env_vars({"A": "c"}),
    "folder": lambda image: image.with_workdir("/a"),
}


def test_different_layers_give_different_uris() -> None:
    uris = {name: add(DEBIAN).uri for name, add in LAYERS.items()}
    assert len(set(uris.values())) == len(LAYERS), uris


def test_equal_layers_give_equal_uris_in_another_process() -> None:
    program = "from tests.authoring.test_images import *; print([add(DEBIAN).uri for add in LAYERS.values()])"
    other = {"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], env=other, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([add(DEBIAN).uri for add in LAYERS.values()])


def test_the_order_of_variables_makes_no_difference() -> None:
    assert DEBIAN.with_env_vars({"A": "1", "B": "2"}) == DEBIAN.with_env({"B": "2", "A": "1"})


def test_a_secret_and_the_registry_make_no_difference_to_the_content() -> None:
    plain = DEBIAN.with_pip_packages("a")
    assert DEBIAN.with_pip_packages("a", secret_mounts="TOKEN") == plain
    elsewhere = Image.from_debian_base(registry="r", name="n").with_pip_packages("a", secret_mounts="TOKEN")
    assert elsewhere.uri.partition(":")[2] == plain.uri.partition(":")[2]


def test_lists_and_single_packages_are_the_same() -> None:
    assert DEBIAN.with_pip_packages(["a", "b"]) == DEBIAN.with_pip_packages("a", "b")
    assert DEBIAN.with_apt_packages(["a"], "b") == DEBIAN.with_apt_packages("a", "b")


@pytest.mark.parametrize(
    ("add", "kind", "message"),
    [
        (lambda: DEBIAN.with_pip_packages(), ValueError, "with_pip_packages was given nothing to add"),
        (lambda: DEBIAN.with_pip_packages(3), TypeError, "with_pip_packages takes strings, got 3"),
        (lambda: DEBIAN.with_apt_packages(["a", ""]), TypeError, "with_apt_packages takes strings, got ''"),
        (lambda: DEBIAN.with_env_vars({"A": 1}), TypeError, "takes a dict of strings, got {'A': 1}"),
        (lambda: DEBIAN.with_env_vars("A=1"), TypeError, "takes a dict of strings, got 'A=1'"),
        (lambda: DEBIAN.with_workdir(""), TypeError, "workdir of an image must be a string"),
        (lambda: DEBIAN.with_uv_project("p", project_install_mode="all"), ValueError, "got 'all'"),
        (lambda: Image.from_base(""), ValueError, "from_base takes the uri of an image"),
        (lambda: Image.from_debian_base(platform=("linux/arm",)), ValueError, "platform must be of linux/amd64"),
        (lambda: Image.from_dockerfile(name="n"), TypeError, "takes the path of one Dockerfile"),
        (lambda: Image.from_dockerfile("Dockerfile"), ValueError, "needs a name"),
        (lambda: Image.from_uv_script("nowhere.py", name="n"), FileNotFoundError, "there is no script nowhere.py"),
        (lambda: Image(), TypeError, "Image.from_debian_base()"),
        (lambda: dataclasses.replace(DEBIAN, name="n"), TypeError, "Image.from_debian_base()"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_made(add: Callable[[], Image], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        add()


def test_an_image_of_a_registry_takes_layers_after_clone_only() -> None:
    base = Image.from_base("python:3.12")
    assert base.uri == "python:3.12"
    with pytest.raises(ValueError, match=r"to the image python:3\.12: clone\(name='my-image', extendable=True\)"):
        base.with_env_vars({"A": "b"})
    assert base.clone(name="mine", extendable=True).with_env_vars({"A": "b"}).uri.startswith("mine:")


def test_adding_a_layer_leaves_the_image_it_is_added_to() -> None:
    assert DEBIAN.with_pip_packages("a").layers != DEBIAN.layers == ()


def test_images_survive_pickling() -> None:
    image = DEBIAN.with_pip_packages("a")
    assert pickle.loads(pickle.dumps(image)) == image
    assert hash(pickle.loads(pickle.dumps(image))) == hash(image)


# --- files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_counts_by_its_content_and_not_by_where_it_is(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "requirements.txt").write_text("pandas\n")
    first, second = (DEBIAN.with_requirements(folder / name / "requirements.txt") for name in ("a", "b"))
    assert first.uri == second.uri
    before = first.uri
    (folder / "a" / "requirements.txt").write_text("polars\n")
    assert first.uri != before


@pytest.mark.parametrize(
    "add",
    [
        lambda: DEBIAN.with_requirements("gone"),
        lambda: DEBIAN.with_uv_project("gone"),
        lambda: DEBIAN.with_poetry_project("gone"),
        lambda: DEBIAN.with_pixi_project("gone"),
        lambda: DEBIAN.with_source_file(Path("gone")),
        lambda: DEBIAN.with_source_folder(Path("gone")),
        lambda: DEBIAN.with_dockerignore(Path("gone")),
        lambda: Image.from_dockerfile("gone", "r", "n"),
    ],
)
def test_a_missing_file_is_named_when_the_uri_or_a_check_is_asked_for(folder: Path, add: Callable[[], Image]) -> None:
    image = add()
    with pytest.raises(FileNotFoundError, match="gone, which is not there"):
        image.uri  # noqa: B018
    with pytest.raises(ImageBuildError, match="gone, which is not there"):
        image.validate()


def test_all_missing_files_are_named_at_once(folder: Path) -> None:
    with pytest.raises(ImageBuildError, match=r"one, which .*; the image needs the file two"):
        DEBIAN.with_source_file([Path("one"), Path("two")]).validate()


def test_the_sources_of_a_project_count_only_when_it_is_installed(folder: Path) -> None:
    for name in ("pyproject.toml", "uv.lock", "code.py"):
        (folder / name).write_text("first")
    dependencies = DEBIAN.with_uv_project("pyproject.toml")
    installed = DEBIAN.with_uv_project("pyproject.toml", project_install_mode="install_project")
    before = dependencies.uri, installed.uri
    (folder / "code.py").write_text("second")
    assert (dependencies.uri == before[0], installed.uri == before[1]) == (True, False)
    (folder / "uv.lock").write_text("second")
    assert dependencies.uri != before[0]


def test_a_folder_counts_without_what_is_ignored(folder: Path) -> None:
    (folder / "code.py").write_text("1")
    (folder / ".dockerignore").write_text("*.log\n")
    image = DEBIAN.with_source_folder(folder)
    before = image.uri
    (folder / "run.log").write_text("changes all the time")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "code.pyc").write_text("changes, too")
    assert image.uri == before
    (folder / "more.py").write_text("2")
    assert image.uri != before


def test_a_dockerfile_counts_with_the_folder_it_copies_from(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM python:3.12\n")
    (folder / "code.py").write_text("1")
    image = Image.from_dockerfile(name="mine", dockerfile="./Dockerfile", context=".")
    assert image == Image.from_dockerfile("Dockerfile", None, "mine", context=".")
    alone = image.uri
    (folder / "code.py").write_text("2")
    assert image.uri == alone
    (folder / "Dockerfile").write_text("FROM python:3.12\nCOPY code.py .\n")
    copying = image.uri
    (folder / "code.py").write_text("3")
    assert len({alone, copying, image.uri}) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nRUN b", False),
        ("from a\ncopy b c", True),
        ("FROM a\nADD b c", True),
        ("RUN --mount=type=bind b", True),
    ],
)
def test_a_dockerfile_says_whether_it_needs_its_folder(text: str, expected: bool) -> None:
    assert needs_context(text) is expected


@pytest.mark.parametrize(
    ("path", "patterns", "expected"),
    [
        ("a/b.log", ["*.log"], False),
        ("b.log", ["*.log"], True),
        ("a/b.log", ["**/*.log"], True),
        ("b.log", ["**/*.log"], True),
        ("data/x/y", ["data/"], True),
        ("data/x/y", ["data/?"], True),
        ("data/x/y", ["data/x"], True),
        ("data/keep", ["data/*", "!data/keep"], False),
        ("src/.git/head", [], True),
        ("src/a.pyc", [], True),
        ("src/a.py", [], False),
    ],
)
def test_the_last_pattern_that_matches_decides(path: str, patterns: list[str], expected: bool) -> None:
    assert is_ignored(path, patterns) is expected


# --- references ---------------------------------------------------------------------------------------------------


def test_a_reference_is_looked_up_when_its_uri_is_asked_for() -> None:
    image = Image.from_ref_name("mine")
    try:
        with pytest.raises(ImageBuildError, match=r"no image is named 'mine': say which in flyte.init\(images="):
            image.uri  # noqa: B018
        flyte.init(images={"mine": "ghcr.io/me/mine:1"})
        assert image.uri == "ghcr.io/me/mine:1"
    finally:
        flyte.init()


def test_a_reference_that_is_a_uri_is_taken_as_it_is() -> None:
    assert Image.from_ref_name("registry.com/image:1") == Image.from_base("registry.com/image:1")


def test_tasks_carry_the_image_of_their_environment() -> None:
    env = flyte.TaskEnvironment("e", image=DEBIAN)

    @env.task
    def noop() -> None: ...

    assert noop.image is DEBIAN
