"""The secrets there are, for people and for pipes. No value ever gets here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, bold, clipped, dim, line, padded
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import age, moment

if TYPE_CHECKING:
    from flyte.secret_store import StoredSecret

KEPT = {"keyring": "keyring", "file": "encrypted file"}
GAP = 2


def secrets_table(secrets: Sequence[StoredSecret], look: Look, now: float) -> Iterator[Line]:
    """By name."""
    names = max(width_of("NAME"), *(width_of(visible(each.name)) for each in secrets)) + GAP
    places = max(width_of(KEPT[each.kept]) for each in secrets) + GAP
    yield line("  ", padded((dim("NAME"),), names), padded((dim("KEPT IN"),), places), dim("SET"))
    for each in secrets:
        name = padded((bold(visible(each.name)),), names)
        row = line("  ", name, padded(line(KEPT[each.kept]), places), age(each.set_at, now))
        yield clipped(row, look.width - 1, look.glyph("…"))


def secrets_lines(secrets: Sequence[StoredSecret]) -> Iterator[Line]:
    """Name, `keyring` or `file`, time: tab-separated."""
    for each in secrets:
        yield line("\t".join([visible(each.name), each.kept, moment(each.set_at)]))
