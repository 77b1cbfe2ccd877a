"""The project file: where it is found, what it says, and what is wrong with it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flyte_cli.settings.document import Unchangeable, with_value, without
from flyte_cli.settings.project import BrokenProject, ProjectFile, find_project, project_at, project_of, read_toml
from flyte_cli.settings.project_schema import SCHEMA, schema_at, schema_text
from flyte_cli.settings.toml_lines import lines_of
from tests.cli.schema import SCHEMAS

TEXT = """\
# ours
source_root = "src"
default_file = "src/etl.py"
include = [
  "data/*.csv",  # small ones
]
unknwon = 1

[inputs]
bucket = "b"

[entries.nightly]  # every night
task = "main"
inputs = { day = "today" }

[environments.etl]
resources.cpu = 2
env_vars = { A = "1" }
"""


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"flyte.toml": ""}, "flyte.toml"),
        ({"pyproject.toml": "[tool.flyte]"}, "pyproject.toml"),
        ({"flyte.toml": "", "pyproject.toml": "[tool.flyte]"}, "flyte.toml"),
        ({"a/pyproject.toml": "[project]\nname = 'flyte-x'", "flyte.toml": ""}, "flyte.toml"),
        ({"a/b/flyte.toml": "", "flyte.toml": ""}, "a/b/flyte.toml"),
        ({"a/pyproject.toml": "[ tool . 'flyte' ]", "flyte.toml": ""}, "a/pyproject.toml"),
    ],
)
def test_the_nearest_project_file_counts(tmp_path: Path, files: dict[str, str], found: str) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    project = find_project(str(tmp_path / "a" / "b"))
    assert project is not None
    assert project.file == tmp_path / found


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "flyte.toml").write_text(TEXT)
    (tmp_path / "deeper").mkdir()
    project = project_at(str(tmp_path / "deeper"))
    assert project is not None
    assert (project.source_root, project.default_file) == (tmp_path / "src", tmp_path / "src" / "etl.py")
    assert project.include == (f"{tmp_path}/data/*.csv",)


def test_unknown_keys_are_warned_of_with_line_and_near_miss(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.flyte]\nsource_rot = 'x'\n\n[tool.flyte.environments.e]\nqueeu = 'x'\nresources = { cpus = 1 }\n"
        "[tool.flyte.entries.n]\nzzz = 1\n"
    )
    project = project_at(str(tmp_path))
    assert project is not None
    assert project.warnings(str(tmp_path)) == [
        "pyproject.toml:2: unknown key `source_rot`, did you mean `source_root`?",
        "pyproject.toml:5: unknown key `environments.e.queeu`, did you mean `queue`?",
        "pyproject.toml:6: unknown key `environments.e.resources.cpus`, did you mean `cpu`?",
        "pyproject.toml:8: unknown key `entries.n.zzz`: there are description, file, task, inputs",
    ]
    assert project.environments == {"e": {"resources": {}}}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("default_file = 1\n", "`default_file` takes a text, got `1`", 1),
        ("\ninclude = ['a', 2]\n", "`include` takes a list of texts, got `2` in it", 2),
        ("[environments.e]\ncache = 'atuo'", ("`environments.e.cache` takes auto, override, disable, got "
         "`atuo`, did you mean `auto`?"), 2),
        ("[environments.e]\nmax_concurrency = -1", "`environments.e.max_concurrency` is 0 or more, got -1", 2),
        ("[environments.e]\ninterruptible = 1", "`environments.e.interruptible` takes true or false, got `1`", 2),
        ("[environments]\ne = 'x'", "`environments.e` takes a table, got `x`", 2),
        ("a = 1\nb = [\n", "flyte.toml is not valid TOML: invalid value", 2),
        ("a = \n", "flyte.toml is not valid TOML: invalid value", 1),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, text: str, message: str, line: int) -> None:
    (tmp_path / "flyte.toml").write_text(text)
    with pytest.raises(BrokenProject) as caught:
        project_at(str(tmp_path))
    assert caught.value.message == message
    assert caught.value.places[0].where == f"flyte.toml:{line}"


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "flyte.toml").write_text("default_file = 1\ndefault_task = 2\n")
    with pytest.raises(BrokenProject, match="2 problems") as caught:
        project_at(str(tmp_path))
    assert [where for where, _ in caught.value.details] == ["flyte.toml:1", "flyte.toml:2"]


def test_a_project_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "flyte.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenProject, match="not UTF-8"):
        project_at(str(tmp_path))


def test_the_schema_in_schemas_is_what_the_code_says() -> None:
    assert (SCHEMAS / "project.schema.json").read_text() == schema_text()


def test_every_key_of_the_schema_says_what_it_is_for() -> None:
    def undescribed(schema: dict[str, Any], at: str) -> list[str]:
        inner = [(f"{at}.{name}", each) for name, each in schema.get("properties", {}).items()]
        missing = [name for name, each in inner if not each.get("description")]
        return missing + [found for name, each in inner for found in undescribed(each, name)]

    assert undescribed(SCHEMA, "") == []


@pytest.mark.parametrize(
    ("path", "there"),
    [("default_task", True), ("entries.x.task", True), ("inputs.a.b", True), ("environments.e.resources.cpu", True),
     ("entries.x.tsak", False), ("default_task.x", False)],
)  # fmt: skip
def test_the_schema_is_asked_by_path(path: str, there: bool) -> None:
    assert (schema_at(tuple(path.split("."))) is not None) == there


def test_lines_of_keys_are_found_through_comments_lists_and_inline_tables() -> None:
    lines = lines_of(TEXT + 'text = """\n[no] \nx = 1\n"""\n["a b"."c.d"]\ny = 1\n', read_toml)
    assert lines["source_root",] == 2
    assert lines["include",] == 4
    assert lines["entries", "nightly", "inputs", "day"] == 14
    assert lines["environments", "etl", "resources", "cpu"] == 17
    assert lines["environments", "etl", "text"] == 19
    assert lines["a b", "c.d", "y"] == 24
    assert ("no",) not in lines


def test_a_value_is_changed_and_comments_and_order_stay() -> None:
    after = with_value(TEXT, ("default_file",), "x.py")
    assert after == TEXT.replace('"src/etl.py"', '"x.py"')
    assert with_value(TEXT, ("entries", "nightly", "task"), "m") == TEXT.replace('"main"', '"m"')
    assert read_toml(with_value(TEXT, ("environments", "new", "queue"), "q"))["environments"]["new"] == {"queue": "q"}
    assert with_value("", ("tool", "flyte", "default_task"), "m") == '[tool.flyte]\ndefault_task = "m"\n'


def test_a_value_is_removed_with_tables_that_become_empty() -> None:
    assert without(TEXT, ("inputs", "bucket")) == TEXT.replace('[inputs]\nbucket = "b"\n\n', "")
    assert without(TEXT, ("inputs", "x")) is None
    assert without(TEXT, ("no", "x")) is None


def test_what_is_no_table_is_not_changed() -> None:
    with pytest.raises(Unchangeable, match="`default_file` is no table"):
        with_value(TEXT, ("default_file", "x"), "y")


NAMES = st.sampled_from([*SCHEMA["properties"], "e", "resources", "inputs", "file", "cpu", "other"])
PLAIN = st.sampled_from(["x", 1, -1, 0.5, True, [], ["a"], [1], {}])
VALUES = st.one_of(
    PLAIN, st.dictionaries(NAMES, st.one_of(PLAIN, st.dictionaries(NAMES, PLAIN, max_size=2)), max_size=2)
)


@given(st.dictionaries(NAMES, VALUES, max_size=3))
def test_whatever_stands_in_a_project_file_is_used_or_told(content: dict[str, Any]) -> None:
    found = ProjectFile(Path("/p/flyte.toml"), (), "", content)
    told = set()
    with suppress(BrokenProject):
        told = {each.path for each in project_of(found, "/p").unknown}
        assert told >= {(name,) for name in content if name not in SCHEMA["properties"]}
    assert told or set(content) <= set(SCHEMA["properties"]) or broken(found)


def broken(found: ProjectFile) -> bool:
    try:
        project_of(found, "/p")
    except BrokenProject as error:
        return bool(error.places or error.details)
    return False
