"""Where the command starts. Version and overview are answered before anything else is imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Answer at once, or hand over to the commands."""
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        import flyte  # a millisecond; asking the installed distribution takes forty

        _say(f"flyte {flyte.__version__}\n")
    elif words in ([], ["-h"], ["--help"], ["help"]):
        from flyte_cli.overview import OVERVIEW

        _say(OVERVIEW)
    else:
        from flyte_cli.main import main as run_command

        if words[0] == "help":
            words = [*words[1:], "-h"]
        sys.exit(run_command(words))


def _say(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # the reader went away; closing the stream would fail once more
