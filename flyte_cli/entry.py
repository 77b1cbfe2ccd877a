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


def _say(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # the reader went away; closing the stream would fail once more
