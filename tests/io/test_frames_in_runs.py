"""Data frames go from task to task, whichever library made them and whichever reads them."""

import pytest

from tests.conformance.program import Programs

HEAD = """
        import pandas as pd
        import polars as pl
        import pyarrow as pa
        from typing import Annotated
        from flyte.io import DataFrame
"""


def test_every_way_to_pass_a_pandas_frame(program: Programs) -> None:
    ran = program(f"""{HEAD}
        @env.task
        def extract() -> DataFrame:
            return DataFrame(pd.DataFrame({{"a": [1, 2, 3], "b": ["x", "y", None]}}))

        @env.task
        def transform(df: DataFrame) -> DataFrame:
            return DataFrame.from_df(df.to_pandas().assign(c=1.5))

        @env.task
        async def stored(df: flyte.DataFrame) -> DataFrame:
            return await DataFrame.from_local(await df.open(pd.DataFrame).all())

        @env.task
        def direct(df: pd.DataFrame) -> pd.DataFrame:
            return df[df.a > 1]

        @env.task
        def unwrapped(df: pd.DataFrame) -> DataFrame:
            return df

        @env.task
        def shape(df: DataFrame) -> str:
            return f"{{df.open(pd.DataFrame).all_sync().to_dict('list')}}"

        @env.task
        async def main() -> list[str]:
            first = await transform.aio(await stored(await extract.aio()))
            filtered = await direct.aio(first)
            again = await unwrapped.aio(filtered)
            return [await shape.aio(first), type(filtered).__name__, await shape.aio(again), again.format]
    """)
    all_rows, kind, some_rows, form = ran.result
    assert eval(all_rows, {"nan": None}) == {"a": [1, 2, 3], "b": ["x", "y", None], "c": [1.5, 1.5, 1.5]}
    assert eval(some_rows, {"nan": None}) == {"a": [2, 3], "b": ["y", None], "c": [1.5, 1.5]}
    assert (kind, form) == ("DataFrame", "parquet")


def test_frames_of_one_library_are_read_as_those_of_another(program: Programs) -> None:
    ran = program(f"""{HEAD}
        @env.task
        def to_arrow(df: pd.DataFrame) -> pa.Table:
            return pa.Table.from_pandas(df)

        @env.task
        def to_polars(table: pa.Table) -> pl.DataFrame:
            assert isinstance(table, pa.Table)
            return pl.from_arrow(table)

        @env.task
        def to_pandas(frame: pl.DataFrame) -> list[str]:
            reference = DataFrame(frame)
            kinds = [reference.to_pandas(), reference.to_arrow(), reference.to_polars()]
            assert [frame["a"].to_list()] * 3 == [list(kinds[0].a), kinds[1]["a"].to_pylist(), kinds[2]["a"].to_list()]
            return [type(kind).__module__.partition(".")[0] for kind in kinds]

        @env.task
        async def main() -> list[str]:
            return await to_pandas.aio(await to_polars.aio(await to_arrow.aio(pd.DataFrame({{"a": [1, 2]}}))))
    """)
    assert ran.result == ["pandas", "pyarrow", "polars"]


def test_only_the_columns_of_the_annotation_are_read_and_csv_is_written_on_request(program: Programs) -> None:
    ran = program(f"""{HEAD}
        @env.task
        def make() -> Annotated[DataFrame, "csv"]:
            return DataFrame(pd.DataFrame({{"a": [1, 2], "b": ["x", "y"], "c": [0.5, 1.5]}}))

        @env.task
        def narrow(df: Annotated[pd.DataFrame, {{"c": float, "a": int}}]) -> list[str]:
            return sorted(df.columns)

        @env.task
        def narrow_reference(df: Annotated[DataFrame, {{"b": str}}]) -> list[str]:
            return [*df.to_pandas().columns, *df.to_arrow().column_names, *df.to_polars().columns]

        @env.task
        async def main() -> tuple[list[str], list[str], list[str]]:
            df = await make.aio()
            names = [file.rsplit("/", 1)[1] for file in flyte.Dir(path=df.uri).walk()]
            return await narrow.aio(df), await narrow_reference.aio(df), [df.format, *names]
    """)
    assert ran.result == (["a", "c"], ["b", "b", "b"], ["csv", "data.csv"])


def test_frames_given_from_outside_reach_the_first_task(program: Programs) -> None:
    ran = program.start("""
import os
import flyte
import pandas as pd
from flyte.io import DataFrame

env = flyte.TaskEnvironment("outside")

@env.task
def main(direct: pd.DataFrame, wrapped: DataFrame, file: DataFrame) -> list[int]:
    return [len(direct), len(wrapped.to_pandas()), len(file.to_pandas())]

if __name__ == "__main__":
    frame = pd.DataFrame({"a": [1, 2, 3]})
    frame.to_csv("given.csv", index=False)
    given = DataFrame.from_existing_remote("given.csv", format="csv")
    run = flyte.with_runcontext(executor=os.environ["EXECUTOR"]).run(main, frame, DataFrame(frame), given)
    open("result", "w").write(repr(run.result))
""")
    assert ran.result == [3, 3, 3]


def test_a_file_of_a_frame_is_written_by_its_ending(program: Programs) -> None:
    ran = program(f"""{HEAD}
        from flyte.io import Dir, File

        @env.task
        def make() -> Dir:
            folder = Dir.new_remote()
            for i in range(2):
                pd.DataFrame({{"n": [i, i]}}).to_csv(os.path.join(folder.path, f"{{i}}.csv"), index=False)
            return folder

        @env.task
        def combine(folder: Dir) -> File:
            frames = [pd.read_csv(path) for path in folder.walk() if path.endswith(".csv")]
            return File.from_dataframe(pd.concat(frames), "processed_data.parquet")

        @env.task
        def read(file: File) -> list[int]:
            return [int(n) for n in pd.read_parquet(file.path)["n"]]

        @env.task
        async def main() -> list[int]:
            return await read.aio(await combine.aio(await make.aio()))
    """)
    assert ran.result == [0, 0, 1, 1]


def test_a_hash_function_names_the_content(program: Programs) -> None:
    ran = program(f"""{HEAD}
        from flyte.io import File, HashFunction

        by_length = HashFunction.from_fn(lambda frame: f"rows-{{len(frame)}}")
        by_size = HashFunction.from_fn(lambda data: f"bytes-{{len(data)}}")

        @env.task
        async def make() -> tuple[DataFrame, File, File]:
            open("five.txt", "w").write("12345")
            written = File.new_remote("w.txt", hash_method=by_size)
            async with written.open("wb") as stream:
                await stream.write(b"12")
                await stream.write(b"34")
            frame = await DataFrame.from_local(pd.DataFrame({{"a": [1, 2]}}), hash_method=by_length)
            return frame, await File.from_local("five.txt", hash_method=by_size), written

        @env.task
        async def main() -> list[str]:
            return [value.hash for value in await make()]
    """)
    assert ran.result == ["rows-2", "bytes-5", "bytes-4"]


@pytest.mark.parametrize("annotation", ["pd.DataFrame", "pl.DataFrame", "pa.Table", "DataFrame"])
def test_what_is_no_frame_is_refused_before_anything_runs(process_program: Programs, annotation: str) -> None:
    ran = process_program(f"""{HEAD}
        @env.task
        def child(df: {annotation}) -> None: ...

        @env.task
        async def main() -> str:
            try:
                await child.aio([1, 2])
            except TypeError as error:
                return str(error)
    """)
    assert "[1, 2]" in ran.result
    assert "DataFrame" in ran.result or "pyarrow.Table" in ran.result
