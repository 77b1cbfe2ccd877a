"""Commands as a user types them. It knows nothing of what they should print."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Shell:
    """Runs commands in one folder, with one set of variables."""

    folder: Path
    environment: Mapping[str, str]

    def __call__(self, *command: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its exit status is part of what is expected of it."""
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )
        shown = f"{command} ended with {done.returncode}, not {status}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == status, shown
        return done

    def at(self, folder: Path) -> "Shell":
        """The same shell in another folder."""
        return replace(self, folder=folder)
