"""Which value a setting has, where it comes from, and what it hides."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flyte.settings.files import BrokenConfig
from flyte.settings.keys import KEYS, Key, key_named
from flyte.settings.resolve import Origin, Resolved, Value, resolve

Resolve = Callable[..., Resolved]

SECTIONS = """\
admin:
  endpoint: dns:///acme.example
  insecure: true
  authType: Pkce
image:
  builder: local
  image_refs:
    base: ghcr.io/acme/base:1
task:
  org: acme
  project: flytesnacks
  domain: development
"""
FLAT = """\
endpoint: dns:///acme.example
insecure: true
auth:
  type: pkce
org: acme
project: flytesnacks
domain: development
image:
  builder: local
  image_refs: {base: "ghcr.io/acme/base:1"}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def resolved(here: Path) -> Resolve:
    def call(text: str | None = None, variables: dict[str, str] | None = None, **how: object) -> Resolved:
        if text is not None:
            (here / "config.yaml").write_text(text)
        return resolve({"HOME": str(here / "home")} | (variables or {}), here, **how)  # type: ignore[arg-type]

    return call


@pytest.mark.parametrize("text", [SECTIONS, FLAT], ids=["sections", "flat"])
def test_both_shapes_of_config_say_the_same(resolved: Resolve, text: str) -> None:
    found = resolved(text)
    assert {each.key.name: each.value for each in found.settings if each.origin.kind == "file"} == {
        "endpoint": "dns:///acme.example",
        "insecure": True,
        "auth.type": "Pkce",
        "org": "acme",
        "project": "flytesnacks",
        "domain": "development",
        "image.builder": "local",
        "image.image_refs": {"base": "ghcr.io/acme/base:1"},
    }
    assert found.unknown == ()


def test_the_config_of_the_readme_is_read(resolved: Resolve) -> None:
    snippet = Path(__file__).parents[1] / "seeds" / "snippets" / "1_sdk_readme_11.yaml"
    found = resolved(snippet.read_text())
    assert found.unknown == ()
    assert [found.value(name) for name in ("endpoint", "project", "domain", "image.registry", "auth.type")] == [
        "https://my-flyte-instance.com",
        "ml-team",
        "production",
        "ghcr.io/my-org",
        "Pkce",
    ]


def test_options_win_over_variables_they_over_the_profile_and_that_over_the_rest_of_the_file(
    resolved: Resolve, here: Path
) -> None:
    text = "task:\n  project: file\nprofiles:\n  staging:\n    task:\n      project: profile\n"
    variables = {"FLYTE_TASK_PROJECT": "variable"}
    found = resolved(text, variables, profile="staging", options={"project": ("--project", "option")})
    file = str(here / "config.yaml")
    project = found.setting("project")
    assert (project.value, project.origin) == ("option", Origin("option", "--project"))
    assert project.hides == (
        Value("variable", Origin("variable", "FLYTE_TASK_PROJECT")),
        Value("profile", Origin("file", file, 6, "staging")),
        Value("file", Origin("file", file, 2)),
    )


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_variable_of_every_setting_counts_without_a_file(resolved: Resolve, key: Key) -> None:
    text, value = {
        "text": ("x", "x"),
        "flag": ("false", False),
        "words": ('["a", "b c"]', ("a", "b c")),
        "table": ("a=b", {"a": "b"}),
        "auth": ("device-flow", "DeviceFlow"),
    }[key.kind]
    assert key.known_variables()
    for variable in key.known_variables():
        found = resolved(None, {variable: text}).setting(key.name)
        assert (found.value, found.origin) == (value, Origin("variable", variable))


@pytest.mark.parametrize(
    ("text", "value"), [("false", False), ("False", False), ("0", False), ("no", False), ("true", True), ("1", True)]
)
def test_booleans_of_variables_are_booleans(resolved: Resolve, text: str, value: bool) -> None:
    assert resolved(None, {"FLYTE_ADMIN_INSECURE": text}).value("insecure") is value


def test_an_empty_variable_and_a_null_are_not_there(resolved: Resolve) -> None:
    assert resolved("task:\n  project:\n", {"FLYTE_TASK_PROJECT": ""}).setting("project").origin.kind == "default"


@pytest.mark.parametrize("text", ["007", "on", "1e3", "2024-01-01", "a: b"])
def test_texts_are_what_is_written(resolved: Resolve, text: str) -> None:
    written = f'"{text}"' if ":" in text else text
    assert resolved(f"project: {written}\n").value("project") == text


