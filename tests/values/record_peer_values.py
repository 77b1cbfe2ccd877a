"""Writes down what PyPI `flyte` makes of the values in `peer_table.py`. Run by its interpreter:

    DO_NOT_TRACK=1 $FLYTE_PEER_PYTHON tests/values/record_peer_values.py > tests/values/peer_values.json

It imports nothing of ours, and uses that client only as a black box: a value in, bytes out.
"""

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

sys.path[:] = [each for each in sys.path if Path(each or ".").resolve() != Path(__file__).resolve().parents[2]]
sys.path.insert(0, str(Path(__file__).resolve().parent))


async def recorded(cases: list[tuple[Any, Any]]) -> list[dict[str, str]]:
    from flyte.types import TypeEngine

    entries = []
    for value, annotation in cases:
        kind = TypeEngine.to_literal_type(annotation)
        literal = await TypeEngine.to_literal(value, annotation, kind)
        entries.append(
            {
                "value": f"{value!r}: {annotation}",
                "type": kind.SerializeToString(deterministic=True).hex(),
                "literal": literal.SerializeToString(deterministic=True).hex(),
            }
        )
    return entries


def main() -> None:
    import peer_table

    logging.disable()
    tables = {"cases": peer_table.CASES, "pickled": peer_table.PICKLED}
    json.dump({name: asyncio.run(recorded(table)) for name, table in tables.items()}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
