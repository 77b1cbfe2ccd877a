"""The tool: words in, exit status out. Every error ends here, and only here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import typer

from flyte_cli import exits
from flyte_cli.errors import CliError, Misuse, NoRoomForOutput
from flyte_cli.group import Entry, Group
from flyte_cli.ops.host import Host
from flyte_cli.output.paper import papers, take_unwritten
from flyte_cli.output.problems import problem

LOGS = Entry("flyte_cli.commands.logs", "logs", "what the actions of a run printed", command="LogsCommand")

ABOUT = "Write Python tasks, run them anywhere."

COMMANDS: dict[str, Entry | Group] = {
    "run": Entry("flyte_cli.commands.run", "run", "run a task", command="RunCommand"),
    "rerun": Entry(
        "flyte_cli.commands.rerun", "rerun", "run it again, or only what did not finish", command="RerunCommand"
    ),
    "abort": Entry("flyte_cli.commands.abort", "abort", "stop a run", command="AbortCommand"),
    "logs": LOGS,
    "explain": Entry("flyte_cli.commands.explain", "explain", "why it waits, was tried again, or failed"),
    "diff": Entry("flyte_cli.commands.diff", "diff", "compare two runs"),
    "signal": Entry(
        "flyte_cli.commands.signal", "signal", "answer a condition that a run waits for", command="SignalCommand"
    ),
    "create": Group(
        "create",
        "Keep something on this machine.",
        {
            "config": Entry("flyte_cli.commands.create_config", "config", "a file with settings"),
            "secret": Entry("flyte_cli.commands.create_secret", "secret", "a value that tasks may ask for"),
        },
    ),
    "delete": Group(
        "delete",
        "Forget something that is kept here.",
        {
            "run": Entry("flyte_cli.commands.delete_run", "run", "remove runs with all their data"),
            "secret": Entry("flyte_cli.commands.delete_secret", "secret", "forget a secret"),
            "local-cache": Entry(
                "flyte_cli.commands.delete_local_cache", "local_cache", "drop all results that later runs may use"
            ),
        },
    ),
    "get": Group(
        "get",
        "Look at what was recorded.",
        {
            "run": Entry("flyte_cli.commands.get_run", "run", "list runs, or show one", command="GetRunCommand"),
            "action": Entry("flyte_cli.commands.get_action", "action", "one action of a run"),
            "io": Entry("flyte_cli.commands.get_io", "io", "inputs and outputs of an action"),
            "logs": LOGS,
            "condition": Entry("flyte_cli.commands.get_condition", "condition", "what a run waits for"),
            "report": Entry("flyte_cli.commands.get_report", "report", "where the report of an action is"),
            "config": Entry("flyte_cli.commands.get_config", "config", "what settings are, and why"),
            "secret": Entry("flyte_cli.commands.get_secret", "secret", "which secrets are kept here"),
        },
    ),
    "config": Group(
        "config",
        "Change settings; `flyte get config` shows them.",
        {
            "set": Entry("flyte_cli.commands.config_set", "set_", "write one setting"),
            "unset": Entry("flyte_cli.commands.config_unset", "unset", "remove one setting"),
            "path": Entry("flyte_cli.commands.config_path", "path", "which config file counts here"),
        },
    ),
    "cache": Group(
        "cache",
        "Results that later runs may use.",
        {
            "ls": Entry("flyte_cli.commands.cache_ls", "ls", "what is in it"),
            "du": Entry("flyte_cli.commands.cache_du", "du", "what it takes"),
            "gc": Entry("flyte_cli.commands.cache_gc", "gc", "drop what is of no use any more"),
            "why": Entry("flyte_cli.commands.cache_why", "why", "why an action was computed"),
        },
    ),
    "start": Group(
        "start",
        "Begin something that stays until it is left.",
        {"tui": Entry("flyte_cli.commands.start_tui", "start_tui", "watch runs in the terminal")},
    ),
    "tui": Entry("flyte_cli.commands.tui", "tui", "watch runs in the terminal"),
    "gen": Group(
        "gen",
        "Write what others read.",
        {"docs": Entry("flyte_cli.commands.gen_docs", "docs", "the reference of all commands")},
    ),
    "new": Entry("flyte_cli.commands.new", "new", "start a project"),
    "doctor": Entry("flyte_cli.commands.doctor", "doctor", "does this machine have what runs need?"),
    "completion": Entry("flyte_cli.commands.completion", "completion", "TAB for a shell"),
    "help": Entry("flyte_cli.commands.help", "help", "about a topic or a command"),
}


def main(words: Sequence[str], host: Host | None = None) -> int:
    """Do what the words ask for; the exit status."""
    host = host or Host()
    host = replace(host, environment=dict(host.environment))  # `--ascii` is noted there
    _tell_interruptions(words, host)
    status = _status_of(words, host)
    unwritten = take_unwritten()
    return status if unwritten is None else _tell(NoRoomForOutput(unwritten), host)


def _status_of(words: Sequence[str], host: Host) -> int:
    try:
        return _invoke(words, host)
    except CliError as error:
        return _tell(error, host)
    except typer.TyperException as error:
        return _tell(_misuse(error), host)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except Exception as error:
        from flyte_cli.bugs import reported

        return _tell(reported(error, words), host)


def _invoke(words: Sequence[str], host: Host) -> int:
    root = Group("flyte", ABOUT, COMMANDS)
    try:
        with root.make_context("flyte", list(words), obj=host) as ctx:
            root.invoke(ctx)
    except typer.Exit as leaving:
        return leaving.exit_code
    return exits.DONE


def _tell_interruptions(words: Sequence[str], host: Host) -> None:
    """Say once of each run that a crash ended how to go on with it."""
    if not host.engine.left_behind():  # 40 us
        return
    from flyte_cli.ops.interrupted import MOST_TOLD, interruptions
    from flyte_cli.output.interrupted import is_for_people, told

    if is_for_people(words, host.environment.get("FLYTE_PROGRESS", "")):
        news = [each for each in interruptions(host) if each.run not in words]
        _, stderr = papers("auto", host.environment)
        stderr.lines(told(news, MOST_TOLD, host.clock(), host.folder()))


def _tell(error: CliError, host: Host) -> int:
    _, stderr = papers("auto", host.environment)
    stderr.lines(problem(error, stderr.look))
    return error.status


def _misuse(error: typer.TyperException) -> Misuse:
    path = getattr(getattr(error, "ctx", None), "command_path", "flyte")
    missing = getattr(getattr(error, "param", None), "metavar", None)
    if missing and not error.message:
        return Misuse(f"`{path}` needs {missing}", help=[f"{path} -h"])
    text = error.format_message()
    return Misuse(text[:1].lower() + text[1:].rstrip(".").replace("'", "`"), help=[f"{path} -h"])
