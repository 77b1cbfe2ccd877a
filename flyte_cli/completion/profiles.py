"""Names of profiles, read from config files as lines: what reads them properly costs 40 ms. Nothing is checked."""

from __future__ import annotations

import os
import re

NAME = re.compile(r"""( +)(?:"([^"]+)"|'([^']+)'|([^\s#"'{][^:#]*?))\s*:(?:\s|$)""")


def profiles_here() -> list[str]:
    """Those of the config file that counts in this folder."""
    here = os.getcwd()
    for place in places(here):
        found = profiles_in(place)
        # In the folder one is in, a file that says nothing of profiles may be some other program's.
        if found or (os.path.isfile(place) and os.path.dirname(place) != here):
            return found
    return []


def places(here: str) -> list[str]:
    """Where config files are looked for, in order, as flyte.settings.files has it."""
    folder = here
    while not os.path.exists(os.path.join(folder, ".git")) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    root = [folder] if os.path.exists(os.path.join(folder, ".git")) else []
    named = [os.environ[name] for name in ("UCTL_CONFIG", "FLYTECTL_CONFIG") if os.environ.get(name)]
    found = [
        os.path.join(here, "config.yaml"),
        *(os.path.join(each, ".flyte", "config.yaml") for each in (here, *root)),
        *map(os.path.expanduser, named),
    ]
    home = os.path.expanduser("~")
    return found if home == "~" else [*found, *(f"{home}/{each}/config.yaml" for each in (".union", ".flyte"))]


def profiles_in(file: str) -> list[str]:
    """The names directly below `profiles:` in a config file."""
    try:
        with open(file, encoding="utf-8-sig") as stream:
            lines = stream.read().splitlines()
    except (OSError, ValueError):
        return []
    start = next((at for at, line in enumerate(lines) if re.match(r"profiles\s*:\s*(#|$)", line)), len(lines))
    names = []
    depth = None
    for line in lines[start + 1 :]:
        if line[:1] not in (" ", "", "#"):
            break
        found = NAME.match(line)
        if found is not None and len(found[1]) == (depth := depth or len(found[1])):
            names.append(found[2] or found[3] or found[4])
    return names
