"""The commands and their options as completion reads them: made by `python -m flyte_cli.generated`."""

# ruff: noqa: E501
# fmt: off
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

ROOT: dict[str, Any] = {
    'commands': {
        'run': {
            'about': 'run a task',
            'arguments': (
                ('FILE', '', 'python'),
                ('TASK', '', 'tasks'),
            ),
            'options': (
                (('--local',), '', 'run on this machine, which is the default', '', False),
                (('--from',), 'RUN', 'the inputs of an earlier run', 'runs', False),
                (('--plan',), '', 'only say what would run, and why', '', False),
                (('--env', '-e'), 'KEY=VALUE', 'an environment variable for all tasks of the run; again for more', '', True),
                (('--input-file', '--inputs'), 'FILE', 'inputs in JSON, YAML or TOML; - reads stdin', 'files', True),
                (('--no-cache',), '', 'neither use earlier results nor keep new ones', '', False),
                (('--overwrite-cache',), '', 'run, and replace earlier results', '', False),
                (('--name',), 'NAME', 'a name for the run instead of a new one', '', False),
                (('--executor',), 'KIND', 'process (default) or inline: all in this process', '=process|inline', False),
                (('--grace',), 'SECONDS', 'how long ctrl-c waits for tasks to stop', '', False),
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--progress',), 'KIND', 'auto, tty, plain, quiet or json; also $FLYTE_PROGRESS', '=auto|tty|plain|quiet|json', False),
                (('--no-progress',), '', 'short for --progress plain', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--verbose', '-v'), '', 'also frames of libraries', '', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
            'inputs': True,
        },
        'rerun': {
            'about': 'run it again, or only what did not finish',
            'arguments': (
                ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
            ),
            'options': (
                (('--recover',), '', 'take what had succeeded from the earlier run', '', False),
                (('--action-name',), 'ACTION', 'only this action, as the root of a new run: flaky.3', 'actions', False),
                (('--force-rerun-action',), 'ACTION', 'with --recover: run this one again; repeat', 'actions', True),
                (('--allow-missing-outputs',), '', 'with --recover: make results again whose files are gone', '', False),
                (('--pdb',), '', 'stop in the debugger where the task begins, and at errors', '', False),
                (('--input-file', '--inputs'), 'FILE', 'inputs in JSON, YAML or TOML; - reads stdin', 'files', True),
                (('--no-cache',), '', 'neither use earlier results nor keep new ones', '', False),
                (('--overwrite-cache',), '', 'run, and replace earlier results', '', False),
                (('--name',), 'NAME', 'a name for the run instead of a new one', '', False),
                (('--executor',), 'KIND', 'process (default) or inline: all in this process', '=process|inline', False),
                (('--grace',), 'SECONDS', 'how long ctrl-c waits for tasks to stop', '', False),
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--progress',), 'KIND', 'auto, tty, plain, quiet or json; also $FLYTE_PROGRESS', '=auto|tty|plain|quiet|json', False),
                (('--no-progress',), '', 'short for --progress plain', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--verbose', '-v'), '', 'also frames of libraries', '', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
            'inputs': True,
        },
        'abort': {
            'about': 'stop a run',
            'arguments': (
                ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                ('[ACTION]', 'only this action, and all that it called', 'actions'),
            ),
            'options': (
                (('--reason',), 'TEXT', 'recorded with the run', '', False),
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
        'logs': {
            'about': 'what the actions of a run printed',
            'arguments': (
                ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                ('[ACTION...]', "flaky.3, flaky (all of them), 'flaky.*', 'train.0/**' (all below)", 'actions'),
            ),
            'options': (
                (('--follow', '-f'), '', 'wait for more until the run is over', '', False),
                (('--lines', '--tail', '-l'), 'N', 'only the last lines', '', False),
                (('--since',), 'TIME', 'from then on: 90s (ago), 2h, or a date', '', False),
                (('--until',), 'TIME', 'until then: 90s (ago), 2h, or a date', '', False),
                (('--grep',), 'PATTERN', 'only lines with this regular expression', '', False),
                (('--invert',), '', 'with --grep: lines without it', '', False),
                (('--ignore-case', '-i'), '', 'in --grep and --highlight', '', False),
                (('--highlight',), 'PATTERN', 'all lines, with this lit', '', False),
                (('--level',), 'LEVEL', 'debug, info, warning, error or critical, and above', '', False),
                (('--attempt', '-a'), 'N', 'only of this attempt, from 1', '', False),
                (('--stderr-only',), '', 'only what went to standard error', '', False),
                (('--timestamps', '--show-ts'), '', 'dates instead of seconds', '', False),
                (('--raw',), '', 'bytes as they were printed', '', False),
                (('--no-pager',), '', 'not through $PAGER', '', False),
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
        'explain': {
            'about': 'why it waits, was tried again, or failed',
            'arguments': (
                ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                ('[ACTION]', 'an action: flaky.3, or a path like flaky.3/parse.0', 'actions'),
            ),
            'options': (
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
        'diff': {
            'about': 'compare two runs',
            'arguments': (
                ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                ('OTHER', 'the run to compare it with: @ for the latest', ''),
            ),
            'options': (
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
        'signal': {
            'about': 'answer a condition that a run waits for',
            'arguments': (
                ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                ('[NAME]', 'the condition', ''),
                ('[VALUE]', 'the answer; asked for when it is missing', ''),
            ),
            'options': (
                (('--list',), '', 'show what the run waits for', '', False),
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
        'create': {
            'about': 'Keep something on this machine.',
            'commands': {
                'secret': {
                    'about': 'a value that tasks may ask for',
                    'arguments': (
                        ('NAME', 'the key that tasks ask for; GROUP/KEY for one of a group', ''),
                        ('[VALUE]', 'the value, which your shell may remember; - is standard input', ''),
                    ),
                    'options': (
                        (('--value',), 'VALUE', 'the value, as above', '', False),
                        (('--from-file',), 'FILE', 'a file whose content is the value', 'files', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
            },
        },
        'delete': {
            'about': 'Forget something that is kept here.',
            'commands': {
                'run': {
                    'about': 'remove runs with all their data',
                    'arguments': (
                        ('[RUN...]', 'runs: names, parts from their start, @ or last', 'runs'),
                    ),
                    'options': (
                        (('--older-than',), 'TIME', 'all that ended before: 30d (ago), 12h, or a date', '', False),
                        (('--in-phase', '--phase'), 'PHASE', 'only failed, or failed,aborted and so on', '', True),
                        (('--task-name', '--task'), 'TASK', 'only of this task: main, env.main or env.*', 'cached tasks', False),
                        (('--where',), 'FILTER', 'state:failed took:>5s n:>10 text; ! negates', '', False),
                        (('--all',), '', 'also runs started in other folders', '', False),
                        (('--yes', '-y'), '', 'without asking', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'secret': {
                    'about': 'forget a secret',
                    'arguments': (
                        ('NAME', '', 'secrets'),
                    ),
                    'options': (
                        (('--yes', '-y'), '', 'do not ask', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
            },
        },
        'get': {
            'about': 'Look at what was recorded.',
            'commands': {
                'run': {
                    'about': 'list runs, or show one',
                    'arguments': (
                        ('[RUN]', 'a run: its name, a part from its start, @ or last', 'runs'),
                    ),
                    'options': (
                        (('--in-phase', '--phase'), 'PHASE', 'only failed, or failed,aborted and so on', '', True),
                        (('--task-name', '--task'), 'TASK', 'only of this task: main, env.main or env.*', 'cached tasks', False),
                        (('--created-after', '--since'), 'TIME', 'started since: 90s (ago), 2h, 3d, or a date', '', False),
                        (('--created-before', '--until'), 'TIME', 'started until then: the same forms', '', False),
                        (('--where',), 'FILTER', 'state:failed took:>5s n:>10 text; ! negates', '', False),
                        (('--sort',), 'COLUMN', 'started, took, actions, name, task, phase; -took for the least', '', False),
                        (('--limit',), 'N', 'how many to list', '', False),
                        (('--all',), '', 'also runs started in other folders', '', False),
                        (('--export',), 'FILE', 'write the run, with all its data, to a .tar.gz file', 'files', False),
                        (('--import',), 'FILE', 'take in a run that was exported', 'files', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--verbose', '-v'), '', 'also frames of libraries', '', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'action': {
                    'about': 'one action of a run',
                    'arguments': (
                        ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                        ('[ACTION]', 'an action: flaky.3, or a path like flaky.3/parse.0', 'actions'),
                    ),
                    'options': (
                        (('--in-phase', '--phase'), 'PHASE', 'only failed, or failed,aborted and so on', '', True),
                        (('--where',), 'FILTER', 'state:failed task:flaky took:>5s attempt:>1 i:>10; ! negates', '', False),
                        (('--limit',), 'N', 'how many to list', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--verbose', '-v'), '', 'also frames of libraries', '', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'io': {
                    'about': 'inputs and outputs of an action',
                    'arguments': (
                        ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                        ('[ACTION]', 'an action: flaky.3, or a path like flaky.3/parse.0', 'actions'),
                    ),
                    'options': (
                        (('--inputs-only', '-i'), '', 'only the inputs', '', False),
                        (('--outputs-only', '-o'), '', 'only the outputs', '', False),
                        (('--full',), '', 'long values whole', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'logs': {
                    'about': 'what the actions of a run printed',
                    'arguments': (
                        ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                        ('[ACTION...]', "flaky.3, flaky (all of them), 'flaky.*', 'train.0/**' (all below)", 'actions'),
                    ),
                    'options': (
                        (('--follow', '-f'), '', 'wait for more until the run is over', '', False),
                        (('--lines', '--tail', '-l'), 'N', 'only the last lines', '', False),
                        (('--since',), 'TIME', 'from then on: 90s (ago), 2h, or a date', '', False),
                        (('--until',), 'TIME', 'until then: 90s (ago), 2h, or a date', '', False),
                        (('--grep',), 'PATTERN', 'only lines with this regular expression', '', False),
                        (('--invert',), '', 'with --grep: lines without it', '', False),
                        (('--ignore-case', '-i'), '', 'in --grep and --highlight', '', False),
                        (('--highlight',), 'PATTERN', 'all lines, with this lit', '', False),
                        (('--level',), 'LEVEL', 'debug, info, warning, error or critical, and above', '', False),
                        (('--attempt', '-a'), 'N', 'only of this attempt, from 1', '', False),
                        (('--stderr-only',), '', 'only what went to standard error', '', False),
                        (('--timestamps', '--show-ts'), '', 'dates instead of seconds', '', False),
                        (('--raw',), '', 'bytes as they were printed', '', False),
                        (('--no-pager',), '', 'not through $PAGER', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'report': {
                    'about': 'where the report of an action is',
                    'arguments': (
                        ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                        ('[ACTION]', 'an action: flaky.3, or a path like flaky.3/parse.0', 'actions'),
                    ),
                    'options': (
                        (('--attempt',), 'N', 'which attempt, counted from 1, instead of the last', '', False),
                        (('--open',), '', 'also show it in the browser', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'secret': {
                    'about': 'which secrets are kept here',
                    'arguments': (
                        ('[NAME]', 'one of them', ''),
                    ),
                    'options': (
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
            },
        },
        'cache': {
            'about': 'Results that later runs may use.',
            'commands': {
                'ls': {
                    'about': 'what is in it',
                    'arguments': (),
                    'options': (
                        (('--task',), 'TASK', 'only of this task', 'cached tasks', False),
                        (('--limit',), 'N', 'how many to list', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'du': {
                    'about': 'what it takes',
                    'arguments': (),
                    'options': (
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'gc': {
                    'about': 'drop what is of no use any more',
                    'arguments': (),
                    'options': (
                        (('--older-than',), 'AGE', 'also what was made before: 30d, 12h, 90m', '', False),
                        (('--task',), 'TASK', 'only of this task', 'cached tasks', False),
                        (('--all',), '', 'everything', '', False),
                        (('--yes', '-y'), '', 'really, with --all', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
                'why': {
                    'about': 'why an action was computed',
                    'arguments': (
                        ('RUN', 'a run: its name, or a part from its start, @ or last', 'runs'),
                        ('[ACTION]', 'an action: flaky.3, or a path like flaky.3/parse.0', 'actions'),
                    ),
                    'options': (
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--ascii',), '', 'no signs beyond ASCII', '', False),
                    ),
                },
            },
        },
        'new': {
            'about': 'start a project',
            'arguments': (
                ('[TEMPLATE]', 'what to start from; hello when not given', '=hello|etl|training|agent'),
                ('NAME', 'the folder, and the name of the project', ''),
            ),
            'options': (
                (('--list',), '', 'show the templates', '', False),
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
        'doctor': {
            'about': 'does this machine have what runs need?',
            'arguments': (),
            'options': (
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
        'completion': {
            'about': 'TAB for a shell',
            'arguments': (
                ('[SHELL]', 'bash, zsh, fish or powershell; --install finds it in $SHELL', '=bash|zsh|fish|powershell'),
            ),
            'options': (
                (('--install',), '', 'write it where the shell looks, and say where', '', False),
                (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                (('--json',), '', 'short for --output-format json', '', False),
                (('--quiet', '-q'), '', 'only the result', '', False),
                (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
        'help': {
            'about': 'about a topic or a command',
            'arguments': (
                ('[TOPIC]', 'inputs, exit-codes, config, formats, environment, runs; or a command', '=inputs|exit-codes|config|formats|environment|runs|run|rerun|abort|logs|explain|diff|signal|create|delete|get|cache|new|doctor|completion|help'),
            ),
            'options': (
                (('--ascii',), '', 'no signs beyond ASCII', '', False),
            ),
        },
    },
}
SHARED: tuple[Any, ...] = (
    (('--ascii',), '', 'no signs beyond ASCII', '', False),
    (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
    (('--json',), '', 'short for --output-format json', '', False),
    (('--no-progress',), '', 'short for --progress plain', '', False),
    (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
    (('--progress',), 'KIND', 'auto, tty, plain, quiet or json; also $FLYTE_PROGRESS', '=auto|tty|plain|quiet|json', False),
    (('--quiet', '-q'), '', 'only the result', '', False),
    (('--verbose', '-v'), '', 'also frames of libraries', '', False),
)
MARKS: dict[str, str] = {
    'succeeded': '✓',
    'recovered': '«',
    'cached': '≡',
    'running': '●',
    'waiting': '●',
    'paused': '⏸',
    'retrying': '↻',
    'failed': '✗',
    'aborted': '⊘',
    'interrupted': '⊘',
    'queued': '◌',
}
