"""Files and folders go from task to task; what a task returned stays as it was, whatever happens to its source."""

from pathlib import Path

import pytest

from tests.conformance.program import Programs, Ran


def recorded(ran: Ran) -> Path:
    """The data folder of the one run."""
    (run,) = (ran.folder / "home" / "runs").iterdir()
    return run / "data"


def test_every_way_to_make_a_file_arrives_with_its_content_and_name(program: Programs) -> None:
    ran = program("""
        from flyte.io import File

        @env.task
        def by_path() -> File:
            with open("by_path.txt", "w") as file:
                file.write("path")
            return File(path="by_path.txt")

        @env.task
        def from_string() -> flyte.File:
            return flyte.File.from_string("string", "from_string.txt")

        @env.task
        def from_local_in_a_sync_task() -> File:
            open("sync.txt", "w").write("sync")
            return File.from_local("sync.txt")

        @env.task
        async def from_local() -> File:
            open("local.txt", "w").write("local")
            return await File.from_local("local.txt")

        @env.task
        def from_local_sync() -> File:
            open("local_sync.txt", "w").write("local_sync")
            return File.from_local_sync("local_sync.txt")

        @env.task
        async def new_remote() -> File:
            file = File.new_remote("new.txt")
            async with file.open("wb") as stream:
                await stream.write(b"new")
            return file

        @env.task
        def new_remote_sync() -> File:
            file = File.new_remote("new_sync.txt")
            with file.open_sync("w") as stream:
                stream.write("new_sync")
            return file

        @env.task
        def named_remote() -> File:
            file = File.named_remote("named.txt")
            with file.open_sync("w") as stream:
                stream.write("named")
            return File.named_remote("named.txt")

        @env.task
        def existing() -> File:
            open("existing.txt", "w").write("existing")
            return File.from_existing_remote(os.path.abspath("existing.txt"))

        @env.task
        def read(file: File) -> str:
            return file.name + "=" + file.read()

        @env.task
        async def main() -> list[str]:
            makers = [by_path, from_string, from_local_in_a_sync_task, from_local, from_local_sync, new_remote,
                      new_remote_sync, named_remote, existing]
            files = await asyncio.gather(*[maker.aio() for maker in makers])
            return await asyncio.gather(*[read.aio(file) for file in files])
    """)
    assert ran.result == [
        "by_path.txt=path",
        "from_string.txt=string",
        "sync.txt=sync",
        "local.txt=local",
        "local_sync.txt=local_sync",
        "new.txt=new",
        "new_sync.txt=new_sync",
        "named.txt=named",
        "existing.txt=existing",
    ]


def test_a_result_stays_what_it_was_when_its_source_changes_or_goes(program: Programs) -> None:
    ran = program("""
        from flyte.io import Dir, File

        @env.task
        def make() -> tuple[File, Dir]:
            os.makedirs("folder", exist_ok=True)
            for path in ("kept.txt", "folder/in.txt"):
                open(path, "w").write("before")
            return File(path="kept.txt"), Dir(path="folder")

        @env.task
        def read(file: File, folder: Dir) -> list[str]:
            return [file.read(), *[item.read() for item in folder.walk()]]

        @env.task
        async def main() -> list[str]:
            file, folder = await make.aio()
            open("kept.txt", "r+").write("AFTER!")
            os.remove("folder/in.txt")
            return await read.aio(file, folder)
    """)
    assert ran.result == ["before", "before"]


def test_equal_content_is_stored_once_in_a_run(program: Programs) -> None:
    ran = program("""
        from flyte.io import File

        @env.task
        def make(name: str) -> File:
            return File.from_string("the same", name)

        @env.task
        async def main() -> list[str]:
            files = await asyncio.gather(*[make.aio(f"{i}.txt") for i in range(5)])
            return sorted({file.read() for file in files})
    """)
    assert ran.result == ["the same"]
    assert len([path for path in (recorded(ran) / "blobs").rglob("*") if path.is_file()]) == 1


def test_nobody_can_write_to_a_result(program: Programs) -> None:
    ran = program("""
        from flyte.io import File

        @env.task
        def make() -> File:
            return File.from_string("fixed", "fixed.txt")

        @env.task
        def spoil(file: File) -> list[str]:
            try:
                with file.open_sync("w") as stream:
                    stream.write("spoiled")
            except PermissionError as error:
                refused = str(error).partition(" is the recorded")[2]
            copy = file.download_sync("copy.txt")
            open(copy, "a").write(" here")
            return [refused[:19], oct(os.stat(file.path).st_mode & 0o777), file.read(), open(copy).read()]

        @env.task
        async def main() -> list[str]:
            return await spoil.aio(await make.aio())
    """)
    assert ran.result == [" result of a task a", "0o444", "fixed", "fixed here"]


