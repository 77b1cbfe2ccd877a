"""Short pages about what several commands share: `flyte help TOPIC`. Text only; it imports nothing."""

from __future__ import annotations

TOPICS = {
    "inputs": """\
Giving a task its inputs

Inputs are options after the name of the task, in any order; - and _ are alike.

  --name Ada                 text, numbers, dates as they are
  --shout / --no-shout       yes or no
  --tags a --tags b          a list: repeat, or JSON: --tags '["a", "b"]'
  --cfg.lr 0.2               one field of a dataclass or model
  --cfg '{"lr": 0.2}'        all of it: JSON, or a .json, .yaml, .toml file
  --mode fast                a member of an enum or a Literal, in any case
  --wait 90s                 also 1h30m, or ISO
  --when 'now - 1 day'       also ISO: 2025-01-31T12:00:00Z
  --data ./big.csv           a file or folder: a path, or an address
  --n none                   for what may be None
  --n=-5                     a value that looks like an option

For many: --inputs in.yaml (or .json, .toml, - for standard input); options win
over it. --from RUN takes the inputs of an earlier run. An input with the name
of an option of ours wins after the task's name. All mistakes are told at once.

  flyte run FILE TASK -h     what a task takes, with an example
""",
    "options": """\
Options that may stand before the command

Most may also stand behind it: flyte --json get run, flyte get run --json.

  -of, --output-format FORMAT, --json     flyte help formats
  -q, --quiet    --color WHEN    --ascii
  --progress KIND    --no-progress        while a run goes on
  -v, --verbose                           also frames of libraries; so is -vvv
  -c, --config FILE    --profile NAME     flyte help config
  --org NAME                              what runs belong to

About logs, of every command; tasks log in the same way:

  --log-format console|json               also $LOG_FORMAT
  --user-log-level LEVEL                  of flyte.logger; also $USER_LOG_LEVEL
  --reset-root-logger                     other libraries log in that form, too

Of a backend, which runs here have no use for:

  --endpoint ADDRESS  --insecure  --auth-type TYPE  --builder NAME
""",
    "exit-codes": """\
What the exit status says

    0   done
    1   the run failed
    2   the command line, an input or the configuration is wrong
    3   cannot reach a service, or not allowed
    4   this machine lacks something: disk, docker, a port
   70   a bug of flyte; a report was kept and nothing was sent
  130   interrupted: ctrl-c, or SIGTERM

  flyte run hello.py main || echo "failed with $?"
""",
    "config": """\
Where settings come from

An option of the command wins, then a FLYTE_* variable, then the profile,
then the config file, then the default.

  flyte get config           what counts here, and where each value comes from
  flyte config set KEY VALUE
  flyte create config        write a config file

  flyte help environment     the variables
  flyte COMMAND --help       those that matter to a command
""",
    "formats": """\
Forms of output: -of FORMAT, before or after the command

  text     for people; lists in a pipe are tab-separated, whole, no titles
  wide     tables with every column, nothing cut, also in a pipe
  json     one document; --json is short for it
  jsonl    one document per line; for a run, one per event
  yaml     the document as YAML
  value    only the result:  x=$(flyte run hello.py greet -of value)
  id       only names, for xargs

Standard output holds what was asked for, everything else is on standard error;
with a form other than text or wide, so is what tasks print. Documents name
their schema: "schema": "run/1". The names table, table-simple (text) and
json-raw (json) work as well.

While a run goes on, on standard error: --progress auto|tty|plain|quiet|json;
auto is tty on a terminal and plain elsewhere. In GitHub Actions, plain folds
fan-outs and marks errors. --ascii: no signs beyond ASCII; NO_COLOR: no colour.
""",
    "environment": """\
Environment variables

  FLYTE_HOME          where runs and secrets are kept (default: ~/.flyte)
  FLYTE_PROGRESS      what --progress says: auto, tty, plain, quiet or json
  FLYTE_ASCII         1: no signs beyond ASCII
  FLYTE_SECRETS_KEY   the key of the encrypted file of secrets
  NO_COLOR            anything: no colour
  FORCE_COLOR         1: colour also in pipes
  COLUMNS             columns of the screen
  LOG_LEVEL           from which level on flyte itself logs (default: warning)
  USER_LOG_LEVEL      the same of flyte.logger (default: info)
  LOG_FORMAT          console or json
  CI                  anything: no redrawing on a terminal
  GITHUB_ACTIONS      true: groups and annotations of GitHub Actions
""",
    "tui": """\
Screens: flyte tui [RUN], flyte run --tui

  ?       the keys of where one is       ^p      all there is to do
  :       go to runs, tasks, or a run    q       leave; runs go on

A config file may say how they look, and change keys by the names of actions:

  flyte config set tui.theme light       dark, light, mono, nord, dracula, ...
  flyte config set tui.keys abort_run=ctrl+x,leave=Q

  tui:
    theme: light
    keys:
      abort_run: ctrl+x
      next_failure: f6

Without a theme, the terminal says whether it is light (COLORFGBG), and NO_COLOR
means mono. An action has the name that `?` shows beside its key.
""",
    "runs": """\
Runs and what people call them

A run has a short name such as r7k2m9q. A part from its start is enough when
only one begins so.

  @ or last      the latest run of this folder
  @2             the one before
  flaky.3        the fourth call of flaky in a run; flaky alone is the first
  flaky.3/parse  a call below it

  flyte get run              the runs of this folder
  flyte get run @            one of them: its tree, and what came of it
  flyte rerun @              once more, with the same inputs
  flyte rerun @ --recover    only what had not finished, or was edited
  flyte abort @              stop it

Marks: ● running  ✓ done  ✗ failed  ↻ another attempt  ◌ waits  ⊘ aborted
       « taken from an earlier run
""",
}
"""Each page by its name. They fit 24 lines of 80 columns."""
