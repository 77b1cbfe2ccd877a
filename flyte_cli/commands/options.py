"""The options that several commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flyte_cli.output.formats import Show

if TYPE_CHECKING:
    from flyte.runtime.session import Observer
    from flyte_cli.ops.config import ConfigOptions
    from flyte_cli.ops.host import Host
    from flyte_cli.ops.run import RunOptions
    from flyte_cli.output.formats import Output

Format = Annotated[
    str,
    typer.Option(
        "--output-format", "-of", metavar="FORMAT", help="text, wide, json, jsonl, yaml, value (the result), id"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="short for --output-format json")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="only the result")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="also frames of libraries")]
Color = Annotated[str, typer.Option("--color", metavar="WHEN", help="auto, always or never; also NO_COLOR")]
Progress = Annotated[
    str, typer.Option("--progress", metavar="KIND", help="auto, tty, plain, quiet or json; also $FLYTE_PROGRESS")
]
Tui = Annotated[bool, typer.Option("--tui", help="watch it on a screen of its own; q leaves")]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="short for --progress plain")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="a name for the run instead of a new one")]
Executor = Annotated[
    str, typer.Option("--executor", metavar="KIND", help="process (default) or inline: all in this process")
]
Env = Annotated[
    list[str] | None,
    typer.Option(
        "--env", "-e", metavar="KEY=VALUE", help="an environment variable for all tasks of the run; again for more"
    ),
]
Grace = Annotated[float, typer.Option("--grace", metavar="SECONDS", help="how long ctrl-c waits for tasks to stop")]
InputFiles = Annotated[
    list[str] | None,
    typer.Option("--inputs", "--input-file", metavar="FILE", help="inputs in JSON, YAML or TOML; - reads stdin"),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="neither use earlier results nor keep new ones")]
OverwriteCache = Annotated[bool, typer.Option("--overwrite-cache", help="run, and replace earlier results")]
ConfigFile = Annotated[
    str | None, typer.Option("--config", "-c", metavar="FILE", help="a config file instead of the usual ones")
]
Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="a part of the config file; also $FLYTE_PROFILE")
]
Project = Annotated[str | None, typer.Option("--project", "-p", metavar="NAME", help="the project that runs belong to")]
Domain = Annotated[str | None, typer.Option("--domain", "-d", metavar="NAME", help="the domain that runs belong to")]
Org = Annotated[str | None, typer.Option("--org", metavar="NAME", help="the organisation that runs belong to")]
Setting = Annotated[
    str, typer.Argument(metavar="KEY", help="endpoint, project, image.builder, project.default_task, ...")
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="a run: its name, or a part from its start, @ or last")]
Phases = Annotated[
    list[str] | None,
    typer.Option("--phase", "--in-phase", metavar="PHASE", help="only failed, or failed,aborted and so on"),
]
OfTask = Annotated[
    str | None, typer.Option("--task", "--task-name", metavar="TASK", help="only of this task: main, env.main or env.*")
]
Since = Annotated[
    str | None,
    typer.Option("--since", "--created-after", metavar="TIME", help="started since: 90s (ago), 2h, 3d, or a date"),
]
Until = Annotated[
    str | None, typer.Option("--until", "--created-before", metavar="TIME", help="started until then: the same forms")
]
Where = Annotated[
    str | None, typer.Option("--where", metavar="FILTER", help="state:failed took:>5s n:>10 text; ! negates")
]
Everywhere = Annotated[bool, typer.Option("--all", help="also runs started in other folders")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="without asking")]
Action = Annotated[str, typer.Argument(metavar="ACTION", help="an action: flaky.3, or a path like flaky.3/parse.0")]
MaybeAction = Annotated[
    str | None, typer.Argument(metavar="[ACTION]", help="an action: flaky.3, or a path like flaky.3/parse.0")
]
SecretName = Annotated[
    str, typer.Argument(metavar="NAME", help="the key that tasks ask for; GROUP/KEY for one of a group")
]
CachedTask = Annotated[str | None, typer.Option("--task", metavar="TASK", help="only of this task")]


def configured(
    config: str | None,
    profile: str | None,
    project: str | None = None,
    domain: str | None = None,
    **more: Any,
) -> ConfigOptions:
    """The options about settings as one value; `more` by the name of the setting."""
    from flyte_cli.ops.config import ConfigOptions

    given = {"project": project, "domain": domain, **more}
    return ConfigOptions(config, profile, {key: (f"--{key}", each) for key, each in given.items() if each is not None})


def several(words: Sequence[str] | None) -> list[str]:
    """The words of an option that may be repeated, or hold commas."""
    return [part.strip() for word in words or () for part in word.split(",") if part.strip()]


def shown(
    format: str = "text",
    json: bool = False,
    color: str = "auto",
    quiet: bool = False,
    verbose: bool = False,
    progress: str = "auto",
    no_progress: bool = False,
    executor: str = "auto",
) -> Show:
    """The shared options as one value."""
    kind = "plain" if no_progress and progress == "auto" else progress
    return Show("json" if json else format, kind, color, quiet, verbose, executor == "inline")


@dataclass(frozen=True)
class Following:
    """The options of every command that starts a run and follows it to its end."""

    inputs: InputFiles = None
    no_cache: NoCache = False
    overwrite_cache: OverwriteCache = False
    name: Name = None
    executor: Executor = "auto"
    grace: Grace = 5.0
    format: Format = "text"
    json: Json = False
    quiet: Quiet = False
    progress: Progress = "auto"
    no_progress: NoProgress = False
    tui: Tui = False
    color: Color = "auto"
    verbose: Verbose = False
    config: ConfigFile = None
    profile: Profile = None
    project: Project = None
    domain: Domain = None
    org: Org = None

    def config_options(self) -> ConfigOptions:
        """What it says about settings."""
        return configured(self.config, self.profile, self.project, self.domain, org=self.org)

    def show(self, debugging: bool = False) -> Show:
        """How it is to be shown; a debugger has the terminal for itself."""
        return shown(
            self.format,
            self.json,
            self.color,
            self.quiet,
            self.verbose,
            "plain" if debugging and self.progress == "auto" else self.progress,
            self.no_progress,
            "inline" if debugging else self.executor,
        )

    def observed(self, host: Host, output: Output) -> tuple[Host, Observer]:
        """Who watches it, and the machine to run it on: with a screen above, if one was asked for."""
        if not self.tui:
            return host, output.progress()
        from flyte_cli.tui.hosting import below_screen

        return below_screen(host, output.progress(), self.color)

    def how(self, from_run: str | None = None, inline: bool = False, env: list[str] | None = None) -> RunOptions:
        """How it is to be run; `inline` whatever was asked for."""
        from flyte_cli.ops.run import RunOptions

        executor = "inline" if inline else self.executor
        return RunOptions(
            self.name,
            executor,
            self.grace,
            tuple(self.inputs or ()),
            from_run,
            self.no_cache,
            self.overwrite_cache,
            tuple(env or ()),
        )


def following(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `Following` in place of its parameter `following`."""
    own = [each for each in inspect.signature(command, eval_str=True).parameters.values() if each.name != "following"]
    shared = list(inspect.signature(Following, eval_str=True).parameters.values())

    def called(**words: Any) -> None:
        following = Following(**{each.name: words.pop(each.name) for each in shared})
        command(**words, following=following)

    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *shared)]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # Typer reads it
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    return called
