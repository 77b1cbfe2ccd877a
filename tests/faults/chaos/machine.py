"""The disk and the clock of a driver and its processes, to be filled, slowed down and set wrong."""

from __future__ import annotations

import atexit
import functools
import mmap
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("machine.c")
FIELDS = ("room", "sync", "clock", "refused", "delayed", "shifted")


@functools.cache
def shim() -> Path | None:
    """The library to preload, compiled once; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="flyte-chaos-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    built = folder / "machine.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", built, SOURCE, "-ldl"], check=True)
    return built


class Machine:
    """What the processes of one scene believe of their machine."""

    def __init__(self, folder: Path, home: Path) -> None:
        file = folder / "machine"
        file.write_bytes(struct.pack("=6q", -1, 0, 0, 0, 0, 0))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), 48)
        library = shim()
        self.variables = (
            {} if library is None else {"LD_PRELOAD": str(library), "CHAOS_CONTROL": str(file), "CHAOS_HOME": str(home)}
        )

    def __getitem__(self, field: str) -> int:
        return int(struct.unpack_from("=q", self._memory, 8 * FIELDS.index(field))[0])

    def __setitem__(self, field: str, value: int) -> None:
        struct.pack_into("=q", self._memory, 8 * FIELDS.index(field), value)

    def heal(self) -> None:
        """Room, a quick disk, and the right time."""
        self["room"], self["sync"], self["clock"] = -1, 0, 0
