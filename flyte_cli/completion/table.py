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
                        (('--limit',), 'N', 'how many to list', '', False),
                        (('--all',), '', 'also runs started in other folders', '', False),
                        (('--output-format', '-of'), 'FORMAT', 'text, wide, json, jsonl, yaml, value (the result), id', '=text|wide|json|jsonl|yaml|value|id', False),
                        (('--json',), '', 'short for --output-format json', '', False),
                        (('--quiet', '-q'), '', 'only the result', '', False),
                        (('--color',), 'WHEN', 'auto, always or never; also NO_COLOR', '=auto|always|never', False),
                        (('--verbose', '-v'), '', 'also frames of libraries', '', False),
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
                ('[TOPIC]', 'inputs, exit-codes, config, formats, environment, runs; or a command', '=inputs|exit-codes|config|formats|environment|runs|run|rerun|abort|signal|create|delete|get|cache|completion|help'),
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
