"""Commands that look at recorded runs, on real ones: actions, values, differences, reasons, deletion, files."""

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from flyte_cli.main import main
from tests.cli.conftest import Said
from tests.cli.schema import problems

PROGRAM = """
import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import flyte

env = flyte.TaskEnvironment("look")


@dataclass
class Cfg:
    lr: float = 0.5
    layers: list[int] = field(default_factory=lambda: [1, 2, 3])


class Opaque:
    def __reduce__(self):
        return (os.mkdir, ("unpickled",))


@env.task(retries=1)
async def flaky(i: int, poison: int) -> int:
    print("step", i)
    print("WARNING odd", i, file=sys.stderr)
    marker = Path(f"tried{i}")
    if i == 1 and not marker.exists():
        marker.touch()
        raise RuntimeError("transient")
    if i == poison:
        raise ValueError(f"item {i} is poisoned")
    return i


@env.task
async def main(n: int = 2, poison: int = -1, cfg: Cfg = Cfg(), text: str = "a\\nb [x]") -> tuple[int, Cfg]:
    print("begin")
    return sum(await asyncio.gather(*[flaky(i, poison) for i in range(n)])), cfg


@env.task
def packed(many: list[int], names: dict[str, int], raw: bytes, flag: bool) -> str:
    return "x" * 300


@env.task
def pickled() -> Opaque:
    return Opaque()


@env.task(cache=flyte.Cache("auto"))
def kept(x: int) -> int:
    return x


@env.task
def uses(x: int) -> int:
    return kept(x)
"""

ID = re.compile(r"\br[2-9a-hjkmnp-tvwyz]{6}\b")
TIME = re.compile(r" *\b\d+\.\d+s\b *")
MEMORY = re.compile(r" · [\d.]+ [KMG]iB at most")
UNSTEADY = re.compile(
    r" · [\d.]+s (in the queue|of processor time)|^  waited .* ran\n|^times\n(  .*\n)+\n", re.MULTILINE
)
"""What a busy machine adds."""
SIZES = re.compile(r"\d+ files?, [\d.]+ [KM]?i?B")

Flyte = Callable[..., Said]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three runs: one that went well after a retry, one that failed, one of other types."""
    folder = tmp_path_factory.mktemp("looking")
    (folder / "here").mkdir()
    (folder / "here" / "look.py").write_text(PROGRAM)
    _call(folder, "run", "look.py", "main", "-q", "--name", "rgood22")
    _call(folder, "run", "look.py", "main", "--n", "3", "--poison", "2", "-q", "--name", "rbad222")
    (folder / "here" / "in.json").write_text('{"many": [1, 2, 3, 4, 5, 6, 7], "names": {"a": 1}, "flag": true}')
    _call(folder, "run", "look.py", "packed", "--inputs", "in.json", "--raw", "base64:AP8=", "-q", "--name", "rpack22")
    return folder


@pytest.fixture
def flyte(folder: Path) -> Flyte:
    """Calls `flyte` where those runs are; what differs from time to time is made the same."""
    return lambda *words, **how: _call(folder, *words, **how)


@pytest.fixture
def fresh(tmp_path: Path) -> Flyte:
    """Calls `flyte` in a home of its own."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "look.py").write_text(PROGRAM)
    return lambda *words, **how: _call(tmp_path, *words, **how)


def _call(folder: Path, *words: str, exact: bool = False, home: str = "home") -> Said:
    if words[0] == "run":
        said = _start(folder, words)
    else:
        said = _look(folder, words, home)
    return said if exact else Said(said.status, _same(said.stdout, folder), _same(said.stderr, folder))


