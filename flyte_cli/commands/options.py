"""The options that several commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KEY=VALUE", help="recorded with the run, to find it by; again for more"),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="to the end of the run, which is the default")]
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
InProject = Annotated[
    str | None, typer.Option("--project", "-p", metavar="NAME", help="only runs that belong to this project")
]
InDomain = Annotated[
    str | None, typer.Option("--domain", "-d", metavar="NAME", help="only runs that belong to this domain")
]
Endpoint = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="ADDRESS", help="a backend, of no use for runs here", hidden=True),
]
Insecure = Annotated[bool, typer.Option("--insecure", help="without encryption, of no use for runs here", hidden=True)]
Builder = Annotated[
    str | None,
    typer.Option(
        "--builder",
        "--image-builder",
        metavar="NAME",
        help="what builds images, of no use for runs here",
        hidden=True,
    ),
]
AuthType = Annotated[
    str | None, typer.Option("--auth-type", metavar="TYPE", help="to a backend, of no use for runs here", hidden=True)
]
"""Of a backend: they stand before the command mostly, so pages of commands do not list them."""
LogFormat = Annotated[
    str,
    typer.Option(
        "--log-format", metavar="FORM", envvar="LOG_FORMAT", help="of what loggers write, also in tasks: console, json"
    ),
]
UserLogLevel = Annotated[
    str,
    typer.Option(
        "--user-log-level",
        metavar="LEVEL",
        envvar="USER_LOG_LEVEL",
        help="of flyte.logger, also in tasks: debug, info, warning, error, critical",
    ),
]
ResetRootLogger = Annotated[
    bool, typer.Option("--reset-root-logger", help="have loggers of other libraries write in that form, too")
]
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
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="recorded with the run")]
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
    env: Env = None
    label: Labels = None
    follow: Follow = False
    endpoint: Endpoint = None
    insecure: Insecure = False
    builder: Builder = None
    auth_type: AuthType = None

    def config_options(self) -> ConfigOptions:
        """What it says about settings."""
        if self.builder is not None:
            from flyte_cli.ops.created_config import check_builder

            check_builder(self.builder)
        found = configured(self.config, self.profile, self.project, self.domain, org=self.org, endpoint=self.endpoint)
        others = {
            "insecure": ("--insecure", self.insecure or None),
            "image.builder": ("--builder", self.builder),
            "auth.type": ("--auth-type", self.auth_type),
        }
        return replace(found, values={**found.values, **{name: said for name, said in others.items() if said[1]}})

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

    def how(self, inline: bool = False) -> RunOptions:
        """How it is to be run; `inline` whatever was asked for."""
        from flyte_cli.ops.run import RunOptions, pairs

        return RunOptions(
            name=self.name,
            executor="inline" if inline else self.executor,
            grace=self.grace,
            inputs=tuple(self.inputs or ()),
            no_cache=self.no_cache,
            overwrite_cache=self.overwrite_cache,
            env=tuple(self.env or ()),
            labels=pairs("--label", self.label or ()),
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