def test_files_of_the_scratch_folder_are_moved_and_the_folder_is_gone_after_the_run(short_program: Programs) -> None:
    ran = short_program("""
        import tempfile
        from flyte.io import Dir, File

        @env.task
        def make() -> tuple[File, int, Dir, int, str]:
            file = os.path.join(tempfile.gettempdir(), "large.bin")
            open(file, "wb").write(b"x" * 10_000)
            folder = tempfile.mkdtemp()
            open(os.path.join(folder, "in.txt"), "w").write("in")
            inodes = [os.stat(path).st_ino for path in (file, os.path.join(folder, "in.txt"))]
            return File(path=file), inodes[0], Dir(path=folder), inodes[1], tempfile.gettempdir()

        @env.task
        async def main() -> list[bool]:
            file, inode, folder, inside, scratch = await make.aio()
            found = [item async for item in folder.walk()]
            return [os.stat(file.path).st_ino == inode, os.stat(found[0].path).st_ino == inside,
                    scratch.startswith(os.environ["FLYTE_HOME"])]
    """)
    assert ran.result == [True, True, True]
    assert not (recorded(ran).parent / "scratch").exists()


def test_a_file_that_the_parent_goes_on_writing_is_not_moved_away_from_it(program: Programs) -> None:
    ran = program("""
        import tempfile
        from flyte.io import File

        @env.task
        async def read(file: File) -> str:
            return file.read()

        @env.task
        async def main() -> list[str]:
            path = os.path.join(tempfile.mkdtemp(), "growing.txt")
            seen = []
            for step in "ab":
                with open(path, "a") as file:
                    file.write(step)
                seen.append(await read(File(path=path)))
            return seen
    """)
    assert ran.result == ["a", "ab"]


def test_folders_are_walked_in_every_spelling(program: Programs) -> None:
    ran = program("""
        from flyte.io import Dir, File

        @env.task
        def make() -> Dir:
            folder = Dir.new_remote("tree")
            for path in ("a.csv", "b.txt", "sub/c.csv", "sub/deep/d.csv"):
                os.makedirs(os.path.dirname(os.path.join(folder.path, path)), exist_ok=True)
                open(os.path.join(folder.path, path), "w").write(path)
            return folder

        @env.task
        def look(folder: flyte.Dir) -> list[list[str]]:
            def names(items):
                return [os.path.relpath(item, folder) for item in items]
            return [
                names(item for item in folder.walk() if item.endswith(".csv")),
                names(folder.walk(recursive=False)),
                names(folder.walk(max_depth=2)),
                names(folder.walk_sync(file_pattern="*.txt")),
                names(folder.list_files_sync()),
                [folder.get_file_sync("b.txt").read(), str(folder.get_file_sync("none")), folder.name],
            ]

        @env.task
        async def look_async(folder: Dir) -> list[str]:
            seen = [item.name async for item in folder.walk()]
            listed = [item.name for item in await folder.list_files()]
            return [*seen, *listed, (await folder.get_file("sub/c.csv")).read()]

        @env.task
        async def main() -> tuple[list[list[str]], list[str]]:
            folder = await make.aio()
            return await look.aio(folder), await look_async(folder)
    """)
    sync, asynchronous = ran.result
    assert sync == [
        ["a.csv", "sub/c.csv", "sub/deep/d.csv"],
        ["a.csv", "b.txt"],
        ["a.csv", "b.txt", "sub/c.csv"],
        ["b.txt"],
        ["a.csv", "b.txt"],
        ["b.txt", "None", "tree"],
    ]
    assert asynchronous == ["a.csv", "b.txt", "c.csv", "d.csv", "a.csv", "b.txt", "sub/c.csv"]


