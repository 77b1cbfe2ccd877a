"""Run a task: bind its inputs, let the engine run it, read its outputs. No terminal here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from flyte_cli.errors import MachineTrouble, MissingSecrets, Misuse, WrongInputs
from flyte_cli.inputs.bind import Before, bind
from flyte_cli.inputs.surroundings import Surroundings
from flyte_cli.inputs.words import Sorted
from flyte_cli.near_miss import nearest
from flyte_cli.ops.host import Host
from flyte_cli.ops.loading import Target

if TYPE_CHECKING:
    from flyte._core import Event, LargeMessage, RunTree
    from flyte.runtime.session import Observer
    from flyte.task import TaskTemplate

COPY_STYLES = ("loaded_modules", "all", "none")
EXECUTORS = ("auto", "process", "inline")


@dataclass(frozen=True)
class RunOptions:
    """How to run, whatever the task."""

    name: str | None = None
    executor: str = "auto"
    grace: float = 5.0
    inputs: tuple[str, ...] = ()
    """Documents with inputs; the words of the command line win over them."""
    from_run: str | None = None
    """An earlier run whose inputs are taken where nothing else is said."""
    no_cache: bool = False
    """Neither use earlier results nor keep new ones."""
    overwrite_cache: bool = False
    """Run, and replace what the cache has."""
    env: tuple[str, ...] = ()
    """Environment variables of the run, each `KEY=VALUE`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    raw_data_path: str | None = None
    at_once: int | None = None
    """Actions of the run at the same time; None or 0 is no limit."""

    def __post_init__(self) -> None:
        if self.executor not in EXECUTORS:
            guess = nearest(self.executor, EXECUTORS)
            help = f"did you mean `{guess}`?   " if guess else ""
            raise Misuse(f"`--executor` has no `{self.executor}`", help=[f"{help}it takes {', '.join(EXECUTORS)}"])
        if self.no_cache and self.overwrite_cache:
            raise Misuse("`--no-cache` keeps nothing, `--overwrite-cache` replaces what is kept: give one of them")
        pairs("--env", self.env)
        if self.at_once is not None and (self.at_once < 0 or self.at_once == 1):
            raise Misuse(
                f"`--max-action-concurrency` is 0, for no limit, or at least 2, got `{self.at_once}`",
                help=["a task that waits for the only one it called would wait for ever"],
            )
        if self.grace < 0:
            raise Misuse(f"`--grace` is a number of seconds from 0 up, got `{self.grace:g}`")

    @property
    def custom_context(self) -> dict[str, str]:
        """What all tasks of the run inherit."""
        inherited: dict[str, str] = {}
        if self.env:
            import json  # deferred: few runs have variables of their own

            from flyte.context import RUN_VARIABLES

            inherited[RUN_VARIABLES] = json.dumps(pairs("--env", self.env), sort_keys=True)
        if self.raw_data_path is not None:
            from flyte.context import RAW_DATA_PATH
            from flyte.io.paths import absolute  # deferred: most runs keep their data in their own folder

            inherited[RAW_DATA_PATH] = absolute(self.raw_data_path)
        return inherited


def pairs(option: str, words: Sequence[str]) -> dict[str, str]:
    """What an option that takes KEY=VALUE says; the last of a key wins."""
    for text in words:
        if not text.partition("=")[0] or "=" not in text:
            raise Misuse(f"`{option}` takes `KEY=VALUE`, got `{text}`")
    return dict(text.split("=", 1) for text in words)


def check_copy_style(style: str, version: str | None) -> None:
    """Refuse what no backend would take, so that a command line which works here works there."""
    if style not in COPY_STYLES:
        guess = nearest(style, COPY_STYLES)
        help = f"did you mean `{guess}`?   " if guess else ""
        raise Misuse(f"`--copy-style` has no `{style}`", help=[f"{help}it takes {', '.join(COPY_STYLES)}"])
    if style == "none" and version is None:
        raise Misuse("`--copy-style none` copies no code, so it needs a version", help=["add `--version TEXT`"])


@dataclass(frozen=True)
class RecoverFrom:
    """An earlier run whose results count, but for those of some actions."""

    run: str
    rerun_anyway: tuple[str, ...] = ()
    """Wire names."""
    may_miss_outputs: bool = False


