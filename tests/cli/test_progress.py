"""Following a run: the region that comes and goes, plain lines, silence, JSON."""

import io
import json
from dataclasses import dataclass, field

from flyte_cli.output.live import Live
from flyte_cli.output.look import Look
from flyte_cli.output.paper import Paper
from flyte_cli.output.progress import JsonLines, Plain, Printed, Silent
from tests.cli.fakes import START, Action, Error, Event, Tree
from tests.cli.runs_made_up import fan_out
from tests.cli.schema import problems
from tests.cli.screen import Screen


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Terminal:
    """A live view of a tree; stdout and stderr are the same screen."""

    tree: Tree
    clock: Clock = field(default_factory=Clock)
    screen: Screen = field(default_factory=Screen)

    def __post_init__(self) -> None:
        paper = Paper(self.screen, Look(width=80, height=40), terminal=True)
        stdout = Paper(self.screen, Look(width=80, height=40), terminal=True)
        self.live = Live(paper, Printed(stdout, paper), self.clock)
        self.live.started(self.tree)

    def tick(self, *events: Event, after: float = 1.0) -> str:
        self.clock.now += after
        self.live.tick(list(events))
        return self.screen.text()


def log(ordinal: int, text: str, at: float = 4.0, stream: str = "stdout") -> Event:
    return Event("log", ordinal, text.encode(), START + at, stream)


def test_a_run_of_one_action_has_no_region() -> None:
    terminal = Terminal(Tree(Action("greet", "running")))
    assert terminal.tick(log(0, "inside greet"), after=5) == "inside greet"


def test_the_first_moments_have_no_region() -> None:
    terminal = Terminal(fan_out())
    assert terminal.tick(after=0.2) == ""
    assert "● main" in terminal.tick(after=0.2)


def test_prints_stay_above_the_region_and_it_goes_away() -> None:
    terminal = Terminal(fan_out())
    terminal.tick()
    shown = terminal.tick(log(0, "read 1200 rows"), log(5, "step=6"), log(19, "warned", stream="stderr"))
    assert shown.startswith(
        "read 1200 rows\n  4.0s flaky.3 │ step=6\n  4.0s flaky.17 │ warned\n\n● main  r7k2m9q  2.0s"
    )
    terminal.live.finish()
    assert terminal.screen.text() == "read 1200 rows\n  4.0s flaky.3 │ step=6\n  4.0s flaky.17 │ warned"


def test_the_region_is_drawn_ten_times_a_second_at_most() -> None:
    terminal = Terminal(fan_out())
    for _ in range(300):
        terminal.tick(after=0.01)
    assert 20 <= terminal.screen.frames <= 30


def test_a_retry_is_one_line_and_the_same_error_is_not_repeated() -> None:
    tree = fan_out()
    tree.actions[5].error = Error("RuntimeError", "transient failure\nwith details")
    tree.actions[5].max_attempts = 3
    terminal = Terminal(tree)
    retry = Event("retry", 5, at=START + 1.9, attempt=2, delay=0.5)
    again = Event("retry", 5, at=START + 3.2, attempt=3)
    terminal.tick(retry, again)
    terminal.live.finish()
    assert terminal.screen.text() == (
        "  1.9s ↻ flaky.3   RuntimeError: transient failure · attempt 2 of 3 in 0.50s\n"
        "  3.2s ↻ flaky.3   same error · attempt 3 of 3"
    )


def test_a_lost_worker_and_a_notice_are_one_line_each() -> None:
    terminal = Terminal(fan_out())
    terminal.tick(Event("lost", 5, at=START + 1), Event("notice", 0, b"the disk is nearly full", START + 2))
    terminal.live.finish()
    assert terminal.screen.text() == (
        "  1.0s ↻ flaky.3   its worker died, started again\n  2.0s the disk is nearly full"
    )


def test_an_action_that_prints_too_fast_is_sampled_and_counted() -> None:
    terminal = Terminal(fan_out())
    terminal.tick(*(log(5, f"step {n}", at=4 + n / 1000) for n in range(200)))
    terminal.tick(log(5, "later", at=6))
    terminal.live.finish()
    lines = terminal.screen.text().splitlines()
    assert len(lines) == 52
    assert lines[-2:] == ["       flaky.3 │ … 150 lines not shown", "  6.0s flaky.3 │ later"]


def test_the_root_may_print_as_fast_as_it_likes() -> None:
    terminal = Terminal(fan_out())
    terminal.tick(*(log(0, f"row {n}") for n in range(200)))
    terminal.live.finish()
    assert len(terminal.screen.text().splitlines()) == 200


def test_what_grandchildren_print_carries_their_whole_path() -> None:
    terminal = Terminal(fan_out())
    terminal.tick(log(23, "batch 120/400"))
    terminal.live.finish()
    assert terminal.screen.text() == "  4.0s train.0/epoch.0 │ batch 120/400"


def test_markup_and_escape_codes_of_tasks_are_text() -> None:
    terminal = Terminal(fan_out())
    terminal.tick(log(0, "[bold]gather(*[x])[/]\x1b[2J"), log(5, "50%\r100%"))
    terminal.live.finish()
    assert terminal.screen.text() == "[bold]gather(*[x])[/]\\x1b[2J\n  4.0s flaky.3 │ 100%"


