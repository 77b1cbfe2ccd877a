"""Put the completion of a shell where that shell looks for it. It changes no file that somebody else wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from flyte_cli.completion.shells import SCRIPTS
from flyte_cli.errors import MachineTrouble, Misuse
from flyte_cli.near_miss import nearest
from flyte_cli.ops.host import Host

BASH_COMPLETION = ("/usr/share/bash-completion/bash_completion", "/opt/homebrew/etc/profile.d/bash_completion.sh")


@dataclass(frozen=True)
class Installed:
    """Where the completion of a shell is now, and what to add to which file, if anything."""

    shell: str
    path: str
    add: str = ""
    to: str = ""


def known_shell(shell: str | None, install: bool, host: Host) -> str:
    """The shell that was named; else, to install it, the one of $SHELL."""
    name = shell
    if name is None and install:
        name = Path(host.environment.get("SHELL", "")).name or None
    if name is None:
        raise Misuse("`flyte completion` needs SHELL", help=[f"it takes {', '.join(SCRIPTS)}"])
    name = {"pwsh": "powershell"}.get(name, name)
    if name not in SCRIPTS:
        guess = nearest(name, list(SCRIPTS))
        hint = f"did you mean `{guess}`?   " if guess else ""
        raise Misuse(f"no completion for the shell `{name}`", help=[f"{hint}it takes {', '.join(SCRIPTS)}"])
    return name


def script(shell: str) -> str:
    """What the shell reads."""
    return SCRIPTS[shell][1]


def install_script(shell: str, host: Host) -> Installed:
    """Write it, in place of an earlier one."""
    path, add, to = _place(shell, host)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script(shell), encoding="utf-8")
    except OSError as error:
        raise MachineTrouble(
            f"cannot write `{path}`: {error.strerror}", help=[f"flyte completion {shell} > FILE writes it elsewhere"]
        ) from error
    return Installed(shell, str(path), add, to)


def _place(shell: str, host: Host) -> tuple[Path, str, str]:
    """Its file, and the line to add to a file of the user, if the shell does not look there by itself."""
    home = _home(host)
    data = Path(host.environment.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(host.environment.get("XDG_CONFIG_HOME") or home / ".config")
    if shell == "bash":
        path = data / "bash-completion/completions/flyte"
        loads = any(Path(each).exists() for each in BASH_COMPLETION)
        return path, "" if loads else f"source {quote(str(path))}", "" if loads else "~/.bashrc"
    if shell == "zsh":
        path = data / "zsh/site-functions/_flyte"
        return path, f"fpath=({quote(str(path.parent))} $fpath); autoload -Uz compinit; compinit", "~/.zshrc"
    if shell == "fish":
        return config / "fish/completions/flyte.fish", "", ""
    path = config / "powershell/flyte.ps1"
    return path, f". '{path}'", "$PROFILE"


def _home(host: Host) -> Path:
    found = host.environment.get("HOME") or host.environment.get("USERPROFILE")
    if not found:
        raise MachineTrouble("no HOME to install into", help=["flyte completion SHELL > FILE writes it elsewhere"])
    return Path(found)
