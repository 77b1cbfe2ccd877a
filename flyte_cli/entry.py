"""Where the command starts. TAB, version and overview are answered before anything else is imported."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # the name alone tells type checkers; importing typing would cost 6 ms
if TYPE_CHECKING:
    from flyte_cli.group import Group

    app: Group
    """The whole command line, for whoever wants to know what there is."""


def main() -> None:
    """Answer at once, or hand over to the commands."""
    _open_streams()
    words = sys.argv[1:]
    if words[:1] == ["__complete"]:
        from flyte_cli.completion.answer import main as answer

        answer(words[1:])
    elif words in (["--version"], ["-V"]):
        import flyte  # a millisecond; asking the installed distribution takes forty

        _say(f"flyte {flyte.__version__}\n")
    elif words in ([], ["-h"], ["--help"], ["help"]):
        from flyte_cli.overview import overview

        _say(overview())
    else:
        from flyte_cli.main import main as run_command

        sys.exit(run_command(words))


def __getattr__(name: str) -> Group:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from flyte_cli.commands import tree

    return tree.app()


def _open_streams() -> None:
    """Give standard streams that the caller closed the null device: files opened later would take their places."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    import os

    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _say(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # the reader went away; closing the stream would fail once more
    except OSError as error:
        sys.stdout = None
        sys.stderr.write(f"error: cannot write to the standard output: {error.strerror}\n")
        sys.exit(4)