def test_bytes_that_are_no_text_are_escaped() -> None:
    terminal = Terminal(fan_out())
    terminal.tick(Event("log", 0, b"\xff\xfe", START))
    terminal.live.finish()
    assert terminal.screen.text() == "\\xff\\xfe"


@dataclass
class Pipe:
    """A plain view of a tree; stdout and stderr apart."""

    tree: Tree
    clock: Clock = field(default_factory=Clock)
    stdout: io.StringIO = field(default_factory=io.StringIO)
    stderr: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        look = Look(width=80)
        stderr = Paper(self.stderr, look)
        self.plain = Plain(stderr, Printed(Paper(self.stdout, look), stderr), self.clock)
        self.plain.started(self.tree)

    def tick(self, *events: Event, at: float) -> str:
        self.clock.now = START + at
        seen = len(self.stderr.getvalue())
        self.plain.tick(list(events))
        return self.stderr.getvalue()[seen:]


def test_plain_lines_name_the_run_first() -> None:
    assert Pipe(fan_out()).stderr.getvalue() == "0.0s   ● main r7k2m9q n=20\n"


def test_a_call_that_was_told_alone_is_told_with_those_that_follow_it() -> None:
    root, first, second = Action("main", "running", parent=None), Action("cube", end=1.0), Action("cube", end=2.0)
    pipe = Pipe(Tree(root, first))
    assert "cube 1.0s" in pipe.tick(at=1.1)
    pipe.tree = pipe.plain.tree = Tree(root, first, second)
    assert "cube ×2" in pipe.tick(at=9.0)


def test_plain_prints_go_to_the_stream_they_were_made_for() -> None:
    pipe = Pipe(fan_out())
    pipe.tick(log(0, "mine"), log(5, "step=6"), log(5, "oops", stream="stderr"), at=4)
    assert pipe.stdout.getvalue() == "mine\nflaky.3 │ step=6\n"
    assert "4.0s   flaky.3 │ oops\n" in pipe.stderr.getvalue()


def test_plain_rows_are_reported_once_when_they_end() -> None:
    tree = fan_out()
    pipe = Pipe(tree)
    assert pipe.tick(at=4) == "1.1s   ✓ prepare 1.0s\n"
    for each in tree.actions[2:22]:
        each.phase, each.start, each.end = "succeeded", 1.0, 9.5
    assert pipe.tick(at=9.5) == "9.5s   ✓ flaky ×20 8.5s (1 retried)\n"
    assert pipe.tick(at=9.6) == ""


def test_plain_loops_do_not_report_every_round() -> None:
    tree = Tree(Action("main", "waiting"), Action("step", end=0.1), Action("step", end=0.2))
    pipe = Pipe(tree)
    assert pipe.tick(at=0.2) == "0.2s   ✓ step ×2 0.20s\n"
    tree.add(Action("step", start=0.2, end=0.3))
    assert pipe.tick(at=0.3) == ""
    tree.actions[0].phase = "succeeded"
    assert pipe.tick(at=0.4) == "0.3s   ✓ step ×3 0.30s\n"


def test_plain_reports_a_count_of_a_large_fan_out_now_and_then() -> None:
    actions = [Action("leaf", "succeeded" if n < 40 else "running", end=1.0 if n < 40 else None) for n in range(100)]
    pipe = Pipe(Tree(Action("main", "waiting"), *actions))
    assert [pipe.tick(at=at) for at in (1, 4, 6.5, 7)] == ["", "", "6.5s   ● leaf ×100 40/100\n", ""]


def test_plain_failures_leave_the_error_to_the_report() -> None:
    tree = fan_out()
    tree.actions[5].phase, tree.actions[5].attempts = "failed", 3
    tree.actions[5].error = Error("ValueError", "item 3 is poisoned")
    line = Pipe(tree).tick(Event("failed", 5, at=START + 4.2), at=4.3)
    assert line.startswith("4.2s   ✗ flaky.3 failed after 3 attempts\n")
    assert "poisoned" not in line


def test_no_escape_byte_reaches_a_pipe() -> None:
    pipe = Pipe(fan_out())
    pipe.tick(log(0, "\x1b[31mred\x1b[0m"), log(5, "\x1b[5A"), Event("retry", 18, at=START, attempt=2), at=4)
    pipe.plain.interrupted(1)
    assert "\x1b" not in pipe.stdout.getvalue() + pipe.stderr.getvalue()


def test_quiet_shows_nothing_at_all() -> None:
    silent = Silent(Printed(None, None))
    silent.started(fan_out())
    silent.tick([log(0, "x")])  # has nowhere to write: it would raise if it tried


def test_every_event_is_a_valid_document() -> None:
    stream = io.StringIO()
    tree = fan_out()
    tree.actions[18].error = Error("RuntimeError", "transient failure")
    lines = JsonLines(Paper(stream, Look()))
    lines.started(tree)
    lines.tick(
        [
            log(5, "step=6 é"),
            Event("retry", 18, at=START, attempt=2, delay=0.5),
            Event("failed", 18, at=START),
            Event("lost", 18, at=START),
            Event("notice", 0, b"careful", START),
        ]
    )
    lines.interrupted(1)
    documents = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [problems("event", each) for each in documents] == [[]] * 7
    assert [each["event"] for each in documents] == [
        "started", "log", "retry", "failed", "lost", "notice", "interrupted",
    ]  # fmt: skip
