"""What can be wrong with a command, as errors a person can act on.

    CliError            exit status 2 unless said otherwise
    +- Misuse           the words of the command do not fit
    +- NoSuchFile
    +- FileNotLoaded    the user's own file failed: their line, none of ours
    +- NoSuchTask
    +- WrongInputs      every problem at once
    +- NoSuchTopic
    +- NoSuchRun
    +- NoSuchAction
    +- NoSuchReport
    +- NoSuchCondition
    +- NoSuchSecret
    +- NoSuchTemplate
    +- MissingSecrets   a run cannot start without them
    +- MachineTrouble   status 4: this machine lacks something
       +- NoRoomForOutput

It never prints and never exits: `flyte_cli.output.problems` draws these, `flyte_cli.main` leaves with their status.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from flyte_cli import exits
from flyte_cli.near_miss import listed, nearest
from flyte_cli.sources import Place


class CliError(Exception):
    """A command that cannot be done: what happened, to what, and what to do."""

    status = exits.USAGE

    def __init__(
        self,
        message: str,
        *,
        details: Sequence[tuple[str, str]] = (),
        places: Sequence[Place] = (),
        causes: Sequence[str] = (),
        help: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.places = tuple(places)
        self.causes = tuple(causes)
        self.help = tuple(help)


class Misuse(CliError):
    """The words of the command do not fit together."""


class NoSuchCommand(CliError):
    """There is no command with that name."""

    def __init__(self, name: str, path: str, known: Sequence[str]) -> None:
        guess = nearest(name, known)
        there = f"commands: {', '.join(known)}"
        if guess is None:
            help = [there]
        else:
            help = [f"did you mean `{guess}`?   {there}", f"{path} {guess}"]
        super().__init__(f"no command `{name}` in `{path}`", help=help)


class NoSuchTopic(CliError):
    """There is no page of help with that name, and no command."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        guess = nearest(name, known)
        hint = f"did you mean `{guess}`?   " if guess else ""
        super().__init__(
            f"no help on `{name}`", help=[f"{hint}there is help on {listed(list(dict.fromkeys(known)), 40)}"]
        )


class NoSuchOption(CliError):
    """The command has no option with that name."""

    def __init__(self, option: str, path: str, known: Sequence[str]) -> None:
        guess = nearest(option, known)
        help = [f"did you mean `{guess}`?"] if guess else []
        super().__init__(f"no option `{option}` for `{path}`", help=[*help, f"{path} -h"])


class NoSuchFile(CliError):
    """There is no such Python file."""

    def __init__(self, file: str, nearby: Sequence[str], named: Sequence[str] = ()) -> None:
        guess = nearest(file, [*nearby, *named])
        help = [f"did you mean `{guess}`?"] if guess else []
        if nearby and not guess:
            help.append(f"Python files there: {listed(nearby)}")
        if named and not guess:
            help.append(f"names in the project file: {listed(named)}")
        super().__init__(f"no file `{file}`", help=help)


class FileNotLoaded(CliError):
    """The user's file failed while it was loaded."""


class NoSuchTask(CliError):
    """The file has no task with that name."""

    def __init__(self, name: str, file: str, known: Sequence[str]) -> None:
        guess = nearest(name, known)
        there = f"tasks there: {listed(known)}" if known else "it has no tasks: decorate a function with `@env.task`"
        if guess is None:
            help = [there]
        else:
            help = [f"did you mean `{guess}`?   {there}", f"flyte run {file} {guess}"]
        super().__init__(f"no task `{name}` in {file}", help=help)


class WrongInputs(CliError):
    """The inputs do not fit the task; all problems, each with its option."""

    def __init__(self, task: str, problems: Sequence[tuple[str, str]], help: Sequence[str] = ()) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"{task} cannot start, {count}", details=problems, help=help)


class NoSuchRun(CliError):
    """No recorded run, or more than one, goes by that name."""


class NoSuchAction(CliError):
    """The run has no action, or more than one, that goes by that name."""


class NoSuchReport(CliError):
    """Nothing was written there."""


class NoSuchCondition(CliError):
    """The run waits for no answer of that name."""


class NoSuchSecret(CliError):
    """No secret is kept under that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        guess = nearest(name, known)
        there = f"secrets here: {listed(known)}" if known else f"there are none yet: flyte create secret {name}"
        super().__init__(f"no secret `{name}`", help=[f"did you mean `{guess}`?   {there}" if guess else there])


class NoSuchTemplate(CliError):
    """There is no template with that name."""

    def __init__(self, name: str, project: str, known: Sequence[str]) -> None:
        guess = nearest(name, known)
        there = f"templates: {listed(known)}"
        help = (
            [there]
            if guess is None
            else [f"did you mean `{guess}`?   {there}", f"flyte new {guess} {shlex.quote(project)}"]
        )
        super().__init__(f"no template `{name}`", help=help)


class MissingSecrets(CliError):
    """The run cannot start: tasks need secrets that are not there."""


class MachineTrouble(CliError):
    """This machine lacks something the command needs."""

    status = exits.MACHINE


class NoRoomForOutput(MachineTrouble):
    """The standard output goes to a file that cannot be written."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"cannot write to the standard output: {error.strerror}", help=["is the disk full that its file is on?"]
        )