def _start(folder: Path, words: Sequence[str]) -> Said:
    """Run tasks in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
    environment = kept | {"FLYTE_HOME": str(folder / "home"), "COLUMNS": "80"}
    command = [str(Path(sys.executable).with_name("flyte")), *words]
    done = subprocess.run(command, cwd=folder / "here", env=environment, capture_output=True, text=True, timeout=60)
    return Said(done.returncode, done.stdout, done.stderr)


def _look(folder: Path, words: Sequence[str], home: str, columns: int = 80, encoding: str = "utf-8") -> Said:
    """Call the tool in this process, which takes a tenth of the time."""
    streams = [TextIOWrapper(BytesIO(), encoding, write_through=True) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(streams[0]), redirect_stderr(streams[1]):
        patch.chdir(folder / "here")
        patch.setenv("FLYTE_HOME", str(folder / home))
        patch.setenv("COLUMNS", str(columns))
        patch.setattr(sys, "stdin", StringIO())
        for name in ("CI", "NO_COLOR", "FORCE_COLOR", "FLYTE_PROGRESS"):
            patch.delenv(name, raising=False)
        status = main(list(words))
    out, err = (each.buffer.getvalue().decode() for each in streams)  # type: ignore[attr-defined]
    return Said(status, out, err)


def _same(text: str, folder: Path) -> str:
    text = UNSTEADY.sub("", text)
    text = SIZES.sub("SIZE", MEMORY.sub("", text.replace(str(folder), "FOLDER")))
    return re.sub(r"\d+ min ago|just now", "AGO", TIME.sub(" 0.0s ", text))


@pytest.mark.parametrize(
    "words",
    ["get action -h", "get io -h", "diff -h", "explain -h", "delete run -h",
     "get action rbad", "get action rgood flaky.1", "get action rbad --phase failed",
     "get action rbad --where attempt:>1",
     "get action rbad --where i:>0 -of id", "get action rbad --where state:lost", "get action rbad --limit 1 -of id",
     "get action rbad flaky.2 --phase failed", "get action rbad --where i:9",
     "get action rbad flaky.2", "get action rbad main",
     "get action rgood flakky.1", "get io rgood", "get io rpack", "get io rpack --full", "get io rgood flaky.1 -i",
     "get io rbad flaky.2", "get io rbad -o", "get io rgood -of value", "get io rgood -of id", "get io rgood nothing",
     "explain rgood", "explain rbad", "explain rbad flaky.0", "explain rbad flaky.9", "explain rbad -of value",
     "diff rgood rgood", "diff rgood rbad", "diff rgood rpack", "diff rgood", "diff rgood rx", "diff rgood rbad -of id",
     "delete run", "delete run rgood", "delete run rgood --phase failed", "delete run --phase faild",
     "delete run --older-than soon", "delete run --older-than 10d --yes", "delete run rx --yes",
     "get run --phase failed", "get run --phase failed,succeeded --sort name", "get run --task packed",
     "get run --task look.p*", "get run --where n:>2", "get run --where !task:main", "get run --where text:a*",
     "get run --where state:ok", "get run --where took:>x", "get run --where n:", "get run --sort age",
     "get run --since 1h --until 0s --limit 1 -of id --sort -name", "get run --phase aborted",
     "get run rgood --phase failed",
     "get run --export x.tar.gz", "get run rgood --export x.zip", "get run --import nothing.tar.gz",
     "get run --import look.py", "logs rbad", "logs rgood flaky.1 --attempt 2"],
)  # fmt: skip
def test_what_is_said(flyte: Flyte, snapshot: SnapshotAssertion, words: str) -> None:
    said = _without_times(str(flyte(*words.split())))
    if words.startswith("logs"):
        said = "\n".join(sorted(said.splitlines()))  # siblings print in any order
    assert said == snapshot


def _without_times(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z\t[\d.]*", "WHEN", text)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("actions", "get action rbad"),
        ("action", "get action rgood flaky.1"),
        ("action", "get action rbad main"),
        ("io", "get io rpack"),
        ("io", "get io rbad"),
        ("io", "get io rgood -i"),
        ("diff", "diff rgood rbad"),
        ("diff", "diff rgood rgood"),
        ("explanation", "explain rbad"),
        ("delete-run", "delete run --older-than 10d --yes"),
        ("logs", "logs rbad"),
        ("runs", "get run --where n:>2"),
    ],
)
def test_every_document_fits_its_schema(flyte: Flyte, schema: str, words: str) -> None:
    said = flyte(*words.split(), "--json", exact=True)
    assert (said.status, said.stderr) == (0, "")
    assert problems(schema, json.loads(said.stdout)) == []


def test_values_are_whole_in_json(flyte: Flyte) -> None:
    document = json.loads(flyte("get", "io", "rpack", "--json", exact=True).stdout)
    assert {name: each["value"] for name, each in document["inputs"].items()} == {
        "many": [1, 2, 3, 4, 5, 6, 7],
        "names": {"a": 1},
        "raw": "AP8=",
        "flag": True,
    }
    assert document["outputs"]["o0"]["value"] == "x" * 300


def test_nothing_is_unpickled_by_looking_at_it(fresh: Flyte, tmp_path: Path) -> None:
    fresh("run", "look.py", "pickled", "-q")
    made = tmp_path / "here" / "unpickled"
    if made.exists():
        made.rmdir()  # the run showed its result
    assert "pickle" in fresh("get", "io", "@").stdout
    fresh("get", "io", "@", "--json")
    fresh("get", "action", "@", "pickled")
    assert not made.exists()


def test_deleted_runs_are_gone_and_others_are_not(fresh: Flyte, tmp_path: Path) -> None:
    fresh("run", "look.py", "main", "--poison", "0", "-q", "--name", "rbad222")
    fresh("run", "look.py", "main", "-q", "--name", "rgood22")
    said = fresh("delete", "run", "--phase", "failed", "--yes")
    assert said == Said(0, "", "deleted rbad222\n")
    assert fresh("get", "run", "-of", "id").stdout == "rgood22\n"
    assert not (tmp_path / "home" / "runs" / "rbad222").exists()
    assert fresh("delete", "run", "@", "-y", "-of", "id").stdout == "rgood22\n"
    assert fresh("get", "run").stdout == ""


def test_a_cache_miss_is_explained_and_so_is_a_hit(fresh: Flyte) -> None:
    fresh("run", "look.py", "uses", "--x", "1", "-q", "--name", "rone222")
    fresh("run", "look.py", "uses", "--x", "2", "-q", "--name", "rtwo222")
    fresh("run", "look.py", "uses", "--x", "2", "-q", "--name", "rsame22")
    assert "not taken from the cache: nothing was kept of kept yet" in fresh("explain", "rone", "kept").stdout
    assert "not taken from the cache: input x changed since rone222" in fresh("explain", "rtwo", "kept").stdout
    assert "taken from the cache: rtwo222 computed it" in fresh("explain", "rsame", "kept").stdout
    assert "`rtwo222` computed it" in fresh("logs", "rsame", "kept").stderr


def test_code_that_changed_between_runs_is_named(fresh: Flyte, tmp_path: Path) -> None:
    fresh("run", "look.py", "uses", "--x", "1", "-q")
    before, after = (f"def kept(x: int) -> int:\n    return {value}" for value in ("x", "x + 1"))
    assert before in PROGRAM
    (tmp_path / "here" / "look.py").write_text(PROGRAM.replace(before, after))
    fresh("run", "look.py", "uses", "--x", "1", "-q")
    page = fresh("diff", "@2", "@").stdout
    assert "code\n  changed  " in page
    assert "kept" in page.split("code\n")[1].splitlines()[0]
    assert "o0  1 → 2" in page


def test_a_run_travels_as_one_file(fresh: Flyte, tmp_path: Path) -> None:
    fresh("run", "look.py", "main", "-q", "--name", "rgood22")
    page = fresh("get", "run", "rgood").stdout
    logs = fresh("logs", "rgood").stdout
    assert fresh("get", "run", "@", "--export", "a b é.tar.gz").status == 0
    assert fresh("get", "run", "@", "--export", "a b é.tar.gz").status == 2
    said = fresh("get", "run", "--import", "a b é.tar.gz", home="other")
    assert (said.status, said.stderr.splitlines()[0]) == (0, "imported rgood22: SIZE")
    assert fresh("get", "run", "rgood", home="other").stdout == page
    assert fresh("logs", "rgood", home="other").stdout == logs
    assert fresh("get", "run", "--all", home="other").stdout.split("\t")[5].startswith("n=2 poison=-1")
    again = fresh("get", "run", "--import", "a b é.tar.gz", home="other")
    assert again.stderr.startswith("error: there is a run `rgood22` already\n")


Change = Callable[[dict[str, bytes], dict[str, object]], None]


def _rename(files: dict[str, bytes], manifest: dict[str, object], to: str) -> None:
    files[to] = files.pop("logs")
    for each in manifest["files"]:  # type: ignore[attr-defined]
        each["path"] = to if each["path"] == "logs" else each["path"]


TAMPERED: dict[str, tuple[Change, str]] = {
    "climbs": (lambda files, manifest: _rename(files, manifest, "../../evil"), "which is no file of a run"),
    "absolute": (lambda files, manifest: _rename(files, manifest, "/evil"), "which is no file of a run"),
    "changed": (lambda files, manifest: files.update(logs=bytes(len(files["logs"]))), "is not what was exported"),
    "shorter": (lambda files, manifest: files.update(logs=b""), "bytes, not"),
    "missing": (lambda files, manifest: files.pop("logs") and None, "it lacks 1 of"),
    "untold": (lambda files, manifest: files.update(more=b"x"), "which its manifest does not tell of"),
    "named": (lambda files, manifest: manifest.update(run={"name": "../x"}), "cannot name a run"),
    "another": (lambda files, manifest: manifest.update(run={"name": "rother2"}), "its journal is of run `rgood22`"),
    "newer": (lambda files, manifest: manifest.update(schema="export/2"), "by another version of flyte"),
    "odd": (lambda files, manifest: manifest.pop("files") and None, "its manifest cannot be read"),
}


@pytest.fixture(scope="module")
def exported(folder: Path) -> Path:
    _call(folder, "get", "run", "rgood", "--export", "good.tar.gz")
    return folder / "here" / "good.tar.gz"


@pytest.mark.parametrize("name", TAMPERED)
def test_a_file_that_was_tampered_with_leaves_nothing_behind(
    flyte: Flyte, folder: Path, exported: Path, name: str
) -> None:
    change, message = TAMPERED[name]
    with tarfile.open(exported) as archive:
        files = {each.name: archive.extractfile(each).read() for each in archive.getmembers()}  # type: ignore[union-attr]
    manifest = json.loads(files.pop("manifest.json"))
    change(files, manifest)
    with tarfile.open(folder / "here" / f"{name}.tar.gz", "w:gz") as archive:
        for path, data in {"manifest.json": json.dumps(manifest).encode(), **files}.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    said = flyte("get", "run", "--import", f"{name}.tar.gz", home=f"home-{name}")
    assert said.status == 2
    assert message in said.stderr
    left = [path for path in (folder / f"home-{name}").rglob("*") if path.name not in ("runs",)]
    assert left == []
    assert not (folder / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_pipes_are_no_files_of_a_run(flyte: Flyte, folder: Path, exported: Path, kind: bytes) -> None:
    with tarfile.open(exported) as archive:
        manifest = archive.extractfile("manifest.json").read()  # type: ignore[union-attr]
    with tarfile.open(folder / "here" / "linked.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(manifest)
        archive.addfile(member, BytesIO(manifest))
        link = tarfile.TarInfo("logs")
        link.type, link.linkname = kind, "/etc/passwd"
        archive.addfile(link)
    said = flyte("get", "run", "--import", "linked.tar.gz", home="home-linked")
    assert "which is no file of a run" in said.stderr


def test_a_file_cut_short_is_told(flyte: Flyte, folder: Path, exported: Path) -> None:
    whole = exported.read_bytes()
    (folder / "here" / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    said = flyte("get", "run", "--import", "cut.tar.gz", home="home-cut")
    assert (said.status, said.stderr.startswith("error: `cut.tar.gz` is no exported run: ")) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        "get action rbad flaky.2",
        "get io rgood",
        "diff rgood rbad",
        "explain rbad",
        "logs rbad",
        "get run",
        "get run rbad",
    ],
)
def test_a_terminal_of_20_columns_that_knows_only_ascii_is_enough(folder: Path, flyte: Flyte, words: str) -> None:
    said = _look(folder, words.split(), "home", 20, "ascii")
    assert (said.status, said.stderr) == (0, "")
    assert said.stdout.isascii()
    assert "\\u" not in said.stdout


def test_where_standard_input_is_closed_nobody_is_there_to_ask(folder: Path) -> None:
    flyte = Path(sys.executable).with_name("flyte")
    environment = os.environ | {"FLYTE_HOME": str(folder / "home")}
    done = subprocess.run(
        ["bash", "-c", f"'{flyte}' delete run rgood <&-"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: nobody is there to confirm it")


def test_an_import_that_cannot_be_written_says_what_to_do(flyte: Flyte, folder: Path, exported: Path) -> None:
    (folder / "a file").touch()
    said = flyte("get", "run", "--import", exported.name, home="a file")
    assert said.status == 4
    assert said.stderr.startswith("error: cannot import good.tar.gz: ")
    lost = flyte("get", "run", "rgood", "--export", "nowhere/x.tar.gz")
    assert (lost.status, lost.stderr.startswith("error: cannot export run `rgood22` to nowhere/x.tar.gz: ")) == (
        4,
        True,
    )
