"""The environment variables that stand for options, for help pages."""

from __future__ import annotations

from collections.abc import Collection

VARIABLES = {
    "--progress": [("FLYTE_PROGRESS", "what --progress says"), ("CI", "set: nothing is redrawn on a terminal")],
    "--color": [("NO_COLOR", "set: as --color never"), ("FORCE_COLOR", "1: as --color always")],
    "--profile": [("FLYTE_PROFILE", "what --profile says")],
    "--project": [("FLYTE_TASK_PROJECT", "what --project says; FLYTE_PROJECT for short")],
    "--domain": [("FLYTE_TASK_DOMAIN", "what --domain says; FLYTE_DOMAIN for short")],
    "--org": [("FLYTE_TASK_ORG", "what --org says; FLYTE_ORG for short")],
    "--ascii": [("FLYTE_ASCII", "1: as --ascii")],
}
ALWAYS = [("FLYTE_HOME", "where runs and secrets are kept (default: ~/.flyte)"), ("COLUMNS", "columns of the screen")]


def variables(options: Collection[str]) -> list[tuple[str, str]]:
    """Those that matter to a command with these options, each with what it does."""
    return [row for option, rows in VARIABLES.items() if option in options for row in rows] + ALWAYS
