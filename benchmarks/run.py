"""Measures this project beside the peer, alternating in one run: `make bench`.

Prints a table of medians and ratios, and saves everything as JSON. The programs under measurement are in `programs/`,
the experiments in `measures.py`. Nothing here is a test: it shows, and fails only when our side does not finish.
"""

import argparse
import json
import os
import platform
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import cost
import sides
import table
from figures import Impossible, Measure, Result
from measures import MEASURES
from publish import publish
from sides import Side


def main() -> int:
    options = _options()
    if options.show or options.publish:
        return _draw_saved(options)
    cost.adopt_orphans()
    both = [side() for side in (sides.ours, sides.peer) if options.side in (None, side.__name__)]
    machine = _machine(both, options.quick)
    print(_sentence(machine), file=sys.stderr)
    results = [
        _measure(measure, both, options) for measure in MEASURES if not options.only or measure.name in options.only
    ]
    document = table.document(results, machine)
    options.save.parent.mkdir(exist_ok=True)
    options.save.write_text(json.dumps(document, indent=1) + "\n")
    print(table.draw(document))
    print(f"\nsaved: {options.save}", file=sys.stderr)
    return int(any("ours" in result.trouble for result in results))


def _draw_saved(options: argparse.Namespace) -> int:
    document = json.loads((options.show or options.publish).read_text())
    if options.publish:
        publish(document)
    else:
        print(table.draw(document))
    return 0


def _measure(measure: Measure, both: list[Side], options: argparse.Namespace) -> Result:
    """Every round of one measure, the sides taking turns and taking turns at being first."""
    result = Result(measure, {side.name: [] for side in both})
    rounds = options.rounds or (1 if options.quick else measure.rounds)
    for number in range(rounds):
        for side in both if number % 2 == 0 else both[::-1]:
            if side.name in result.trouble:
                continue
            print(f"{measure.name}: round {number + 1} of {rounds}, {side.name}", file=sys.stderr, flush=True)
            try:
                result.rounds[side.name].append(measure.run(side, options.quick))
            except Impossible as why:
                result.trouble[side.name] = f"impossible: {why}"
            except (cost.CommandFailed, OSError, RuntimeError) as error:
                result.trouble[side.name] = f"failed: {error}"
                print(f"  {side.name} failed: {error}", file=sys.stderr)
    return result


def _machine(both: list[Side], quick: bool) -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "cpu": cpu[0] if cpu else platform.machine(),
        "system": platform.platform(),
        "load": os.getloadavg()[0],
        "quick": quick,
        "versions": {side.name: side.version() for side in both},
    }


def _sentence(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{side}: flyte {version}" for side, version in machine["versions"].items())
    return f"{machine['cores']} cores, {machine['cpu']}, load {machine['load']:.2f}; {versions}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure this project beside PyPI flyte.")
    parser.add_argument(
        "--only", metavar="NAME", nargs="+", choices=[m.name for m in MEASURES], help="these measures: %(choices)s"
    )
    parser.add_argument("--side", choices=["ours", "peer"], help="one side only")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each measure, instead of its own number")
    parser.add_argument("--quick", action="store_true", help="one round of a tenth of the size: does it work at all")
    parser.add_argument(
        "--save", type=Path, default=sides.SCRATCH / "latest.json", metavar="FILE", help="JSON goes here"
    )
    parser.add_argument("--show", type=Path, metavar="FILE", help="draw a saved table and measure nothing")
    parser.add_argument(
        "--publish", type=Path, metavar="FILE", help="put a saved table into the README, measure nothing"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
