"""Data that is gone or broken: the error names the file, who made it, and the cause."""

from tests.conformance.program import Programs


def test_a_missing_input_is_an_error_before_the_run_starts(program: Programs) -> None:
    ran = program.start("""
import os
import flyte
from flyte.io import DataFrame, Dir, File

env = flyte.TaskEnvironment("missing")

@env.task
def file(x: File) -> None: ...

@env.task
def folder(x: Dir) -> None: ...

@env.task
def frame(x: DataFrame) -> None: ...

found = []
if __name__ == "__main__":
    runner = flyte.with_runcontext(executor=os.environ["EXECUTOR"])
    for task, value in [(file, File(path="none.txt")), (folder, Dir(path="none")), (frame, DataFrame(uri="none.csv")),
                        (file, File(path=".")), (folder, Dir(path="program.py"))]:
        try:
            runner.run(task, value)
        except (OSError, TypeError, ValueError) as error:
            found.append(str(error))
    open("result", "w").write(repr([found, os.path.exists("home/runs")]))
""")
    found, has_runs = ran.result
    assert [text for text in found if "x" in text] == found
    for text, part in zip(found, ["none.txt", "none", "none.csv", "Dir(path=...)", "File(path=...)"], strict=True):
        assert part in text
    assert not has_runs


def test_a_result_that_is_not_there_fails_its_task(program: Programs) -> None:
    ran = program("""
        import tempfile
        from flyte.io import File

        @env.task
        def make() -> File:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "lost.txt")
                open(path, "w").write("x")
                return File(path=path)

        @env.task
        async def main() -> str:
            try:
                await make.aio()
            except Exception as error:
                return str(error)
    """)
    assert "lost.txt" in ran.result


def test_a_file_that_is_gone_says_which_action_of_which_run_made_it(process_program: Programs) -> None:
    ran = process_program.start("""
import os, shutil
import flyte
from flyte.io import File

env = flyte.TaskEnvironment("gone")

@env.task
def make() -> File:
    return File.from_string("x", "x.txt")

if __name__ == "__main__":
    runner = flyte.with_runcontext(executor="process", name="maker")
    file = runner.run(make).result
    found = []
    os.chmod(file.path, 0o644)
    os.remove(file.path)
    for _ in range(2):
        try:
            file.read()
        except FileNotFoundError as error:
            found.append(str(error))
        shutil.rmtree("home/runs/maker", ignore_errors=True)
    open("result", "w").write(repr(found))
""")
    one_file, whole_run = ran.result
    assert "x.txt is gone: action make (a0) of run maker made it" in one_file
    assert "run maker made it, and that run's folder was deleted" in whole_run


def test_broken_data_names_the_file_the_action_and_the_cause(process_program: Programs) -> None:
    ran = process_program("""
        import pandas as pd
        from typing import Annotated
        from flyte.io import DataFrame

        @env.task
        def truncated() -> DataFrame:
            folder = flyte.Dir.new_remote("cut").path
            pd.DataFrame({"a": range(1000)}).to_parquet(os.path.join(folder, "00000"))
            data = open(os.path.join(folder, "00000"), "rb").read()
            open(os.path.join(folder, "00000"), "wb").write(data[: len(data) // 2])
            return DataFrame(uri=folder, format="parquet")

        @env.task
        def semicolons() -> DataFrame:
            open("semi.csv", "w").write("a;b\\n1;2\\n")
            return DataFrame.from_existing_remote("semi.csv", format="csv")

        @env.task
        def ragged() -> DataFrame:
            open("ragged.csv", "w").write("a,b\\n1,2\\n1,2,3,4\\n")
            return DataFrame.from_existing_remote("ragged.csv")

        @env.task
        def read(df: DataFrame) -> int:
            return len(df.to_pandas())

        @env.task
        def read_column(df: Annotated[pd.DataFrame, {"nope": int}]) -> int:
            return len(df)

        @env.task
        async def main() -> list[str]:
            frames = [await truncated.aio(), await semicolons.aio(), await ragged.aio()]
            calls = [read.aio(frame) for frame in frames] + [read_column.aio(frames[1])]
            return [f"{error}" for error in await asyncio.gather(*calls, return_exceptions=True)]
    """)
    cut, semi, ragged, column = ran.result
    assert "00000 cannot be read as parquet: ArrowInvalid: " in cut
    assert "action truncated" in cut
    assert "is not separated by commas: its only column is 'a;b'; is it by ';'?" in semi
    assert "action semicolons" in semi
    assert "cannot be read as csv: ParserError: " in ragged
    assert "nope" in column
    assert "semi.csv" in column


def test_a_coroutine_that_was_not_awaited_is_explained(process_program: Programs) -> None:
    ran = process_program("""
        from flyte.io import File

        @env.task
        async def forgetful() -> File:
            open("x.txt", "w").write("x")
            return File.from_local("x.txt")

        @env.task
        async def main() -> str:
            try:
                await forgetful()
            except Exception as error:
                return str(error)
    """)
    assert "write `await File.from_local(...)`" in ran.result


def test_a_path_is_no_file_and_the_error_says_what_to_write(process_program: Programs) -> None:
    ran = process_program("""
        from flyte.io import Dir, File

        @env.task
        async def file(x: File) -> None: ...

        @env.task
        async def folder(x: Dir) -> None: ...

        @env.task
        async def main() -> list[str]:
            calls = [file("a.txt"), folder("b")]
            return [str(error) for error in await asyncio.gather(*calls, return_exceptions=True)]
    """)
    assert "File(path=...)" in ran.result[0]
    assert "Dir(path=...)" in ran.result[1]
