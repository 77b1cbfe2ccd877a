"""Inputs that come from files, from standard input, from earlier runs, and references to data that must be there."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flyte_cli.errors import WrongInputs
from flyte_cli.inputs.bind import Before
from flyte_cli.inputs.interface import Interface, interface_of
from tests.cli.input_types import Cfg, around, given, of


def task(cfg: Cfg, tags: list[str], depth: int = 2, X_max: int | None = 1) -> None: ...


def interface() -> Interface:
    return interface_of(task, "task")


def problems(*words: str, before: Before, where: Any = None) -> dict[str, str]:
    with pytest.raises(WrongInputs) as caught:
        given(interface(), *words, where=where, before=before)
    return dict(caught.value.details)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("in.json", '{"cfg": {"lr": 1}, "tags": ["a"], "depth": 5, "X_max": null}'),
        ("in.yaml", "cfg: {lr: 1}\ntags: [a]\ndepth: 5\nX-max:\n"),
        ("in.toml", 'tags = ["a"]\ndepth = 5\nX_max = 1\n[cfg]\nlr = 1\n'),
    ],
)
def test_all_inputs_may_come_from_a_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    got = given(interface(), where=around(tmp_path), before=Before((name,)))
    assert got.pop("X_max") in (None, 1)
    assert got == {"cfg": Cfg(lr=1.0), "tags": ["a"], "depth": 5}


def test_the_words_win_over_the_file_and_fields_change_what_it_says() -> None:
    document = '{"cfg": {"lr": 1, "epochs": 7}, "tags": ["a"], "depth": 5}'
    got = given(interface(), "--depth", "6", "--cfg.lr", "2", "--tags", "b", before=Before((document,)))
    assert got == {"cfg": Cfg(lr=2.0, epochs=7), "tags": ["b"], "depth": 6}


def test_a_later_file_wins_over_an_earlier_one() -> None:
    before = Before(('{"cfg": {}, "tags": [], "depth": 5}', '{"depth": 6}'))
    assert given(interface(), before=before)["depth"] == 6


def test_a_document_may_come_on_standard_input() -> None:
    got = given(interface(), where=around(stdin=b"cfg: {}\ntags: [a]\n"), before=Before(("-",)))
    assert got == {"cfg": Cfg(), "tags": ["a"]}


def test_values_of_an_earlier_run_are_kept_where_nothing_else_is_said() -> None:
    earlier = {"cfg": Cfg(epochs=9), "tags": ["a"], "depth": 4}
    before = Before(('{"depth": 5}',), earlier)
    assert given(interface(), "--cfg.lr", "2", before=before) == {
        "cfg": Cfg(lr=2.0, epochs=9),
        "tags": ["a"],
        "depth": 5,
    }
    assert earlier["cfg"] == Cfg(epochs=9)


def test_everything_wrong_in_a_document_comes_with_everything_wrong_in_the_words() -> None:
    before = Before(('{"cfg": {"lrr": 1}, "dpeth": 1, "depth": "x"}',))
    assert problems("--tgas", "a", before=before) == {
        "--tgas": "no such input, did you mean --tags?",
        "--inputs": "no input `dpeth`, which the document has, did you mean `depth`?",
        "--cfg": "no field `lrr` in Cfg, did you mean `lr`? (in the document)",
        "--tags": "missing: text, repeat or JSON, for example --tags a --tags b",
        "--depth": 'an int is needed, got `"x"` (in the document)',
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zzz", "no file `zzz`"),
        ("list.json", "`list.json` should hold names and values of inputs"),
    ],
)
def test_a_file_that_holds_no_inputs_is_named(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "list.json").write_text("[]")
    found = problems("--cfg", "{}", "--tags", "a", before=Before((name,)), where=around(tmp_path))
    assert found == {"--inputs": message}


# --- data: classes that are where those of flyte.io are, with what the parser uses of them


@dataclass(frozen=True)
class File:
    path: str

    def exists_sync(self) -> bool:
        if self.path.startswith("gs://"):
            raise PermissionError("no credentials")
        return not self.path.endswith("nosuch")


@dataclass(frozen=True)
class Dir:
    path: str


@dataclass(frozen=True)
class DataFrame:
    uri: str
    format: str

    @classmethod
    def from_existing_remote(cls, path: str, format: str) -> "DataFrame":
        return cls(path, format)


for each in (File, Dir, DataFrame):
    each.__module__ = f"flyte.io.{each.__name__.lower()}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for name in ("a.csv", "b.parquet", "c.csv.gz", "d.json"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("hint", "text", "value"),
    [
        (File, "a.csv", File("HERE/a.csv")),
        (File, "sub/../a.csv", File("HERE/a.csv")),
        (File, "file://HERE/a.csv", File("HERE/a.csv")),
        (File, "s3://bucket/a.csv", File("s3://bucket/a.csv")),
        (File | None, "none", None),
        (File | None, "a.csv", File("HERE/a.csv")),
        (Dir, "sub", Dir("HERE/sub")),
        (Dir, "s3://bucket/sub", Dir("s3://bucket/sub")),
        (DataFrame, "a.csv", DataFrame("HERE/a.csv", "csv")),
        (DataFrame, "b.parquet", DataFrame("HERE/b.parquet", "parquet")),
        (DataFrame, "c.csv.gz", DataFrame("HERE/c.csv.gz", "csv")),
        (DataFrame, "sub", DataFrame("HERE/sub", "parquet")),
        (DataFrame, "s3://bucket/x.csv", DataFrame("s3://bucket/x.csv", "csv")),
        (list[File], "d.json", [File("HERE/d.json")]),
        (dict[str, File], '{"x": "a.csv"}', {"x": File("HERE/a.csv")}),
        (dict[str, File], '{"x": {"path": "a.csv"}}', {"x": File("HERE/a.csv")}),
    ],
    ids=repr,
)
def test_data_is_given_by_its_path_or_address(folder: Path, hint: Any, text: str, value: Any) -> None:
    got = given(of(hint), "--x", text.replace("HERE", str(folder)), where=around(folder))
    assert repr(got).replace(str(folder), "HERE") == repr({"x": value})


@pytest.mark.parametrize(
    ("hint", "text", "message"),
    [
        (File, "a.cvs", "no file `a.cvs`, did you mean `a.csv`?"),
        (File, "sub", "`sub` is a folder, no file"),
        (File, "s3://bucket/nosuch", "nothing at `s3://bucket/nosuch`"),
        (File, "gs://bucket/a", "cannot look at `gs://bucket/a`: no credentials"),
        (File, "-", "a File cannot come from standard input: give its path"),
        (Dir, "subb", "no folder `subb`, did you mean `sub`?"),
        (Dir, "a.csv", "`a.csv` is no folder"),
        (DataFrame, "zzz", "no file `zzz`"),
        (list[File], "[1]", "at `[0]`: a path or URI of a File is needed, got `1`"),
        (list[File], '["nosuch"]', "at `[0]`: no file `nosuch`"),
    ],
    ids=repr,
)
def test_data_that_is_not_there_is_told_before_the_run(folder: Path, hint: Any, text: str, message: str) -> None:
    with pytest.raises(WrongInputs) as caught:
        given(of(hint), "--x", text, where=around(folder))
    assert caught.value.details == (("--x", message),)
