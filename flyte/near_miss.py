"""The name somebody probably meant. It never looks anything up: the known names are handed in."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant, or None when nothing is close."""
    import difflib  # deferred: only mistakes need it

    names = list(known)
    folded = {_fold(name): name for name in reversed(names)}
    wanted = _fold(word)
    if wanted in folded:
        return folded[wanted]
    close = difflib.get_close_matches(wanted, folded, n=1, cutoff=0.6)
    if close:
        return folded[close[0]]
    starts = [name for name in names if len(wanted) >= 2 and _fold(name).startswith(wanted)]
    return starts[0] if len(starts) == 1 else None


def hint_for(name: str, known: Iterable[str]) -> str:
    """`did you mean ...?`, or nothing."""
    found = nearest(name, known)
    return f"did you mean `{found}`?" if found else ""


def _fold(name: str) -> str:
    return name.strip().lower().replace("_", "-").lstrip("-")