@pytest.mark.parametrize(
    ("text", "key", "guess"),
    [
        ("endpiont: x\n", "endpiont", "endpoint"),
        ("task:\n  projct: x\n", "task.projct", "task.project"),
        ("tsak:\n  project: x\n", "tsak", "task"),
        ("profiles:\n  a:\n    task:\n      dommain: x\n", "task.dommain", "task.domain"),
        ("project: p\nlogger:\n  level: 0\n", "logger", None),
    ],
)
def test_unknown_keys_are_told_with_line_and_near_miss(
    resolved: Resolve, text: str, key: str, guess: str | None
) -> None:
    (unknown,) = resolved(text).unknown
    lines = text.splitlines()
    assert (unknown.key, unknown.guess) == (key, guess)
    assert key.rpartition(".")[2] in lines[unknown.line - 1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("task:\n  project: p\n bad: [\n", 3),
        ("a: 1\n\tb: 2\n", 2),
        ("- 1\n- 2\n", 1),
        ("admin:\n  insecure: maybe\n", 2),
        ("project: p\nauth:\n  type: magic\n", 3),
        ("project: x\ntask: p\n", 2),
        ("task:\n  project: [a]\n", 2),
        ("profile: prod\n", 1),
        ("a: b\nc: \x07\n", 2),
    ],
)
def test_a_broken_file_is_told_with_its_line(resolved: Resolve, here: Path, text: str, line: int) -> None:
    with pytest.raises(BrokenConfig) as caught:
        resolved(text)
    assert (caught.value.file, caught.value.line) == (here / "config.yaml", line)
    assert str(caught.value).startswith(f"{here / 'config.yaml'}:{line}: ")


def test_a_file_that_is_no_text_is_told(resolved: Resolve, here: Path) -> None:
    (here / "config.yaml").write_bytes(b"\xff\xfe\0")
    with pytest.raises(BrokenConfig, match="UTF-8"):
        resolved()


def test_a_bad_variable_is_named(resolved: Resolve) -> None:
    with pytest.raises(BrokenConfig, match="the variable `FLYTE_ADMIN_INSECURE` cannot be `maybe`"):
        resolved(None, {"FLYTE_ADMIN_INSECURE": "maybe"})


PROFILES = "project: p\nprofile: staging\nprofiles:\n  staging: {project: s}\n  prod: {project: x}\n"


@pytest.mark.parametrize(
    ("variables", "asked", "project"),
    [({}, None, "s"), ({"FLYTE_PROFILE": "prod"}, None, "x"), ({"FLYTE_PROFILE": "prod"}, "staging", "s")],
    ids=["the file's own", "the variable's", "the option's"],
)
def test_a_profile_is_chosen_by_option_variable_or_file(
    resolved: Resolve, variables: dict[str, str], asked: str | None, project: str
) -> None:
    found = resolved(PROFILES, variables, profile=asked)
    assert (found.value("project"), found.profiles) == (project, ("staging", "prod"))


def test_an_unknown_profile_is_told_with_the_near_miss(resolved: Resolve) -> None:
    with pytest.raises(BrokenConfig, match=r"no profile `prd` \(--profile\): did you mean `prod`\?"):
        resolved(PROFILES, profile="prd")
    with pytest.raises(BrokenConfig, match=r"no profile `x` \(\$FLYTE_PROFILE\): there is no config file"):
        resolve({"FLYTE_PROFILE": "x", "HOME": "/nowhere"}, Path("/"))


def test_the_first_file_is_read_and_the_others_are_told(resolved: Resolve, here: Path) -> None:
    (here / ".flyte").mkdir()
    (here / ".flyte" / "config.yaml").write_text("domain: hidden")
    found = resolved("project: p\n")
    assert found.value("domain") is None
    states = {place.file.relative_to(here).as_posix(): place.state for place in found.places}
    assert states == {
        "config.yaml": "read",
        ".flyte/config.yaml": "hidden",
        "home/.union/config.yaml": "absent",
        "home/.flyte/config.yaml": "absent",
    }


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("model:\n  layers: 3\nseed: 1\n", "foreign"),
        ("project: {name: x}\nimage: python:3\n", "foreign"),
        ("", "read"),
        ("prject: x\n", "read"),
        ("admn:\n  endpoint: x\n", "read"),
        ("profiles: {}\n", "read"),
    ],
)
def test_the_config_yaml_of_another_program_is_passed_over(
    resolved: Resolve, here: Path, text: str, state: str
) -> None:
    (here / ".flyte").mkdir()
    (here / ".flyte" / "config.yaml").write_text("domain: ours\n")
    found = resolved(text)
    assert [place.state for place in found.places[:2]] == [state, "read" if state == "foreign" else "hidden"]
    assert (found.value("domain") == "ours") == (state == "foreign")


def test_spellings_with_dashes_and_underscores_are_the_same_setting() -> None:
    assert key_named("admin.ca-cert-file-path") is key_named("admin.caCertFilePath") is not None
    assert key_named("auth.clientId") is key_named("admin.client_id") is not None


@given(
    st.dictionaries(
        st.sampled_from([key.place for key in KEYS if key.kind == "text"]), st.text("ab#:- '\"7", min_size=1)
    )
)
def test_what_is_written_to_a_file_is_what_is_read(values: dict[str, str]) -> None:
    import tempfile

    import yaml

    sections: dict[str, dict[str, str]] = {}
    for place, text in values.items():
        section, _, name = place.partition(".")
        sections.setdefault(section, {})[name] = text
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.yaml").write_text(yaml.safe_dump(sections))
        found = resolve({"HOME": folder}, Path(folder))
    assert {each.key.place: each.value for each in found.settings if each.origin.kind == "file"} == values
