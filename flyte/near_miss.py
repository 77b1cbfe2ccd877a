"""The name somebody probably meant. It only compares words."""

from __future__ import annotations

from collections.abc import Iterable


def near_miss(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, if any is."""
    import difflib  # deferred: only needed to explain a mistake

    folded = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def hint_for(name: str, known: Iterable[str]) -> str:
    """`did you mean ...?`, or nothing."""
    found = near_miss(name, known)
    return f"did you mean `{found}`?" if found else ""