@dataclass(frozen=True)
class Finished:
    """A run that came to an end, with its outputs by name when it succeeded."""

    tree: RunTree
    phase: str
    outputs: Mapping[str, Any] | None = None
    interrupted: bool = False


@dataclass
class _Watched:
    """Passes everything on, and remembers whether somebody pressed ctrl-C."""

    observer: Observer
    interruptions: int = 0

    def started(self, tree: RunTree) -> None:
        self.observer.started(tree)

    def tick(self, events: list[Event]) -> None:
        self.observer.tick(events)

    def interrupted(self, count: int) -> None:
        self.interruptions = count
        self.observer.interrupted(count)


def run_task(target: Target, words: Sorted, options: RunOptions, host: Host, observer: Observer) -> Finished:
    """Bind what was typed, and run."""
    before = Before(options.inputs, earlier(target, options, host))
    arguments = bind(target.interface, words, [target.help_command], surroundings(host), before)
    inputs = encoded(target, arguments)
    return start(target.task, inputs, target.file, options, host, observer)


def surroundings(host: Host) -> Surroundings:
    """What inputs may refer to."""
    return Surroundings(host.folder, lambda: datetime.fromtimestamp(host.clock()).astimezone(), host.stdin)


def earlier(target: Target, options: RunOptions, host: Host) -> Mapping[str, Any]:
    """The inputs of the run that `--from` names."""
    if options.from_run is None:
        return {}
    from flyte_cli.ops.earlier import earlier_inputs  # deferred: it needs this file

    return earlier_inputs(options.from_run, target, host)


def encoded(target: Target, arguments: Mapping[str, Any]) -> bytes:
    """The arguments as the task's inputs message."""
    try:
        target.task.warn_of_pickles(lambda name: True)
        return target.task.signature.bind((), dict(arguments))
    except (TypeError, ValueError) as error:
        raise WrongInputs(target.interface.task, [("inputs", str(error))], [target.help_command]) from error


def start(
    task: TaskTemplate[..., Any],
    inputs: bytes,
    file: str,
    options: RunOptions,
    host: Host,
    observer: Observer,
    recover: RecoverFrom | None = None,
) -> Finished:
    """Run a task with encoded inputs."""
    from flyte.errors import SecretNotFoundError, SecretStoreError
    from flyte.initialize import settings
    from flyte.run_attributes import RunAttributes
    from flyte.runtime.session import RunRequest

    said = settings()
    request = RunRequest(
        task=task,
        inputs=inputs,
        name=options.name,
        executor=cast(Literal["auto", "process", "inline"], options.executor),  # checked by RunOptions
        custom_context=options.custom_context,
        recover_from=None if recover is None else recover.run,
        rerun_anyway=() if recover is None else recover.rerun_anyway,
        may_miss_outputs=recover is not None and recover.may_miss_outputs,
        file=file,
        grace=options.grace,
        reads_cache=not (options.no_cache or options.overwrite_cache),
        writes_cache=not options.no_cache,
        at_once=options.at_once or 0,
        attributes=RunAttributes(options.labels, said.project, said.domain, options.version),
    )
    watched = _Watched(observer)
    try:
        outcome = host.engine.execute(request, watched)
    except SecretNotFoundError as error:
        raise MissingSecrets(f"cannot start: {error}", help=error.hint.splitlines()) from error
    except SecretStoreError as error:
        raise MachineTrouble(str(error), help=[error.hint] if error.hint else []) from error
    except OSError as error:
        raise MachineTrouble(f"cannot run here: {error}", help=["check the state folder, `$FLYTE_HOME`"]) from error
    except ValueError as error:  # a name that is taken or impossible
        raise Misuse(f"cannot start this run: {error}") from error
    if outcome.error is not None and outcome.error.code == "EngineFailed":
        raise MachineTrouble(outcome.error.message)
    succeeded = outcome.phase == "succeeded" and outcome.outputs is not None
    outputs = outputs_of(task, outcome.outputs or b"") if succeeded else None
    return Finished(outcome.tree, outcome.phase, outputs, watched.interruptions > 0)


def outputs_of(task: TaskTemplate[..., Any], outputs: bytes | LargeMessage) -> dict[str, Any]:
    """The outputs by name: none when the task returns nothing."""
    if isinstance(outputs, bytes) and not task.signature.preview_outputs(outputs):
        return {}
    return {f"o{place}": value for place, value in enumerate(task.signature.decode_output_tuple(outputs))}
