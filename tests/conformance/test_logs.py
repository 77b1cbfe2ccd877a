"""What tasks print, whichever way, is recorded line by line under the action that printed it."""

from collections import Counter

import pytest

from tests.conformance.logs import Line, lines_of
from tests.conformance.program import Programs, Ran


def lines(ran: Ran) -> list[Line]:
    return lines_of(ran.tree, ran.folder / "home" / "runs" / ran.tree.name)


def texts(ran: Ran, action: str, stream: str = "stdout") -> list[bytes]:
    return [line.text for line in lines(ran) if (line.action, line.stream) == (action, stream)]


SPEAKERS = {
    "print": ('print("said", word)', ""),
    "several arguments and an odd end": ('print("said", end=" "); print(word)', ""),
    "a partial line without end": ('sys.stdout.write("said "); sys.stdout.write(word)', ""),
    "writelines": ('sys.stdout.writelines(["said ", word, "\\n"])', ""),
    "bytes": ('sys.stdout.buffer.write(f"said {word}\\n".encode())', ""),
    "a thread": (
        "thread = threading.Thread(target=print, args=('said', word)); thread.start(); thread.join()",
        "",
    ),
    "a pool of threads": (
        "with ThreadPoolExecutor(1) as pool: pool.submit(print, 'said', word).result()",
        "",
    ),
    "a child process": ('subprocess.run(["echo", "said", word], check=True)', ""),
    "a shell": ('subprocess.run(f"echo said {word}", shell=True)', ""),
    "a logger": ("log.warning('said %s', word)", "handler"),
    "multiprocessing": (
        "p = multiprocessing.get_context('fork').Process(target=print, args=('said', word)); p.start(); p.join()",
        "",
    ),
}

SETUP = {
    "": "",
    "handler": """
import logging
log = logging.getLogger("mine")
log.addHandler(logging.StreamHandler(sys.stdout))
log.propagate = False
""",
}


def indented(code: str) -> str:
    return code.replace("\n", "\n    ")


@pytest.mark.parametrize("way", SPEAKERS)
def test_whatever_prints_is_recorded_under_its_action(process_program: Programs, way: str) -> None:
    said, setup = SPEAKERS[way]
    ran = process_program(f"""
import multiprocessing, subprocess
from concurrent.futures import ThreadPoolExecutor
{SETUP[setup]}
def speak(word):
    {indented(said)}

@env.task
async def loop(word: str) -> None:
    await asyncio.sleep(0.01)
    speak(word)

@env.task
def sync(word: str) -> None:
    speak(word)

@env.task
async def main() -> None:
    await asyncio.gather(*[loop(f"loop{{n}}") for n in range(4)], *[sync.aio(f"sync{{n}}") for n in range(4)])
""")
    assert ran.status == 0, ran.stderr
    expected = [(f"{kind}.{n}", f"said {kind}{n}".encode()) for kind in ("loop", "sync") for n in range(4)]
    assert sorted((line.action, line.text) for line in lines(ran)) == expected
    assert sorted(ran.stdout.splitlines()) == sorted(text.decode() for _, text in expected)


@pytest.mark.parametrize(
    "said",
    [
        'os.system(f"echo said {word}")',
        "import ctypes; libc = ctypes.CDLL(None); libc.puts(f'said {word}'.encode()); libc.fflush(None)",
        "import ctypes; libc = ctypes.CDLL(None); libc.printf(f'said {word}'.encode()); libc.fflush(None)",
        "os.write(1, f'said {word}\\n'.encode())",
        "os.write(1, b'said '); print(word, file=open(1, 'w', closefd=False))",
        "sys.__stdout__.write(f'said {word}\\n'); sys.__stdout__.flush()",
        "os.posix_spawnp('echo', ['echo', 'said', word], os.environ); os.wait()",
    ],
)
def test_what_python_does_not_see_is_recorded_under_the_sync_task_that_ran(
    process_program: Programs, said: str
) -> None:
    ran = process_program(f"""
@env.task
def sync(word: str) -> None:
    {said}

@env.task
async def main() -> None:
    for n in range(3):
        await sync.aio(f"sync{{n}}")
""")
    assert ran.status == 0, ran.stderr
    assert [(line.action, line.text) for line in lines(ran)] == [
        (f"sync.{n}", f"said sync{n}".encode()) for n in range(3)
    ]


