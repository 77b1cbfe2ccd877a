"""What `flyte` says about itself, ready as text: answering `--help` must not import anything."""

from __future__ import annotations

OVERVIEW = """\
Write Python tasks, run them anywhere.

  flyte run hello.py greet --name Ada     run a task
  flyte get run @                         look at the latest run
  flyte rerun @ --recover                 go on where it stopped

Run      run  rerun  abort  signal
Look     tui  get  logs  explain  diff  cache  start
Keep     create  delete
Set up   new  config  completion  doctor  gen  help

flyte COMMAND -h for options; those before a command: flyte help options
flyte help TOPIC: inputs, runs, formats, exit-codes, config, environment
"""


def overview() -> str:
    """The overview, with the commands that other packages bring."""
    from flyte_cli.plugins import COMMANDS, found

    names = sorted(each.name.replace(".", " ") for each in found(COMMANDS))
    if not names:
        return OVERVIEW
    head, tail = OVERVIEW.rsplit("\n\n", 1)
    return f"{head}\nAdded    {'  '.join(names)}\n\n{tail}"
