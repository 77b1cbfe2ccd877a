"""TAB in real shells: they are started on a terminal of their own, typed into, and read."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.completion.conftest import HELLO, Site

COMPLETIONS = Path(__file__).resolve().parents[2] / "completions"
PATIENCE = 30.0
"""Seconds until a shell that says nothing more counts as stuck."""

STARTS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], f"PS1='ready> '; source '{COMPLETIONS}/flyte.bash'"),
    "zsh": (
        ["zsh", "-f", "-i"],
        f"PS1='ready> '; fpath=('{COMPLETIONS}' $fpath); autoload -Uz compinit; compinit -u -D",
    ),
    "fish": (
        ["fish", "--no-config", "--interactive"],
        f"function fish_prompt; echo -n 'ready> '; end; source '{COMPLETIONS}/flyte.fish'",
    ),
}
LISTING = {"bash": "\t\t"}
"""What must be pressed to see what there is; in the other shells twice would take the first."""
ESCAPES = re.compile(r"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|[()][A-Z0-9]|\][^\x07\x1b]*(\x07|\x1b\\)|P[^\x1b]*\x1b\\|[=>78])")


class Typist:
    """Somebody at a terminal."""

    def __init__(self, terminal: int) -> None:
        self.terminal = terminal
        self.seen = ""

    def type(self, text: str) -> None:
        """Press keys; what was seen before is forgotten."""
        self.seen = ""
        os.write(self.terminal, text.encode())

    def until(self, *wanted: str) -> str:
        """Read until everything wanted was seen, in that order."""
        while not self._has(wanted):
            ready, _, _ = select.select([self.terminal], [], [], PATIENCE)
            assert ready, f"{wanted!r} was not seen in {self.text()!r}"
            data = os.read(self.terminal, 65536)
            self.seen += data.decode("utf-8", "replace")
            if b"\x1b[c" in data or b"\x1b[0c" in data:  # fish asks what terminal this is, and waits
                os.write(self.terminal, b"\x1b[?62c")
        return self.text()

    def text(self) -> str:
        """What was seen, without movements and colours."""
        return ESCAPES.sub("", self.seen).replace("\r", "")

    def _has(self, wanted: tuple[str, ...]) -> bool:
        return re.search(".*?".join(map(re.escape, wanted)), self.text(), re.DOTALL) is not None


@contextmanager
def started(shell: str, site: Site) -> Iterator[Typist]:
    """A shell at its prompt, with our completion."""
    command, setup = STARTS[shell]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        command,
        cwd=site.folder,
        env=site.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    try:
        typist = Typist(ours)
        typist.type(f"{setup}; echo set''up\n")
        typist.until("\nsetup\n", "ready> ")
        yield typist
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture(params=sorted(STARTS))
def shell(request: pytest.FixtureRequest) -> str:
    """Every shell; fish may be missing, the others are installed by `.ci/run`."""
    name: str = request.param
    if shutil.which(name) is None:
        if name == "fish" or not os.environ.get("CI"):
            pytest.skip(f"there is no {name} here")
        pytest.fail(f"{name} is missing, and `.ci/run` should have installed it")
    return name


def test_tab_lists_tasks_and_completes_the_one_that_is_meant(shell: str, site: Site) -> None:
    with started(shell, site) as typist:
        typist.type("flyte run hel\t")
        typist.until("hello.py ")
        typist.type(LISTING.get(shell, "\t"))
        typist.until("greet", "part")
        typist.type("gr\t")
        typist.until("eet ")


def test_tab_lists_inputs_and_their_values(shell: str, site: Site) -> None:
    with started(shell, site) as typist:
        typist.type("flyte run hello.py greet --mo\t")
        typist.until("de ")
        typist.type(LISTING.get(shell, "\t"))
        typist.until("FAST", "SLOW")
        typist.type("SL\t")
        typist.until("OW ")


def test_tab_completes_the_name_of_a_run(shell: str, site_with_run: Site) -> None:
    with started(shell, site_with_run) as typist:
        typist.type("flyte get run r7\t")
        typist.until("k2m9q ")


def test_tab_completes_a_setting_and_its_value(shell: str, site: Site) -> None:
    with started(shell, site) as typist:
        typist.type("flyte config set image.b\t")
        typist.until("uilder ")
        typist.type("re\t")
        typist.until("mote ")


def test_a_value_behind_an_equals_sign_is_completed(shell: str, site: Site) -> None:
    with started(shell, site) as typist:
        typist.type("flyte run hello.py greet --mode=SL\t")
        typist.until("OW")


def test_a_name_with_blanks_is_quoted_and_completes_further(shell: str, site: Site) -> None:
    (site.folder / "my flow.py").write_text(HELLO)
    with started(shell, site) as typist:
        typist.type("flyte run my\t")
        typist.until("my\\ flow.py")
        typist.type("gr\t")
        typist.until("eet ")


@pytest.mark.parametrize("shell", ["zsh", "fish"], indirect=True)
def test_descriptions_are_shown(shell: str, site_with_run: Site) -> None:
    with started(shell, site_with_run) as typist:
        typist.type("flyte run hello.py \t")
        typist.until("greet", "Greet somebody.", "part", "Take leave.")


@pytest.mark.parametrize("shell", ["zsh"], indirect=True)
def test_runs_are_described_newest_first(shell: str, site_with_run: Site) -> None:
    with started(shell, site_with_run) as typist:
        typist.type("flyte get run \t")
        typist.until("@", "the latest", "r7k2m9q", "✓ hello.greet just now")


def test_files_of_any_kind_are_offered_for_an_input_that_is_one(shell: str, site: Site) -> None:
    (site.folder / "takes.py").write_text(
        "import flyte\nfrom flyte.io import File\nenv = flyte.TaskEnvironment('t')\n"
        "@env.task\ndef read(data: File) -> int:\n    return 1\n"
    )
    (site.folder / "numbers.csv").write_text("1\n")
    with started(shell, site) as typist:
        typist.type("flyte run takes.py read --data num\t")
        typist.until("bers.csv")
