"""The core controller, as Python sees it. Written by hand; a test checks it against the built module."""

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from flyte.runtime.recovery import Recovery
    from flyte.runtime.references import EngineFields

# --- values: wire.md 5, 6 and 10 --------------------------------------------------------------------------------

@final
class Signature:
    """The compiled plans of one task signature: between Python values and Literal bytes.

    `inputs` and `outputs` are `(name, spec)` pairs; a spec is the nested tuple that `flyte.types.plan.spec_of` makes.
    `defaults` holds the default of each input that has one.
    """

    def __new__(
        cls,
        inputs: Sequence[tuple[str, tuple[Any, ...]]],
        outputs: Sequence[tuple[str, tuple[Any, ...]]],
        defaults: dict[str, Any],
        task: str,
    ) -> Signature: ...
    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
        """Bind arguments by name and encode them as a task.Inputs message; defaults fill what is missing.

        Raises TypeError for a value of the wrong type (variable, expected, got, value, where in a nested value),
        ValueError for missing or unknown arguments, naming all of them.
        """

    def bind_apart(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes | LargeMessage:
        """As `bind`, but bytes of 64 KiB or more, annotated so, are kept apart instead of copied: for `Link.submit`."""

    def decode_inputs(self, data: bytes | LargeMessage) -> dict[str, Any]:
        """Decode a task.Inputs message to keyword arguments, defaults filled in."""

    def encode_outputs(self, value: Any) -> bytes:
        """Encode what the function returned as a task.Outputs message.

        Raises TypeError when the value does not fit the return annotation.
        """

    def encode_outputs_apart(self, value: Any) -> bytes | LargeMessage:
        """As `encode_outputs`, with large bytes kept apart: for `Link.succeeded`."""

    def decode_outputs(self, data: bytes | LargeMessage) -> Any:
        """Decode to what the caller of the task gets: None, the value, or a tuple of the values."""

    def decode_output_tuple(self, data: bytes | LargeMessage) -> tuple[Any, ...]:
        """Decode to one element per output; `(None,)` when the task returns nothing."""

    @staticmethod
    def preview_inputs(data: bytes) -> list[tuple[str, str]]:
        """The name and short text of each input, for display, in the order of the signature."""

    @staticmethod
    def preview_outputs(data: bytes) -> list[tuple[str, str]]:
        """The name and short text of each output, for display."""

    @property
    def interface_hash(self) -> str:
        """Base64 SHA-256 of the deterministic TypedInterface, wire.md 5.5."""

    @property
    def interface(self) -> bytes:
        """The deterministic TypedInterface message, variables sorted by name."""

    @property
    def does_io(self) -> bool:
        """Whether converting some value reads or writes files, so that no event loop may wait for it."""

@final
class LargeMessage:
    """A message of which one value, large bytes, is not copied into it: in memory, or in a file of its run.

    Decoding one whose file is gone raises OSError with its path. `bytes(message)` is the message in one piece.
    """

    def __bytes__(self) -> bytes: ...

def inputs_hash(inputs: bytes, ignored: Sequence[str] = ()) -> str:
    """Base64 SHA-256 over a task.Inputs message, wire.md 5.6; empty for no inputs."""

def identity(task: str, interface_hash: str, version: str) -> str:
    """The identity part of an action name, wire.md 5.5."""

def action_name(parent: str, inputs_hash: str, identity: str, sequence: int, group: str | None = None) -> str:
    """The deterministic name of an action, wire.md 5.5."""

def cache_key(inputs_hash: str, task: str, interface_hash: str, version: str) -> str:
    """The cache key of wire.md 5.6."""

def read_literal(data: bytes) -> dict[str, Any]:
    """Read an encoded core.Literal as a tree.

    One of `primitive` (int, float, str, bool, datetime in UTC, timedelta), `none`, `binary` (value, tag), `blob` (uri,
    format, multipart), `structured_dataset` (uri, format, columns as name and simple type), `union` (value, type),
    `collection`, `map`, `offloaded` (uri); and `hash` where one was given. Raises ValueError for anything else.
    """

def write_literal(tree: dict[str, Any]) -> bytes:
    """Encode a tree of `read_literal` as a core.Literal."""

def write_literal_type(tree: dict[str, Any]) -> bytes:
    """Encode a tree as a core.LiteralType.

    One of `simple` (`DATETIME`), `collection`, `map`, `blob` (format, multipart), `enum` (names), `structured_dataset`
    (format, columns), `union`; and `metadata`, `annotation` (JSON-like dicts) and `structure_tag` where wanted.
    """

def pack_plain(value: Any) -> bytes:
    """Pack a value that no type is known of as msgpack; what that lacks are extensions, down to pickles."""

def unpack_plain(data: bytes) -> Any:
    """Read what `pack_plain` packed; raises ValueError for other bytes."""

# --- files: what flyte/io uses --------------------------------------------------------------------------------------

def fingerprint(path: str | PathLike[str]) -> str:
    """BLAKE3 of what a file holds, in hexadecimal. Raises OSError."""

def copy_blob(source: str | PathLike[str], target: str | PathLike[str]) -> str:
    """Copy a file to one that is not there yet, sharing blocks where the file system can; the copy's fingerprint.

    Raises OSError: FileExistsError for a target that is there.
    """

# --- what a run is, live or past ----------------------------------------------------------------------------------

@final
class ErrorView:
    code: str
    """Class name of the user's exception, or the code of a system error."""
    kind: str
    """`user`, `system` or `unknown`."""
    message: str
    type: str
    """What to print before the message: the qualified class name."""
    frames: list[tuple[str, int, str, str, bool]]
    """(file, line, function, source line, is the user's own code), outermost first."""
    causes: list[tuple[str, str]]
    """(type, message) of `__cause__`, outermost first."""
    payload: bytes
    """The pickled exception, or nothing; of an error that the engine found, its attributes as a JSON object."""

@final
class ActionView:
    """One action of a run, as recorded so far. Times are Unix seconds."""

    ordinal: int
    """Number in order of submission; the root is 0."""
    parent: int | None
    name: str
    """Wire name (wire.md 5.5); the root's is `a0`."""
    task: str
    """`environment.function`."""
    short_name: str
    index: int
    """Order among the siblings of the same short name under one parent."""
    label: str
    """`flaky.3`; for the root just the short name."""
    path: str
    """`flaky.3/parse.0`, from the root's children down; the root's is its short name."""
    group: str | None
    phase: str
    """`queued`, `running`, `waiting` (for its children), `paused` (for an answer), `retrying`, `succeeded`, `failed`,
    `aborted`, `recovered`, `cached`."""
    attempts: int
    max_attempts: int
    queued_at: float
    started_at: float | None
    ended_at: float | None
    cpu_time: float
    """Seconds of processor time, of all attempts together; async actions: in their own steps (docs/limits.md)."""
    peak_memory: int
    """Most bytes resident in its process, in any attempt; 0 where nobody looked."""
    error: ErrorView | None
    """The last attempt's error, also while it is retried."""
    inputs: list[tuple[str, str]]
    """(name, short text of the value), in the order of the signature."""
    outputs: list[tuple[str, str]]
    child_count: int
    cached_from: str | None
    """The run whose result was used again."""
    details: str
    """What its task wanted people to know of it, as a JSON object, or nothing."""
    cache_unread: bool | None
    """For a task that is cached, in a run that was told not to use earlier results: whether it replaced them."""
    links: list[tuple[str, str]]
    """(name, address) of each link its task declares."""
    file: str
    """Source file of the task, and its line."""
    line: int

@final
class Fold:
    """Siblings of one short name, or of one group, under one parent: one row of the folded tree."""

    key: str
    """Short task name, or the group's name."""
    is_group: bool
    total: int
    counts: dict[str, int]
    """How many siblings are in each phase."""
    started_at: float | None
    ended_at: float | None
    """None while any is unfinished."""
    first: int
    """Ordinal of the first sibling."""
    unfinished: list[int]
    """Ordinals of running or retrying siblings, longest running first, at most ten."""
    retries: int

@final
class RowView:
    """One action as a row shows it. Times are Unix seconds."""

    ordinal: int
    parent: int | None
    short_name: str
    index: int
    label: str
    group: str | None
    phase: str
    attempts: int
    max_attempts: int
    queued_at: float
    started_at: float | None
    ended_at: float | None
    child_count: int
    is_step: bool
    """Whether it is a step inside an action, of a traced function."""
    inputs: list[tuple[str, str]]
    """As in `ActionView`, but empty when they are long: those would have to be read from disk."""
    error_head: str | None
    """`Type: first line of the message` of the last attempt's error, also while it is retried."""
    cached_from: str | None

@final
class Subtree:
    """Everything below one action. Times are seconds."""

    total: int
    counts: dict[str, int]
    """How many actions are in each phase."""
    retries: int
    cpu_time: float
    failed: list[int]
    """Ordinals of those that failed for good, in order, at most 100."""
    slowest: list[tuple[int, float]]
    """The five that took longest, or have taken longest so far, and how long."""
    shortest: float | None
    """Shortest time of those that ran to an end, or None when none did."""
    longest: float | None
    mean: float | None

@final
class RunTree:
    """The folded state of one run: the CLI, the live region, JSON and the TUI all draw this."""

    @staticmethod
    def open(folder: str, until: float | None = None) -> RunTree:
        """Fold the journal in a run's folder: all of it, or as it stood `until` a moment in Unix seconds.

        A tree of a moment stays that; its run is `running` unless it had ended by then. Raises ValueError for a damaged
        journal, OSError when it cannot be read.
        """

    def refresh(self) -> bool:
        """Read what was committed since; True when something was."""

    def version(self) -> int:
        """A number that grows with every change: while it is the same, there is nothing new to draw."""
    name: str
    task: str
    phase: str
    """`queued`, `running`, `succeeded`, `failed`, `aborted`, or `interrupted` when its driver is gone."""
    started_at: float
    ended_at: float | None
    file: str
    """File of the root task, as given."""
    cwd: str
    """Folder the run was started in."""
    folder: str
    """The run's own folder in the state folder."""
    recovered_from: str | None
    attributes: str | None
    """What people said about it, as `flyte.run_attributes` writes it."""
    def counts(self) -> dict[str, int]:
        """How many actions are in each phase, the root included."""

    def __len__(self) -> int:
        """How many actions there are."""

    def action(self, ordinal: int) -> ActionView: ...
    def children(self, ordinal: int) -> list[int]: ...
    def folds(self, ordinal: int) -> list[Fold]:
        """The rows under one action, in order of first submission."""

    def members(self, parent: int, key: str, is_group: bool, phases: Sequence[str] | None = None) -> list[int]:
        """Ordinals of the siblings of one `Fold`, in order of submission, only those in the phases when given."""

    def durations(self, parent: int, key: str, is_group: bool, bins: int) -> tuple[float, float, list[int]] | None:
        """Shortest and longest time of a fold's siblings that ran to an end, or None when none did.

        And how many fall in each of `bins` equal parts of what is between.
        """

    def rows(self, ordinals: Sequence[int]) -> list[RowView]:
        """The rows of these actions; cheap, for those that are visible. Raises IndexError for an unknown one."""

    def ancestors(self, ordinal: int) -> list[int]:
        """The parent of an action first, the root last. Raises IndexError when there is no such action."""

    def descendants(self, ordinal: int) -> list[int]:
        """An action and everything below it, in order of submission. Raises IndexError as `ancestors`."""

    def subtree(self, ordinal: int) -> Subtree:
        """What is below an action, itself not included, in numbers. Raises IndexError as `ancestors`."""

    def gathered(self, parent: int, key: str, is_group: bool, phases: Sequence[str] | None = None) -> Subtree:
        """The siblings of one `Fold` in numbers, only those in the phases when given; not what is below them."""

    def critical_path(self) -> list[int]:
        """What the run's duration hung on, in the order it came about, every action before its own path below.

        Of an action's children that is the one that ended last, the one that ended last before that one began, and so
        on. Whatever is not over counts as ending now.
        """

    def attempt_starts(self, ordinal: int) -> list[float]:
        """When each of an action's attempts started, in Unix seconds. Raises IndexError as `ancestors`."""

    def matching(self, words: Sequence[str]) -> list[int]:
        """Ordinals of actions that contain all the words, upper or lower case alike.

        Looked at are label, task, group, inputs in short (`name=value`) and the error's head.
        """

    def finished(self, since: int) -> list[int]:
        """Ordinals in the order they reached a final phase, from the `since`-th on."""

    def failures(self) -> list[int]:
        """Ordinals of actions that failed for good, in order."""
    retries: int
    """How many attempts beyond the first there were in all."""
    cpu_time: float
    """Seconds of processor time of all actions together."""
    peak_memory: int
    """Most bytes that were resident for any action."""
    def inputs(self) -> bytes:
        """The root's inputs."""

    def every_input(self) -> list[bytes]:
        """The inputs of all actions, by their number. Raises ValueError when some are gone."""

    def linked(self) -> list[int]:
        """Ordinals of actions that have links, in order."""

    def inputs_of(self, ordinal: int) -> bytes:
        """An action's inputs. Raises IndexError when there is no such action, ValueError when they are gone."""

    def result(self) -> bytes | None:
        """The root's outputs, once it succeeded."""

@final
class Happening:
    """One thing that happened to an action, as the journal has it. `at` is Unix seconds."""

    kind: str
    """`queued`, `started`, `succeeded`, `taken over` (from another run), `failed`, `lost`, `aborted`, `reopened`, or
    `climbed` (out of memory, it starts again with more)."""
    at: float
    ordinal: int
    attempt: int
    """Which attempt started, counted from 1; 0 for everything else."""
    text: str
    """The head of the error, or the reason."""
    delay: float | None
    """Seconds until the next attempt, for a failure that is retried."""
    error: ErrorView | None

def history(folder: str, ordinal: int | None = None) -> list[Happening]:
    """What happened to one action of the run in that folder, or to all, in order.

    Raises FileNotFoundError, or ValueError for a damaged journal.
    """

def recorded_outputs(folder: str, ordinal: int) -> bytes | None:
    """An action's outputs, once it succeeded. Raises as `history`, and ValueError when they are gone."""

def named_literals(message: bytes) -> list[tuple[str, bytes]]:
    """The name and encoded core.Literal of each value of a task.Inputs or task.Outputs message, in order."""

def value_tree(data: bytes) -> tuple[str, Any]:
    """What an encoded core.Literal holds: its type and the value, down to the smallest; nothing is unpickled.

    The value of `list`, `tuple` and `set` is a list of such pairs, of `dict` a list of (key, value), each such a pair;
    of `pickle` its size, of `file`, `folder`, `frame` and `elsewhere` a URI. Raises ValueError for anything else.
    """

@final
class LogReader:
    """The lines that actions of a run printed, also while it goes on. It never holds them all.

    Times are microseconds since the run started. A line is (ordinal, `stdout` or `stderr`, time, text).
    """

    def __new__(
        cls,
        folder: str,
        ordinals: set[int] | None = None,
        *,
        stderr_only: bool = False,
        since: int = 0,
        until: int | None = None,
    ) -> LogReader: ...
    def add(self, ordinals: set[int]) -> None:
        """Take those of more actions too, where not all are taken."""

    def read(self) -> list[tuple[int, str, int, bytes]]:
        """The next lines; none at the end, for now. Raises OSError."""

    def back(self) -> list[tuple[int, str, int, bytes]] | None:
        """The lines of the block before the last one, in order; None when there are no more. Raises OSError.

        `read` goes on behind the first block that this returned.
        """

@final
class LogRow:
    """One printed line, as it stands in the file. Its level is told from its words."""

    offset: int
    """Where it begins: nothing else is there, and it stays."""
    ordinal: int
    stream: str
    at: int
    """Microseconds since the run started."""
    level: int
    """1 error, 2 warning, 3 info, 4 debug."""
    head: int | None
    """Offset of the traceback that it is in the middle of."""
    inside: int
    """Lines in the middle of the traceback that begins here; they come only when it is unfolded."""
    is_hit: bool
    text: bytes

@final
class LogPage:
    """Some lines in the order of the file."""

    rows: list[LogRow]
    reached: int
    """Offset to go on from: between it and the lines nothing is missing."""
    is_end: bool
    """Whether there is nothing more that way."""

@final
class LogTotals:
    """How many lines there are, as far as they are counted."""

    lines: int
    errors: int
    """Problems: a traceback is one, however many lines it takes."""
    warnings: int
    shown: int
    hits: int
    is_whole: bool
    """Whether lines, errors and warnings are counted to the end."""
    is_searched: bool
    """Whether lines shown and hits are."""

@final
class LogPages:
    """Looks at what actions printed anywhere in it, also while it grows: it reads and keeps only what is looked at.

    Offsets are bytes in the file, times are microseconds since the run started; a `limit` is how many bytes may be read
    for an answer. Every method but `narrow` may raise OSError.
    """

    def __new__(
        cls,
        folder: str,
        ordinals: Sequence[int] | None = None,
        *,
        since: int = 0,
        after: int | None = None,
        until: int | None = None,
    ) -> LogPages:
        """The lines of those actions, or all; those behind `after`, up to `until`. Nothing is before `since`."""

    def add(self, ordinals: Sequence[int], at: int) -> None:
        """Take those of more actions too, which have printed nothing before a time."""

    def refresh(self) -> bool:
        """Look how long the file is; whether it grew."""
    end: int
    """Where the file ended then."""
    def narrow(
        self,
        level: int = 4,
        pattern: str | None = None,
        *,
        is_regex: bool = False,
        any_case: bool = False,
        only_hits: bool = False,
    ) -> None:
        """Show only lines that are so serious, or that fit. Raises ValueError for a pattern that is none."""

    def unfold(self, head: int, is_open: bool) -> None:
        """Show the middle of the traceback that begins there, or no more."""

    def after(self, offset: int, count: int, limit: int) -> LogPage:
        """The lines from an offset on, at most so many."""

    def before(self, offset: int, count: int, limit: int) -> LogPage:
        """The last lines before an offset, at most so many."""

    def find(self, offset: int, is_forward: bool, limit: int) -> LogPage:
        """The next hit from an offset on, or before it: one line, or none so far."""

    def count(self) -> bool:
        """Count some more, from the end to the beginning; whether there was anything left. For threads."""

    def totals(self) -> LogTotals: ...
    def since(self, offset: int) -> int:
        """How many lines are shown from an offset on, as far as they are counted."""

    def fraction(self, offset: int) -> float:
        """How much of what is shown stands before an offset, from 0 to 1."""

    def at_fraction(self, fraction: float) -> int:
        """The offset before which about so much of it stands."""

    def places_of(self, setbacks: Sequence[Setback]) -> list[int]:
        """For each of some setbacks, in order of time, the offset of the line that it stands before.

        That is behind what the action had printed, which may have been read a little later.
        """

    def hits_in(self, text: str) -> list[tuple[int, int]]:
        """Where the pattern fits a text: first character, and the one behind the last."""

@final
class Setback:
    """An attempt that came to nothing. `at` is microseconds since the run started."""

    kind: str
    """`failed`, `lost` (its worker died) or `climbed` (out of memory, it starts again with more)."""
    at: int
    ordinal: int
    attempt: int
    """The attempt that it was, counted from 1."""
    text: str
    """The head of the error, or the reason."""
    is_retried: bool
    next_at: int | None
    """When the next attempt started, if that was recorded together with it."""

@final
class Setbacks:
    """What made actions of a run start again, or fail."""

    def __new__(cls, folder: str) -> Setbacks: ...
    def read(self) -> list[Setback]:
        """Those that were recorded since the last call. Raises as `history`."""

@final
class Event:
    """Something worth a line, in order. `at` is Unix seconds."""

    kind: str
    """`log` (text is a line without its end), `retry`, `failed`, `lost` (starts again, its worker died), `climbed`
    (starts again with more memory), `notice`, `paused` (a condition waits; text is its name)."""
    at: float
    ordinal: int
    stream: str
    """`stdout` or `stderr`, for logs."""
    text: bytes
    attempt: int
    """The attempt that comes next, for retries; 1-based."""
    delay: float
    """Seconds until that attempt."""

@final
class RunRow:
    """One line of the index of runs."""

    name: str
    task: str
    phase: str
    file: str
    project: str
    """The folder the run was started in."""
    started_at: float
    ended_at: float | None
    counts: dict[str, int]
    note: str
    """Head of the error, or the inputs in short."""
    folder: str
    recovered_from: str | None
    attributes: str | None
    """What people said about it, as `flyte.run_attributes` writes it."""

def list_runs(home: str, project: str | None = None, limit: int = 50) -> list[RunRow]:
    """Newest first. A run whose driver is gone shows as `interrupted`."""

def find_runs(home: str, prefix: str) -> list[RunRow]:
    """Every run whose name starts with the prefix, newest first; also those an index that was lost did not list."""

def count_runs(home: str, project: str | None = None) -> int:
    """How many runs are recorded."""

def remove_run(home: str, name: str) -> bool:
    """Delete a run with all that it recorded; False when it goes on. Raises ValueError when that cannot be done."""

def request_abort(home: str, name: str, reason: str, action: int | None = None) -> bool:
    """Ask the driver of a run to abort it, or one action by its ordinal, with all that it called.

    False when the run has no driver, because it is over or was interrupted.
    """

@final
class CacheEntry:
    """A result that later runs may use. Times are Unix seconds."""

    key: bytes
    """The cache key of wire.md 5.6, before it is spelled in base64."""
    task: str
    version: str
    details: str
    """What the task wanted people to know of it, as a JSON object."""
    inputs: str
    """A JSON object: the hash of each input by its name; nothing for inputs too large to be told apart."""
    created: float
    run: str
    """The run that made it, and its action there."""
    ordinal: int
    size: int
    """Bytes of the outputs, without the data they refer to."""
    data: list[str]
    """Local files and folders without which it is of no use."""
    gone: str
    """One of them that was missing when a run asked for it: from then on the entry is not used."""
    earlier: tuple[str, float, str] | None
    """The run, time and missing data of the entry that this one replaced."""

def cache_entries(home: str, task: str | None = None) -> list[CacheEntry]:
    """What the cache of a state folder holds, newest first: all, or of the task of that name.

    Raises ValueError for one that cannot be read, or that a newer version of flyte wrote.
    """

def remove_cache_entries(home: str, keys: Sequence[bytes]) -> int:
    """Drop entries; how many there were. Raises as `cache_entries`."""

def input_hashes(inputs: bytes) -> list[tuple[str, str]]:
    """The name and hash of each input of a task.Inputs message, as entries of the cache hold them."""

# --- running: what flyte/runtime uses -----------------------------------------------------------------------------

Settings = tuple[bool, bool, int, int]
"""Whether a run reads the cache, and writes it; its actions at the same time; its priority."""

Spent = tuple[int, int]
"""Microseconds of processor time, and most bytes resident."""

@final
class Engine:
    """The engine's thread: it decides, records, and talks to workers. It holds no GIL while it works.

    `link` is the descriptor of a forked zygote's link, or, with `is_inline`, of the only worker's; without one, the
    command `spawn` starts a zygote. `cores` workers compute at once; `most` is how many there may be while the machine
    idles; `grace` is in seconds. Raises OSError when the thread or the zygote cannot be started.
    """

    def __new__(
        cls,
        home: str | PathLike[str],
        cores: int,
        most: int,
        grace: float,
        link: int | None,
        is_inline: bool,
        spawn: Sequence[str],
    ) -> Engine: ...
    def start_run(
        self,
        *,
        name: str | None,
        task: EngineFields,
        inputs: bytes,
        context: str | None,
        file: str,
        folder: str,
        recovery: Recovery | None,
        full_durability: bool,
        note: str,
        settings: Settings,
        attributes: str | None,
    ) -> RunWatch:
        """Record a run and start its root.

        Raises ValueError for a name that is taken or impossible, OSError when the state folder cannot be written.
        """

    def abort(self, run: int, reason: str, now: bool) -> bool:
        """Abort a run: gently, or by killing its workers `now`. False when the engine has stopped."""

    def stop(self) -> None:
        """End every worker and the thread, and wait for that."""

@final
class RunWatch:
    """What the driver sees of a run that its engine does."""

    name: str
    folder: str
    run: int
    """The engine's number for it."""
    version: int
    """Grows with every change."""
    def tree(self) -> RunTree:
        """The run's tree, live."""

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; True when the run is over. Signals are handled meanwhile."""

    def take_events(self) -> list[Event]:
        """What is worth a line and was not taken yet."""

    def ended(self) -> tuple[str, bytes | LargeMessage | None, ErrorView | None] | None:
        """(phase, outputs, error) once the run is over."""

@final
class Link:
    """A worker's end of its link to the engine. Numbers of actions and calls are the engine's and the link's own.

    `home` is the state folder, where large values go.

    Everything that writes raises EOFError or OSError when the engine is gone. Safe to use from several threads.
    """

    def __new__(cls, descriptor: int, home: str | PathLike[str]) -> Link: ...
    def fileno(self) -> int: ...
    def hello(self) -> None:
        """Tell the engine that this worker can take actions."""

    def declare(self, task: EngineFields) -> int:
        """Tell the engine about a task; calls mean it by the number returned."""

    def submit(
        self,
        parent: int,
        task: int,
        inputs: bytes | LargeMessage,
        group: str | None,
        context: str | None,
        elsewhere: bool,
        line: int,
    ) -> int:
        """Submit a call; returns its number, or -1 when the parent is over.

        `elsewhere` keeps it off this worker, which blocks until the answer. `line` is the caller's, or 0. It is
        written with the next `flush`, or when enough is waiting.
        """

    def declare_own(
        self, kind: int, name: str, identity: str, file: str, line: int, details: str, deadline: float
    ) -> int:
        """Tell the engine what no worker runs, or only inside an action: a condition (1), a sleep (2), a step (3).

        `identity` is that part of the names of its actions; `deadline` is in seconds, zero is none.
        """

    def begin_step(
        self, action: int, within: int, task: int, inputs: bytes, group: str | None, line: int
    ) -> tuple[int, bytes | None]:
        """Begin a step of an action, inside the step `within` or none (0): its number.

        (0, outputs) when it was recorded before, (0, None) when the action is over.
        """

    def end_step(self, step: int, outputs: bytes) -> bool:
        """A step succeeded; it is written at once. False when its action is over."""

    def fail_step(
        self,
        step: int,
        code: str,
        kind: int,
        recoverable: bool,
        message: str,
        class_name: str,
        frames: Sequence[tuple[str, int, str, str, bool]],
        causes: Sequence[tuple[str, str]],
        payload: bytes,
    ) -> bool:
        """A step failed; the fields are those of `ErrorView`."""

    def tell_steps(self) -> None:
        """Tell of the steps that have begun and are not over; written with the next `flush`."""

    def offer_to_park(self, actions: Sequence[int]) -> None:
        """These actions, all that this worker has, wait for nothing but conditions and sleeps."""

    def start_run(
        self, parent: int, task: int, name: str | None, context: str | None, settings: Settings, inputs: bytes
    ) -> int:
        """Start a run from within an action; returns the call's number."""

    def ask_flow(self, action: int, key: str, at_once: int, count: int, seconds: float) -> int:
        """Ask to be let through a throttle; the answer comes as that of a call, with no outputs."""

    def return_flow(self, action: int, key: str) -> None:
        """What a throttle let through is done."""

    def cancel(self, parent: int, call: int) -> None:
        """The answer is not wanted: the engine aborts the action."""

    def answered(self, parent: int, call: int) -> None:
        """Forget a call whose answer came."""

    def succeeded(self, action: int, outputs: bytes | LargeMessage, spent: Spent) -> None:
        """Hand in an action's outputs."""

    def failed(
        self,
        action: int,
        code: str,
        kind: int,
        recoverable: bool,
        message: str,
        class_name: str,
        frames: Sequence[tuple[str, int, str, str, bool]],
        causes: Sequence[tuple[str, str]],
        payload: bytes,
        spent: Spent,
    ) -> None:
        """Hand in why an attempt failed; the fields are those of `ErrorView`."""

    def pull(self) -> None:
        """The loop is free for more async actions; written with the next `flush`."""

    def bounce(self, actions: Sequence[int]) -> None:
        """Hand actions back that have not begun; written with the next `flush`."""

    def tell_link(self, action: int, name: str, uri: str) -> None:
        """Record where to look at an action from outside."""

    def blocked(self) -> None:
        """The main thread waits for the next answer; others may have its core."""

    def log(self, action: int | None, stream: int, text: bytes) -> None:
        """Pass on what an action printed to stdout (0) or stderr (1): lines, the last one without its end."""

    def flush(self) -> None:
        """Write what waits to be written."""

    def wait(self, timeout: float | None) -> bool:
        """Wait for something to read, at most `timeout` seconds; False when nothing came."""

    def read(self) -> list[tuple[Any, ...]]:
        """What has come, each a tuple that begins with its kind; see flyte/runtime/host.py.

        Raises EOFError when the engine is gone.
        """

def end_with(descriptor: int) -> None:
    """End this process and its group as soon as the other end of the link is gone, whatever it is doing."""