def test_files_travel_inside_lists_dicts_and_records(program: Programs) -> None:
    ran = program("""
        from dataclasses import dataclass
        from typing import Any, Optional
        from flyte.io import Dir, File

        @dataclass
        class Model:
            weights: File
            extra: Optional[File]
            parts: list[File]

        @env.task
        def make() -> Model:
            files = [File.from_string(text, f"{text}.txt") for text in "abc"]
            return Model(files[0], None, files[1:])

        @env.task
        def read(model: Model, named: dict[str, File], maybe: Optional[File], anything: Any) -> list[str]:
            files = [model.weights, *model.parts, *named.values(), anything]
            return [file.read() for file in files] + [str(maybe), str(model.extra), model.weights.name]

        @env.task
        async def main() -> list[str]:
            model = await make.aio()
            open("local.txt", "w").write("local")
            local = File(path="local.txt")
            result = read.aio(model, {"x": model.weights}, None, local)
            return await result
    """)
    assert ran.result == ["a", "b", "c", "a", "local", "None", "None", "a.txt"]


def test_the_content_names_a_call_and_not_the_place(program: Programs) -> None:
    """Otherwise a file that the parent makes would give its children other names whenever the run is recovered."""
    ran = program("""
        from flyte.io import File

        @env.task
        def read(file: File) -> str:
            return file.hash

        @env.task
        async def main() -> list[str]:
            for name in ("one.txt", "two.txt"):
                open(name, "w").write("equal")
            return [await read.aio(await File.from_local(name)) for name in ("one.txt", "two.txt")]
    """)
    assert ran.result[0] == ran.result[1]


def test_a_recovered_run_finds_the_files_of_the_one_before_and_knows_its_own_by_content(
    process_program: Programs,
) -> None:
    ran = process_program.start("""
import os
import flyte
from flyte.io import File

env = flyte.TaskEnvironment("recovering")

@env.task
def make() -> File:
    open("made", "a").write("x")
    return File.from_string("content", "made.txt")

@env.task
def use(file: File) -> str:
    if not os.path.exists("go"):
        raise RuntimeError("not yet")
    return file.read()

@env.task
def once(file: File) -> str:
    open("made", "a").write("y")
    return file.read()

@env.task
async def main() -> str:
    made_by_the_parent = File.from_string("parent's", "parent.txt")
    return await once.aio(made_by_the_parent) + await use.aio(await make.aio())

if __name__ == "__main__":
    from flyte.runtime.session import RunRequest, execute
    first = execute(RunRequest(main, main.signature.bind((), {}), executor="process"))
    open("go", "w").close()
    second = execute(RunRequest(main, main.signature.bind((), {}), executor="process", recover_from=first.name))
    found = [first.phase, second.phase, main.signature.decode_outputs(second.outputs), open("made").read()]
    open("result", "w").write(repr(found))
""")
    assert ran.result == ["failed", "succeeded", "parent'scontent", "yx"]


@pytest.mark.parametrize("where", ["relative", "absolute"])
def test_raw_data_path_moves_the_data_of_a_run_elsewhere(program: Programs, where: str) -> None:
    path = "elsewhere" if where == "relative" else str(program.folder / "elsewhere")
    ran = program.start(f"""
import os
import flyte
from flyte.io import File

env = flyte.TaskEnvironment("elsewhere")

@env.task
def child(file: File) -> File:
    assert flyte.ctx().custom_context == {{"mine": "1"}}
    return File.from_string(file.read() + "!", "out.txt")

@env.task
async def main() -> File:
    return await child.aio(File.from_string("in", "in.txt"))

if __name__ == "__main__":
    run = flyte.with_runcontext(executor=os.environ["EXECUTOR"], raw_data_path={path!r}, custom_context={{"mine": "1"}})
    file = run.run(main).result
    open("result", "w").write(repr([file.read(), os.path.relpath(file.path, os.getcwd()).split(os.sep)[0]]))
""")
    assert ran.result == ["in!", "elsewhere"]


def test_reading_files_does_not_hold_up_the_loop(process_program: Programs) -> None:
    """A pipe gives its bytes only when the other task, on the same loop, writes them."""
    ran = process_program("""
        from flyte.io import File

        @env.task
        async def main() -> str:
            os.mkfifo("pipe")

            async def write():
                file = File(path="pipe")
                with open(os.open("pipe", os.O_RDWR), "wb", buffering=0) as pipe:
                    await asyncio.sleep(0)
                    pipe.write(b"through the pipe")
                    await started.wait()
                return None

            started = asyncio.Event()

            async def read():
                async with File(path="pipe").open("rb") as stream:
                    data = await stream.read(7)
                    started.set()
                    return data.decode()

            return (await asyncio.gather(write(), read()))[1]
    """)
    assert ran.result == "through"
