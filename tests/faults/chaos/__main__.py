"""`python -m tests.faults.chaos --runs 500 --seed 0`: a campaign, and its figures."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults.chaos.campaign import tell
from tests.faults.chaos.figures import table
from tests.faults.chaos.machine import shim


def main() -> int:
    """Tell the stories of some seeds; 1 when one has a problem."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="how many runs (500)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first; the others count on from it (0)")
    parser.add_argument("--jobs", type=int, default=1, help="drivers at the same time (1)")
    parser.add_argument("--keep", action="store_true", help="keep the folders of runs with a problem")
    parser.add_argument("--stop", action="store_true", help="stop at the first problem")
    parser.add_argument("--verbose", action="store_true", help="tell every story, not only those with a problem")
    options = parser.parse_args()
    if shim() is None:
        print("no `cc` here: no full disks, clock jumps and slow syncs in this campaign", file=sys.stderr)
    began = time.monotonic()
    stories = []
    pool = ThreadPoolExecutor(options.jobs)
    seeds = range(options.seed, options.seed + options.runs)
    try:
        for story in pool.map(lambda seed: tell(seed, options.keep), seeds):
            stories.append(story)
            if options.verbose or story.problem:
                print(story, f"\n  {story.seconds:.1f} s", flush=True)
            if story.problem:
                print(f"  PROBLEM: {story.problem}\n  {story.folder or ''}\n  reproduce: {story.reproduce}", flush=True)
                if options.stop:
                    break
    except KeyboardInterrupt:
        print(f"interrupted: the figures are those of the first {len(stories)} runs", file=sys.stderr)
    pool.shutdown(cancel_futures=True)
    print(table(stories, time.monotonic() - began))
    return int(any(story.problem for story in stories))


if __name__ == "__main__":
    sys.exit(main())