def test_children_of_async_tasks_are_followed(process_program: Programs) -> None:
    ran = process_program("""
        @env.task
        async def shell(word: str) -> int:
            child = await asyncio.create_subprocess_exec("sh", "-c", f"echo out {word}; echo err {word} >&2")
            return await child.wait()

        @env.task
        async def kept(word: str) -> str:
            child = await asyncio.create_subprocess_exec("echo", word, stdout=asyncio.subprocess.PIPE)
            return (await child.communicate())[0].decode()

        @env.task
        async def main() -> list[str]:
            await asyncio.gather(*[shell(f"w{n}") for n in range(3)])
            return [await kept("mine")]
    """)
    assert ran.result == ["mine\n"]
    expected = [Line(f"shell.{n}", f"std{way}", f"{way} w{n}".encode()) for n in range(3) for way in ("out", "err")]
    assert sorted(lines(ran)) == sorted(expected)


def test_lines_stay_whole_and_bytes_stay_as_they_are(process_program: Programs) -> None:
    ran = process_program("""
        @env.task
        async def odd() -> None:
            print("[bold]not markup[/bold]", "\\x1b[31mred\\x1b[0m")
            print()
            sys.stdout.buffer.write(b"\\xff\\x00\\xfe\\n")
            print("a\\nb\\n\\nc")
            print("x" * 200_000)
            print("ünïcode 🐍", file=sys.stderr)

        @env.task
        async def main() -> None:
            await odd()
    """)
    assert ran.status == 0, ran.stderr
    said = texts(ran, "odd.0")
    assert said[:7] == [
        b"[bold]not markup[/bold] \x1b[31mred\x1b[0m",
        b"",
        b"\xff\x00\xfe",
        b"a",
        b"b",
        b"",
        b"c",
    ]
    assert b"".join(said[7:]) == b"x" * 200_000
    assert texts(ran, "odd.0", "stderr") == ["ünïcode 🐍".encode()]


def test_printing_nothing_is_no_line(process_program: Programs) -> None:
    ran = process_program("""
        @env.task
        async def main() -> None:
            print("said")
            print(end="")
            sys.stderr.write("")
    """)
    assert ran.status == 0, ran.stderr
    assert texts(ran, "a0") + texts(ran, "main") == [b"said"]
    assert texts(ran, "a0", "stderr") + texts(ran, "main", "stderr") == []


def test_ten_thousand_lines_of_many_tasks_are_all_there_and_whole(process_program: Programs) -> None:
    ran = process_program("""
        @env.task
        async def many(who: int) -> None:
            for n in range(500):
                print("line", who, n)
                if n % 50 == 0:
                    await asyncio.sleep(0)

        @env.task
        def many_sync(who: int) -> None:
            for n in range(500):
                print("line", who, n)

        @env.task
        async def main() -> None:
            await asyncio.gather(*[many(n) for n in range(10)], *[many_sync.aio(n) for n in range(10)])
    """)
    assert ran.status == 0, ran.stderr
    by_action: dict[str, list[bytes]] = {}
    for line in lines(ran):
        by_action.setdefault(line.action, []).append(line.text)
    expected = {
        f"{task}.{who}": [f"line {who} {n}".encode() for n in range(500)]
        for task in ("many", "many_sync")
        for who in range(10)
    }
    assert by_action == expected
    assert Counter(ran.stdout.splitlines()) == Counter(line.decode() for each in expected.values() for line in each)


def test_a_failing_task_keeps_what_it_printed_last(process_program: Programs) -> None:
    ran = process_program("""
        @env.task
        def broken() -> None:
            print("first")
            sys.stdout.write("and then")
            raise ValueError

        @env.task
        def dead() -> None:
            print("alive")
            os.write(1, b"still")
            os._exit(3)

        @env.task
        async def main() -> int:
            results = await asyncio.gather(broken.aio(), dead.aio(), return_exceptions=True)
            return len(results)
    """)
    assert ran.result == 2
    assert texts(ran, "broken.0") == [b"first", b"and then"]
    assert texts(ran, "dead.0")[:2] == [b"alive", b"still"]
