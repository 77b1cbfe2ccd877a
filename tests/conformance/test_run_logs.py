"""A program reads back what its run printed: `run.logs`."""

from tests.conformance.program import Programs

TASKS = """
@env.task
def child(word: str) -> None:
    print("child", word)
    print("wrong", word, file=sys.stderr)

@env.task
def main() -> None:
    print("main")
    child("ü")

if __name__ == "__main__":
    run = flyte.with_runcontext(executor=os.environ["EXECUTOR"]).run(main)
    print("--- again")
"""

HEAD = 'import os, sys, flyte\nenv = flyte.TaskEnvironment("logs")\n'


def test_lines_are_read_back_with_who_printed_them(program: Programs) -> None:
    ran = program.start(
        HEAD
        + TASKS
        + "    print([(line.action, line.stream, line.text) for line in run.logs])\n"
        + "    print(all(0 <= line.seconds < 120 for line in run.logs))\n"
    )
    lines = [("main", "stdout", "main"), ("child.0", "stdout", "child ü"), ("child.0", "stderr", "wrong ü")]
    assert ran.stdout.partition("--- again\n")[2] == f"{lines}\nTrue\n", ran.stderr


def test_streaming_writes_every_line_once(program: Programs) -> None:
    ran = program.start(HEAD + TASKS + "    run.logs.stream()\n    run.logs.stream(to=sys.stderr)\n")
    assert ran.stdout.partition("--- again\n")[2] == "main\nchild ü\nwrong ü\n", ran.stderr
    assert ran.stderr.endswith("main\nchild ü\nwrong ü\n")


def test_a_torn_end_is_left_out(program: Programs) -> None:
    ran = program.start(
        HEAD
        + TASKS
        + "    file = os.path.join(run.url, 'logs')\n"
        + "    os.truncate(file, os.path.getsize(file) - 1)\n"
        + "    print([line.text for line in run.logs])\n"
    )
    assert ran.stdout.splitlines()[-1] == "['main', 'child ü']", ran.stderr
