"""File, Dir and DataFrame as plain values: made, compared, copied, shown; and their literals."""

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import flyte
from flyte._core import read_literal
from flyte.io import DataFrame, Dir, EmptyDir, File, HashFunction
from flyte.io.errors import MissingFileError
from flyte.io.extend import (
    DataFrameDecoder,
    DataFrameEncoder,
    DataFrameTransformerEngine,
    StructuredDataset,
    StructuredDatasetMetadata,
    StructuredDatasetType,
    register_format,
)
from flyte.io.family import extension_for
from flyte.types.extension import Extension


def extension(annotation: Any) -> Extension:
    found = extension_for(annotation)
    assert found is not None
    return found


# --- values -------------------------------------------------------------------------------------------------------


def test_the_name_is_the_last_part_unless_it_is_given() -> None:
    assert File(path="a/b.txt").name == "b.txt"
    assert File(path="s3://bucket/a/b.txt").name == "b.txt"
    assert File(path="a/b.txt", name="c").name == "c"
    assert Dir(path="a/b/").name == "b"


def test_they_are_the_same_things_at_the_top_of_the_package() -> None:
    assert (flyte.File, flyte.Dir, flyte.DataFrame) == (File, Dir, DataFrame)


@pytest.mark.parametrize(
    "made", [File(path="x", hash="h"), Dir(path="x", format="f"), DataFrame(uri="x", format="csv")]
)
def test_they_are_compared_copied_pickled_and_shown_by_their_fields(made: Any) -> None:
    twin = pickle.loads(pickle.dumps(made))
    assert twin == made == copy.copy(made) == copy.deepcopy(made)
    assert hash(twin) == hash(made)
    assert eval(repr(made)) == made
    assert made != type(made)(**{("uri" if isinstance(made, DataFrame) else "path"): "y"})


def test_a_file_is_no_folder() -> None:
    assert File(path="x") != Dir(path="x")


def test_a_file_of_a_format_makes_files_of_it() -> None:
    assert File["csv"](path="x").format == "csv"  # type: ignore[misc]
    assert isinstance(File["csv"](path="x"), File)  # type: ignore[misc]
    assert File[bytes] is File
    assert pickle.loads(pickle.dumps(File["csv"](path="x"))) == File(path="x", format="csv")  # type: ignore[misc]


@pytest.mark.parametrize("kind", [File, Dir])
def test_a_path_must_be_one(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"path=\.\.\.\) takes a str or a path, got int 3"):
        kind(path=3)


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected a pandas.DataFrame, .*got list"):
        DataFrame([1])
    with pytest.raises(TypeError, match=r"DataFrame\(uri='x.parquet'\)"):
        DataFrame("x.parquet")


def test_an_empty_folder_is_nowhere_and_has_nothing(tmp_path: Path) -> None:
    empty = Dir.empty()
    assert isinstance(empty, EmptyDir)
    assert empty.is_empty
    assert empty.exists_sync()
    assert list(empty.walk()) == empty.list_files_sync() == []
    assert os.listdir(empty.download_sync(tmp_path / "x")) == []
    assert not Dir(path="x").is_empty


def test_items_of_a_folder_are_files_and_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    (item,) = Dir(path=tmp_path).walk()
    assert isinstance(item, File)
    assert isinstance(item, str)
    assert item == str(tmp_path / "a.csv") == item.path
    assert item == File(path=tmp_path / "a.csv")
    assert (item.name, item.format, item.endswith(".csv"), item.read(), Path(item).suffix) == (
        "a.csv",
        "",
        True,
        "1",
        ".csv",
    )
    assert pickle.loads(pickle.dumps(item)) == File(path=tmp_path / "a.csv")


def test_a_name_that_leads_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.txt").write_text("secret")
    with pytest.raises(ValueError, match="leads out of"):
        Dir(path=tmp_path / "in").get_file_sync("../out.txt")


# --- outside a run ------------------------------------------------------------------------------------------------


def test_outside_a_run_a_local_file_stays_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    assert File.from_local_sync(tmp_path / "x").path == str(tmp_path / "x")
    assert Dir.from_local_sync(tmp_path).path == str(tmp_path)
    assert File(path=tmp_path / "x").download_sync() == str(tmp_path / "x")


