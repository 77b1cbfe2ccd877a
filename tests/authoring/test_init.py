"""`flyte.init` and the config file: what is said where, and what is said back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import flyte
from flyte import config
from flyte.initialize import settings
from tests.authoring.fakes import FakeHost, inside


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder and a home without config files, and nothing said to `init`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("FLYTE_TASK_PROJECT", "FLYTE_TASK_DOMAIN", "FLYTE_TASK_ORG", "UCTL_CONFIG", "FLYTECTL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    flyte.init()
    yield
    flyte.init()


def test_a_project_that_nobody_named_is_an_error() -> None:
    for ask, code in ((flyte.current_project, "ProjectNotInitialized"), (flyte.current_domain, "DomainNotInitialized")):
        with pytest.raises(flyte.errors.InitializationError, match=r"call flyte\.init\(") as caught:
            ask()
        assert caught.value.code == f"{code}Error"


def test_init_names_project_and_domain() -> None:
    flyte.init(project="p", domain="d")
    assert (flyte.current_project(), flyte.current_domain()) == ("p", "d")


def test_inside_an_action_its_own_project_counts() -> None:
    flyte.init(project="p")
    with inside(FakeHost(), project="other"):
        assert flyte.current_project() == "other"


def test_init_can_be_awaited() -> None:
    asyncio.run(flyte.init.aio(project="p"))
    assert flyte.current_project() == "p"
    asyncio.run(flyte.init_from_config.aio(project="q"))
    assert flyte.current_project() == "q"


def test_init_takes_what_backends_need() -> None:
    flyte.init(endpoint="dns:///here", org="o", insecure=True, image_builder="local")
    assert (settings().endpoint, settings().org) == ("dns:///here", "o")
    with pytest.raises(TypeError, match="colour"):
        flyte.init(colour="red")  # type: ignore[call-arg]


def test_no_config_anywhere_is_fine() -> None:
    flyte.init_from_config()
    assert config.auto().source is None


def test_a_config_that_was_named_must_be_there() -> None:
    with pytest.raises(flyte.errors.InitializationError, match=r"no config file nope\.yaml") as caught:
        flyte.init_from_config("nope.yaml")
    assert caught.value.code == "ConfigFileNotFoundError"
    with pytest.raises(FileNotFoundError):
        config.auto("nope.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "task:\n  project: p\n  domain: d\n  org: o\nadmin:\n  endpoint: e\n",
        "project: p\ndomain: d\norg: o\nendpoint: e\n",
    ],
    ids=["sections", "flat"],
)
def test_both_shapes_of_config_are_read(text: str) -> None:
    pytest.importorskip("yaml")
    Path("config.yaml").write_text(text)
    wanted = config.Config(
        config.PlatformConfig(endpoint="e"), config.TaskConfig("o", "p", "d"), source=Path.cwd() / "config.yaml"
    )
    assert config.auto() == wanted.with_params(image=config.ImageConfig("local"))


def test_arguments_win_over_variables_and_variables_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("yaml")
    Path("my.yaml").write_text("task: {project: file, domain: file, org: file}")
    monkeypatch.setenv("FLYTE_TASK_PROJECT", "variable")
    monkeypatch.setenv("FLYTE_TASK_DOMAIN", "variable")
    flyte.init_from_config("my.yaml", domain="argument")
    assert (settings().org, settings().project, settings().domain) == ("file", "variable", "argument")


def test_variables_count_without_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_TASK_PROJECT", "variable")
    flyte.init_from_config()
    assert flyte.current_project() == "variable"


@pytest.mark.parametrize("text", ["a: [", "- 1\n- 2\n"])
def test_a_config_that_is_not_one_is_an_error(text: str) -> None:
    pytest.importorskip("yaml")
    Path("config.yaml").write_text(text)
    with pytest.raises(flyte.errors.InitializationError, match=r"config\.yaml"):
        flyte.init_from_config()


def test_an_empty_config_is_fine() -> None:
    pytest.importorskip("yaml")
    Path("config.yaml").write_text("")
    assert config.auto().task.project is None


def test_the_nearest_config_wins(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    found = [str(place) for place in config.places({"HOME": "/h", "UCTL_CONFIG": "/u.yaml"})]
    assert found == [
        f"{tmp_path}/config.yaml",
        f"{tmp_path}/.flyte/config.yaml",
        f"{tmp_path}/.flyte/config.yaml",
        "/u.yaml",
        "/h/.union/config.yaml",
        "/h/.flyte/config.yaml",
    ]
