"""What `flyte` says about itself, ready as text: answering `--help` must not import anything."""

OVERVIEW = """\
Write Python tasks, run them anywhere.

  flyte run hello.py greet --name Ada     run a task
  flyte get run @                         look at the latest run
  flyte rerun @ --recover                 go on where it stopped

Run      run  rerun  abort  signal
Look     get  cache
Keep     create  delete  config

flyte COMMAND -h for options
"""
