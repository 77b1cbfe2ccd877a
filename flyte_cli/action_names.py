"""What people type for an action: `flaky.3`, a path like `flaky.3/parse.0`, the root's name, or its wire name.

Pure: it knows the tree it is handed, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flyte_cli.errors import NoSuchAction
from flyte_cli.near_miss import listed, nearest

if TYPE_CHECKING:
    from flyte._core import ActionView, RunTree

MOST_GUESSED = 5_000
"""Names compared when one is wrong: comparing takes 10 us each."""


def find_action(tree: RunTree, text: str) -> ActionView:
    """The one action that goes by what was typed; `.0` may be left out."""
    root = tree.action(0)
    if text in (root.name, root.path):
        return root
    wanted = "/".join(_numbered(part) for part in text.strip("/").split("/"))
    deeper: list[ActionView] = []
    for action in _below(tree):
        if text == action.name or wanted == action.path:
            return action
        if action.path.endswith(f"/{wanted}"):
            deeper.append(action)
    if len(deeper) == 1:
        return deeper[0]
    if deeper:
        raise NoSuchAction(
            f"{len(deeper)} actions of run `{tree.name}` end in `{text}`",
            help=[f"which one? {listed([each.path for each in deeper])}"],
        )
    raise NoSuchAction(f"no action `{text}` in run `{tree.name}`", help=_guesses(tree, text))


def _numbered(part: str) -> str:
    head, dot, number = part.rpartition(".")
    return part if dot and head and number.isdecimal() else f"{part}.0"


def _below(tree: RunTree) -> Iterator[ActionView]:
    return (tree.action(ordinal) for ordinal in range(1, len(tree)))


def _guesses(tree: RunTree, text: str) -> list[str]:
    most = min(len(tree), MOST_GUESSED)
    paths = [tree.action(ordinal).path for ordinal in range(most)]
    guess = nearest(text, paths)
    there = f"actions there: {listed(paths, 6)}"
    return [f"did you mean `{guess}`?   {there}" if guess else there]