def test_what_is_not_there_is_a_value_error_with_its_path(tmp_path: Path) -> None:
    for make in (File.from_local_sync, Dir.from_local_sync):
        with pytest.raises(ValueError, match="none"):
            make(tmp_path / "none")
    with pytest.raises(MissingFileError, match="none"):
        File(path=tmp_path / "none").read()


async def test_from_local_is_awaited_in_async_code_and_may_be_in_sync_code(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    file = await File.from_local(tmp_path / "x")
    folder = await Dir.from_local(tmp_path)
    assert (type(file), type(folder)) == (File, Dir)
    program = (
        "import asyncio, sys; from flyte.io import File\n"
        "assert File.from_local(sys.argv[1]).read() == 'x'\n"
        "assert asyncio.run(File.from_local(sys.argv[1])).read() == 'x'\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "x")], check=True)


@pytest.mark.parametrize("make", [File.new_remote, File.named_remote, Dir.new_remote])
def test_a_place_in_the_run_needs_a_run(make: Any) -> None:
    with pytest.raises(ValueError, match="not inside a task"):
        make("x")


def test_files_are_made_of_text_bytes_and_compressed_streams(home: Path, tmp_path: Path) -> None:
    assert File.from_string("ä", "x.txt").read() == "ä"
    assert File.from_string(b"\xff").read("rb") == b"\xff"
    file = File(path=tmp_path / "x.gz")
    with file.open_sync("wb", compression="gzip") as stream:
        stream.write(b"packed")
    assert file.read("rb")[:2] == b"\x1f\x8b"
    with file.open_sync("rb", compression="gzip") as stream:
        assert stream.read() == b"packed"
    with pytest.raises(ValueError, match="'rar'"), file.open_sync("rb", compression="rar"):
        pass


@pytest.mark.parametrize("name", ["../../escaped.txt", "/escaped.txt", ".."])
def test_names_of_new_files_stay_inside(home: Path, name: str) -> None:
    assert Path(File.from_string("x", name).path).resolve().is_relative_to(home)


def test_a_download_goes_to_a_path_or_into_a_folder_and_may_be_changed(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    (tmp_path / "x").chmod(0o444)
    (tmp_path / "folder").mkdir()
    file = File(path=tmp_path / "x")
    assert file.download_sync(tmp_path / "y") == str(tmp_path / "y")
    assert file.download_sync(tmp_path / "folder") == str(tmp_path / "folder" / "x")
    assert os.stat(tmp_path / "y").st_mode & 0o200


# --- hashes -------------------------------------------------------------------------------------------------------


def test_a_hash_function_gets_all_bytes_at_once_and_frames_whole() -> None:
    function = HashFunction.from_fn(lambda data: repr(data))
    function.update(b"a")
    function.update(b"b")
    assert function.result() == "b'ab'"
    function.update([1])
    assert function.result() == "[1]"


def test_a_hash_must_be_text() -> None:
    with pytest.raises(TypeError, match="must return a str, got 0"):
        HashFunction(len).result()  # type: ignore[arg-type]


# --- literals -----------------------------------------------------------------------------------------------------


def test_a_file_is_a_blob_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("x")
    files = extension(File)
    literal = files.encode(File(path=path, format="txt", hash="known"))
    assert read_literal(literal) == {
        "blob": {"uri": str(path), "format": "txt", "multipart": False},
        "hash": "known",
    }
    assert files.decode(literal) == File(path=path, format="txt", hash="known")


def test_a_folder_is_a_multipart_blob_and_comes_back(tmp_path: Path) -> None:
    folders = extension(Dir)
    literal = folders.encode(Dir(path=tmp_path))
    assert read_literal(literal) == {"blob": {"uri": str(tmp_path), "format": "", "multipart": True}}
    assert folders.decode(literal) == Dir(path=tmp_path)


def test_remote_files_are_passed_as_they_are() -> None:
    files = extension(File)
    assert files.decode(files.encode(File(path="s3://bucket/x"))) == File(path="s3://bucket/x")


def test_a_stored_frame_is_a_structured_dataset_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    frames = extension(DataFrame)
    literal = frames.encode(DataFrame(uri=str(tmp_path / "x.csv"), format="csv"))
    dataset = read_literal(literal)["structured_dataset"]
    assert (dataset["uri"], dataset["format"]) == (str(tmp_path / "x.csv"), "csv")
    assert frames.decode(literal) == DataFrame(uri=str(tmp_path / "x.csv"), format="csv")


@pytest.mark.parametrize("kind", [File, Dir])
def test_inside_a_packed_value_they_are_their_fields(tmp_path: Path, kind: Any) -> None:
    (tmp_path / "x").write_text("x")
    made = kind(path=tmp_path / "x" if kind is File else tmp_path)
    packed = extension(kind).pack(made)
    assert packed == {"path": made.path, "name": made.name, "format": "", "hash": None}
    assert extension(kind).unpack(packed) == made


@pytest.mark.parametrize("annotation", [int, str, list, object, Path])
def test_other_types_are_none_of_its_business(annotation: Any) -> None:
    assert extension_for(annotation) is None


def test_all_of_them_do_io() -> None:
    assert extension(File).does_io
    assert extension(Dir).does_io
    assert extension(DataFrame).does_io


# --- frames: other formats ----------------------------------------------------------------------------------------


class Rows(list[int]):
    """A frame of a library of its own."""


def test_a_format_is_taught_by_two_functions(home: Path) -> None:
    register_format(
        "rows",
        Rows,
        write=lambda rows, file: file.write_text("\n".join(map(str, rows))),
        read=lambda file, columns: Rows(map(int, file.read_text().split())),
    )
    stored = DataFrame(Rows([1, 2]), format="rows").stored()
    assert (stored.format, stored.open(Rows).all_sync()) == ("rows", Rows([1, 2]))
    frames = extension(Rows)
    with pytest.raises(ValueError, match="has no format 'parquet' here; it has rows"):
        frames.encode(Rows([3]))


def test_a_format_without_functions_is_refused() -> None:
    with pytest.raises(ValueError, match="give read="):
        register_format("nothing", Rows)


class Table(list[int]):
    """A frame that an encoder writes."""


def test_encoders_and_decoders_are_registered_by_class_and_format(home: Path) -> None:
    class Encoder(DataFrameEncoder[Table]):
        async def encode(
            self, dataframe: DataFrame, structured_dataset_type: StructuredDatasetType
        ) -> StructuredDataset:
            Path(str(dataframe.uri), "00000").write_text(repr(list(dataframe.val)))
            return StructuredDataset(str(dataframe.uri), StructuredDatasetMetadata(structured_dataset_type))

    class Decoder(DataFrameDecoder[Table]):
        async def decode(
            self, flyte_value: StructuredDataset, current_task_metadata: StructuredDatasetMetadata
        ) -> Table:
            return Table(eval(Path(flyte_value.uri, "00000").read_text()))

    DataFrameTransformerEngine.register(Encoder(Table, supported_format="parquet"))
    DataFrameTransformerEngine.register(Decoder(Table, supported_format="parquet"))
    tables = extension(Table)
    assert tables.decode(tables.encode(Table([1, 2]))) == Table([1, 2])


# --- fields of pydantic models ------------------------------------------------------------------------------------


def test_they_are_fields_of_pydantic_models(tmp_path: Path) -> None:
    pydantic = pytest.importorskip("pydantic")
    (tmp_path / "x").write_text("x")
    model = pydantic.create_model("Model", file=(File, ...), folder=(Dir, ...), frame=(DataFrame, ...))
    made = model(
        file=File(path=tmp_path / "x"), folder={"path": str(tmp_path)}, frame=DataFrame(uri=str(tmp_path / "x"))
    )
    assert made.folder == Dir(path=tmp_path)
    assert model.model_validate_json(made.model_dump_json()).file == File(path=tmp_path / "x")
    assert made.model_dump()["file"] is made.file
    schema = model.model_json_schema()
    assert schema["properties"]["file"]["x-flyte-type"] == "file"
    with pytest.raises(pydantic.ValidationError, match="expected File, got int 3"):
        model(file=3, folder=made.folder, frame=made.frame)
