"""The three looks that are ours: dark, light, and mono for terminals without colour."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="flyte-dark",
    primary="#7c6af7",
    secondary="#c678dd",
    accent="#e5a94b",
    foreground="#d7dae0",
    background="#15181d",
    surface="#1a1e24",
    panel="#20252c",
    success="#6ec58a",
    warning="#e5c07b",
    error="#f0716f",
    dark=True,
    variables={
        "mark-red": "#f0716f",
        "mark-green": "#6ec58a",
        "mark-yellow": "#e5c07b",
        "mark-blue": "#61afef",
        "mark-magenta": "#c678dd",
        "mark-cyan": "#56b6c2",
        "cursor-shade": "#2a3150",
        "faint-text": "#4b525d",
        "border-quiet": "#353b45",
    },
)

LIGHT = Theme(
    name="flyte-light",
    primary="#5546d6",
    secondary="#8a3fa8",
    accent="#a35a00",
    foreground="#24272d",
    background="#fbfbfa",
    surface="#ffffff",
    panel="#f0f0ee",
    success="#1d7f3f",
    warning="#8d6200",
    error="#c0262d",
    dark=False,
    variables={
        "mark-red": "#c0262d",
        "mark-green": "#1d7f3f",
        "mark-yellow": "#8d6200",
        "mark-blue": "#1f62c4",
        "mark-magenta": "#8a3fa8",
        "mark-cyan": "#0b7285",
        "cursor-shade": "#dde3fb",
        "faint-text": "#b3b7bf",
        "border-quiet": "#cfd2d8",
    },
)

MONO = Theme(
    name="flyte-mono",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffffff",
    foreground="#d0d0d0",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#ffffff",
    warning="#ffffff",
    error="#ffffff",
    dark=True,
    variables={"border-quiet": "#808080"},
)

OURS = (DARK, LIGHT, MONO)
WITHOUT_COLOUR = ("dumb", "vt100", "vt102", "vt220", "linux-m")
"""Terminals, by their `TERM`, that have none."""


def first_theme(environment: Mapping[str, str], wanted: str | None = None) -> str:
    """The theme to begin with: what was asked for, mono where no colour is wanted, else what the terminal says.

    Terminals tell whether they are light in COLORFGBG, `foreground;background`: 7 and 15 are light (rxvt's rule).
    """
    if wanted:
        return wanted
    if environment.get("NO_COLOR") or environment.get("TERM") in WITHOUT_COLOUR:
        return MONO.name
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in ("7", "15") else DARK.name
